//! Actions that test whether an agent can reach a repository or a data connector.

use async_trait::async_trait;
use azure::id::AgentId;
use azure::{ErrorKind, Presence, Request};
use serde_json::Value as Json;
use tfplugin::schema::Validator;
use tfplugin::{Attribute, Diagnostic, Schema, Value};
use tracing::debug;

use super::data_plane::{Call, DataPlaneAction, Failure};

/// The subject of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A code repository.
    Repo,
    /// A data connector.
    DataConnector,
}

/// The action that asks the service for a test.
pub(super) struct Probe(pub(super) Subject);

/// The result of a test.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Good(String),
    Bad(String),
}

/// The states in which a repository has failed.
const FAILED: [&str; 3] = ["failed", "error", "unauthorized"];

impl Probe {
    async fn repo(&self, call: &Call<'_>, name: &str, path: &str) -> Result<Verdict, Failure> {
        let request = Request::post(format!("{path}/test")).idempotent(true);
        match call.send(request).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(self.absent(call, name)),
            answer => Ok(of_repo(&answer?)),
        }
    }

    async fn connector(&self, call: &Call<'_>, name: &str, path: &str) -> Result<Verdict, Failure> {
        let envelope = call.plane.read(Request::get(path), call.budget).await?;
        let Presence::Found(mut envelope) = envelope else {
            return Err(self.absent(call, name));
        };
        let whole = add_secrets(call, name, &mut envelope).await;
        let request = Request::post(format!("{path}/testconnection"));
        let answer = call.send(request.json(envelope).idempotent(true)).await?;
        Ok(match of_connector(&answer) {
            Verdict::Bad(reason) if !whole => Verdict::Bad(format!(
                "{reason}\n\nThe provider could not read the secrets of the connector on ARM \
                 (`listSecrets`). It tested the connector with the settings that the data plane \
                 returns, in which secrets may be masked."
            )),
            verdict => verdict,
        })
    }

    fn absent(&self, call: &Call<'_>, name: &str) -> Failure {
        let title = self.0.title();
        let detail = format!("The {title} {name:?} does not exist in {}.", call.agent);
        Failure::Argument("name", detail)
    }
}

impl Subject {
    const fn title(self) -> &'static str {
        match self {
            Self::Repo => "repository",
            Self::DataConnector => "data connector",
        }
    }

    const fn collection(self) -> &'static str {
        match self {
            Self::Repo => "/api/v2/repos",
            Self::DataConnector => "/api/v2/extendedAgent/connectors",
        }
    }
}

/// Adds the properties with secrets to the envelope of a connector. Reads on the data plane mask
/// secrets, but the service tests the settings in the request. Returns whether that was possible.
async fn add_secrets(call: &Call<'_>, name: &str, envelope: &mut Json) -> bool {
    let path = azure::id::join(&format!("{}/DataConnectors", call.agent.path()), name);
    let Ok(path) = path else {
        return false;
    };
    let request = Request::post(format!("{path}/listSecrets")).idempotent(true);
    let listed = call.client.arm(request, call.budget).await;
    let listed = listed.and_then(azure::Response::into_json);
    let listed = listed.inspect_err(|error| debug!(%error, "cannot list the secrets"));
    let secrets = listed
        .ok()
        .and_then(|mut listed| match listed.get_mut("properties")?.take() {
            Json::Object(properties) => Some(properties),
            _ => None,
        });
    let (Some(secrets), Some(Json::Object(properties))) = (secrets, envelope.get_mut("properties"))
    else {
        return false;
    };
    properties.extend(secrets.into_iter().filter(|(_, value)| !value.is_null()));
    true
}

fn of_repo(answer: &Json) -> Verdict {
    let text_of = |name: &str| answer.get(name).and_then(Json::as_str);
    let state = text_of("cloneStatus").or_else(|| text_of("status"));
    let failed = state.is_some_and(|state| FAILED.contains(&state.to_ascii_lowercase().as_str()));
    let success = answer.get("success").and_then(Json::as_bool);
    if success == Some(false) || (success.is_none() && failed) {
        let reason = text_of("errorMessage").or_else(|| text_of("message"));
        let reason = reason.map_or_else(
            || {
                format!(
                    "The status of the repository is {}.",
                    state.unwrap_or("unreachable, and the service does not give a reason")
                )
            },
            |reason| format!("The service reports: {reason}"),
        );
        return Verdict::Bad(reason);
    }
    Verdict::Good(match state {
        Some(state) => format!("the repository is reachable; the clone status is {state}"),
        None => "the repository is reachable".to_owned(),
    })
}

