//! Actions that run HTTP triggers and scheduled tasks on demand.

use async_trait::async_trait;
use azure::{Budget, Request};
use serde_json::Value as Json;
use tfplugin::{Action, Attribute, Diagnostic, Diagnostics, InvokeRequest, Schema, Type, Value};

use super::{TIMEOUT, agent_of};
use crate::data_sources::told;
use crate::document;
use crate::schema::agent_id;
use crate::session::SessionHandle;

/// A kind of object that starts the agent on demand.
pub(super) struct Work {
    name: &'static str,
    about: &'static str,
    /// The name for users.
    title: &'static str,
    /// The collection on the data plane.
    collection: &'static str,
    /// The name and description of the attribute that identifies the object.
    key: (&'static str, &'static str),
    /// Whether the attribute is a name, for which the id must be looked up.
    by_name: bool,
    /// The description of the attribute for the body of a run, if it has one.
    body: Option<&'static str>,
}

/// An HTTP trigger.
pub(super) const TRIGGER: Work = Work {
    name: "azuresre_http_trigger_run",
    about: "Runs an HTTP trigger with the given content, in the same way as a call of its URL. The \
            action is complete when the agent has started to work.",
    title: "HTTP trigger",
    collection: "/api/v1/httptriggers",
    key: ("object_id", "ID that the service assigned to the trigger."),
    by_name: false,
    body: Some(
        "Object that a caller of the URL would send as the request body. Use `{payload.a.b}` in \
         the prompt of the trigger to refer to its properties.",
    ),
};

/// A scheduled task.
pub(super) const TASK: Work = Work {
    name: "azuresre_scheduled_task_run",
    about: "Runs a scheduled task now, in addition to its schedule. The action is complete when \
            the agent has started to work.",
    title: "scheduled task",
    collection: "/api/v1/scheduledtasks",
    key: ("name", "Name of the task."),
    by_name: true,
    body: None,
};

/// The action that runs an object.
pub(super) struct Run {
    work: &'static Work,
    session: SessionHandle,
}

impl Run {
    pub(super) fn new(work: &'static Work, session: SessionHandle) -> Self {
        Self { work, session }
    }

    async fn run(&self, request: InvokeRequest) -> Result<(), Diagnostic> {
        let InvokeRequest {
            config,
            progress,
            cancel,
            ..
        } = request;
        let Work {
            title,
            collection,
            key: (attribute, _),
            ..
        } = self.work;
        let agent = agent_of(&config)?;
        let key = config.get(attribute).as_str().unwrap_or_default();
        let failed = |error: azure::Error| {
            Diagnostic::error(format!("Cannot run the {title} {key:?}"), told(&error))
        };
        let budget = Budget::new(TIMEOUT, cancel);
        let session = self.session.get()?;
        let plane = session
            .client
            .data_plane(&agent, &budget)
            .await
            .map_err(failed)?;
        let id = match self.work.by_name {
            false => key.to_owned(),
            true => {
                let listed = plane.send(Request::get(*collection), &budget).await;
                let listed = listed
                    .and_then(azure::Response::into_json)
                    .map_err(failed)?;
                id_of(&listed, key).map_err(|reason| {
                    let summary = format!("Cannot run the {title} {key:?}");
                    Diagnostic::error(summary, reason).at(*attribute)
                })?
            }
        };
        let path = azure::id::join(collection, &id).map_err(|error| failed(error.into()))?;
        let body = match config.get("body") {
            Value::Null => serde_json::json!({}),
            body => document::to_plain(body),
        };
        // The request is not repeated after an ambiguous response, because the agent would work twice.
        let request = Request::post(format!("{path}/execute")).json(body);
        let answer = plane.send(request, &budget).await.map_err(failed)?;
        let answer = answer.into_json().unwrap_or_default();
        let threads = ["/execution/threadId", "/threadId"];
        let thread = threads.iter().find_map(|at| answer.pointer(at)?.as_str());
        progress.tell(match thread {
            Some(thread) => format!("the agent is working in thread {thread}"),
            None => "the agent has started to work".to_owned(),
        });
        Ok(())
    }
}

/// Returns the id of the only task with a name.
fn id_of(listed: &Json, name: &str) -> Result<String, String> {
    let items = listed
        .as_array()
        .or_else(|| listed.get("value")?.as_array());
    let items = items.into_iter().flatten();
    let named = items.filter(|item| item.get("name").and_then(Json::as_str) == Some(name));
    let ids: Vec<&str> = named.filter_map(|item| item.get("id")?.as_str()).collect();
    match ids.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] => Err("Nothing with this name exists in the agent.".to_owned()),
        several => Err(format!(
            "The name is not unique: {} exist in the agent with these IDs: {}.",
            several.len(),
            several.join(", ")
        )),
    }
}

#[async_trait]
impl Action for Run {
    fn name(&self) -> &str {
        self.work.name
    }

    fn schema(&self) -> Schema {
        let (key, about) = self.work.key;
        let mut schema = Schema::from([
            ("agent_id", agent_id("ARM ID of the agent.")),
            (key, Attribute::string(about).required()),
        ]);
        if let Some(about) = self.work.body {
            let body = Attribute::new(Type::Dynamic, about);
            schema.attributes.insert("body".to_owned(), body);
        }
        schema.description = self.work.about.to_owned();
        schema
    }

    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        match self.run(request).await {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn task_is_found_by_name_in_any_form_of_list() {
        let items = json!([{ "id": "1", "name": "a" }, { "id": "2", "name": "b" }, { "id": "3", "name": "b" }]);
        for listed in [items.clone(), json!({ "value": items })] {
            assert_eq!(id_of(&listed, "a"), Ok("1".to_owned()));
            assert!(id_of(&listed, "b").unwrap_err().ends_with("2, 3."));
            assert!(
                id_of(&listed, "c")
                    .unwrap_err()
                    .contains("Nothing with this name")
            );
        }
    }
}
