//! Actions that run HTTP triggers and scheduled tasks on demand.

use std::fmt;

use async_trait::async_trait;
use azure::Request;
use azure::id::AgentId;
use serde_json::Value as Json;
use tfplugin::{Attribute, Schema, Type, Value};

use super::data_plane::{Call, DataPlaneAction, Failure};
use crate::document;

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
pub(super) struct Run(pub(super) &'static Work);

/// Returns the id of the only task with a name.
fn id_of<'a>(listed: &'a Json, name: &str) -> Result<&'a str, NotUnique<'a>> {
    let items = listed
        .as_array()
        .or_else(|| listed.get("value")?.as_array());
    let items = items.into_iter().flatten();
    let named = items.filter(|item| item.get("name").and_then(Json::as_str) == Some(name));
    let ids: Vec<&str> = named.filter_map(|item| item.get("id")?.as_str()).collect();
    match ids.as_slice() {
        [id] => Ok(id),
        _ => Err(NotUnique { ids }),
    }
}

/// The IDs of the tasks with a name, if there is not exactly one.
#[derive(Debug, PartialEq, Eq)]
struct NotUnique<'a> {
    ids: Vec<&'a str>,
}

impl fmt::Display for NotUnique<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ids.is_empty() {
            return f.write_str("Nothing with this name exists in the agent.");
        }
        write!(
            f,
            "The name is not unique: {} exist in the agent with these IDs: {}.",
            self.ids.len(),
            self.ids.join(", ")
        )
    }
}

#[async_trait]
impl DataPlaneAction for Run {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn schema(&self) -> Schema {
        let (key, about) = self.0.key;
        let mut schema = Schema::from([(key, Attribute::string(about).required())]);
        if let Some(about) = self.0.body {
            let body = Attribute::new(Type::Dynamic, about);
            schema.attributes.insert("body".to_owned(), body);
        }
        schema.description = self.0.about.to_owned();
        schema
    }

    fn purpose(&self, config: &Value, _agent: &AgentId) -> String {
        let (attribute, _) = self.0.key;
        let key = config.get(attribute).as_str().unwrap_or_default();
        format!("run the {} {key:?}", self.0.title)
    }

    async fn run(&self, call: Call<'_>) -> Result<(), Failure> {
        let Work {
            collection,
            key: (attribute, _),
            by_name,
            ..
        } = self.0;
        let key = call.text(attribute).unwrap_or_default();
        let path = if *by_name {
            let listed = call.send(Request::get(*collection)).await?;
            let id = id_of(&listed, key);
            let id = id.map_err(|problem| Failure::Argument(attribute, problem.to_string()))?;
            azure::id::join(collection, id)
        } else {
            azure::id::join(collection, key)
        };
        let path = path.map_err(azure::Error::from)?;
        let body = match call.config.get("body") {
            Value::Null => serde_json::json!({}),
            body => document::to_plain(body),
        };
        // The request is not repeated after an ambiguous response, because the agent would work
        // twice.
        let request = Request::post(format!("{path}/execute")).json(body);
        let response = call.plane.send(request, call.budget).await?;
        let response = response.into_json().unwrap_or_default();
        let threads = ["/execution/threadId", "/threadId"];
        let thread = threads.iter().find_map(|at| response.pointer(at)?.as_str());
        call.progress.tell(match thread {
            Some(thread) => format!("the agent is working in thread {thread}"),
            None => "the agent has started to work".to_owned(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn task_is_found_by_name_in_any_form_of_list() {
        let items = json!([
            { "id": "1", "name": "a" },
            { "id": "2", "name": "b" },
            { "id": "3", "name": "b" },
        ]);
        for listed in [items.clone(), json!({ "value": items })] {
            assert_eq!(id_of(&listed, "a"), Ok("1"));
            let several = id_of(&listed, "b").unwrap_err().to_string();
            assert!(several.ends_with("2, 3."), "{several}");
            let none = id_of(&listed, "c").unwrap_err().to_string();
            assert!(none.contains("Nothing with this name"), "{none}");
        }
    }
}