fn of_connector(answer: &Json) -> Verdict {
    if answer.get("success").and_then(Json::as_bool) != Some(true) {
        let reason = answer.get("errorMessage").and_then(Json::as_str);
        return Verdict::Bad(reason.map_or_else(
            || "The service does not give a reason.".to_owned(),
            |reason| format!("The service reports: {reason}"),
        ));
    }
    let tools = answer.get("totalCount").and_then(Json::as_u64);
    Verdict::Good(match tools {
        Some(1) => "the data connector works, with 1 tool".to_owned(),
        Some(tools) if tools > 0 => format!("the data connector works, with {tools} tools"),
        _ => "the data connector works".to_owned(),
    })
}

#[async_trait]
impl DataPlaneAction for Probe {
    fn name(&self) -> &'static str {
        match self.0 {
            Subject::Repo => "azuresre_repo_test",
            Subject::DataConnector => "azuresre_data_connector_test",
        }
    }

    fn schema(&self) -> Schema {
        let (about, name) = match self.0 {
            Subject::Repo => (
                "Tests whether an agent can reach a code repository. The action fails if the agent \
                 cannot reach it.",
                "Name of the repository in the agent.",
            ),
            Subject::DataConnector => (
                "Tests whether a data connector works. The action fails if the data connector does \
                 not work. For an MCP server, the test requests the list of its tools. The service \
                 tests the settings that the provider sends, so the provider reads the secrets of \
                 the connector from ARM (`listSecrets`) if you have permission.",
                "Name of the data connector.",
            ),
        };
        Schema {
            description: about.to_owned(),
            ..Schema::from([(
                "name",
                Attribute::string(name)
                    .required()
                    .validator(Validator::not_empty()),
            )])
        }
    }

    fn purpose(&self, config: &Value, _agent: &AgentId) -> String {
        let name = config.get("name").as_str().unwrap_or_default();
        format!("test the {} {name:?}", self.0.title())
    }

    async fn run(&self, call: Call<'_>) -> Result<(), Failure> {
        let name = call.text("name").unwrap_or_default();
        let path = azure::id::join(self.0.collection(), name).map_err(azure::Error::from)?;
        let verdict = match self.0 {
            Subject::Repo => self.repo(&call, name, &path).await?,
            Subject::DataConnector => self.connector(&call, name, &path).await?,
        };
        match verdict {
            Verdict::Good(text) => {
                call.progress.tell(text);
                Ok(())
            }
            Verdict::Bad(reason) => {
                let summary = format!("The {} {name:?} does not work", self.0.title());
                let bad = Diagnostic::error(summary, reason).at("name");
                Err(Failure::Result(bad))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!({ "success": true, "cloneStatus": "Ready" }), Ok("clone status is Ready"))]
    #[case(json!({ "status": "Cloning" }), Ok("clone status is Cloning"))]
    #[case(json!({}), Ok("is reachable"))]
    #[case(json!({ "success": false, "errorMessage": "No access." }), Err("No access."))]
    #[case(json!({ "cloneStatus": "Failed" }), Err("is Failed."))]
    #[case(json!({ "success": false }), Err("does not give a reason"))]
    fn results_of_repository_tests_are_parsed(
        #[case] answer: Json,
        #[case] told: Result<&str, &str>,
    ) {
        match (of_repo(&answer), told) {
            (Verdict::Good(text), Ok(told)) | (Verdict::Bad(text), Err(told)) => {
                assert!(text.contains(told), "{text}");
            }
            (verdict, _) => panic!("{verdict:?}"),
        }
    }

    #[rstest]
    #[case(json!({ "success": true, "totalCount": 3 }), Ok("works, with 3 tools"))]
    #[case(json!({ "success": true, "totalCount": 0 }), Ok("works"))]
    #[case(json!({ "success": false, "errorMessage": "401" }), Err("reports: 401"))]
    #[case(json!({}), Err("does not give a reason"))]
    fn results_of_connector_tests_are_parsed(
        #[case] answer: Json,
        #[case] told: Result<&str, &str>,
    ) {
        match (of_connector(&answer), told) {
            (Verdict::Good(text), Ok(told)) | (Verdict::Bad(text), Err(told)) => {
                assert!(text.contains(told), "{text}");
            }
            (verdict, _) => panic!("{verdict:?}"),
        }
    }
}
