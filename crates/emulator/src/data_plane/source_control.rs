//! Sign-in to Azure DevOps, which is write-only, and GitHub's first version, which shares the
//! domains of the second.

use serde_json::{Map, Value, json};

use super::{fallback, github};
use crate::context::Context;
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

const ORGANIZATIONS: &str = "azureDevOps";

/// Answers a request to `/api/v1/AzureDevOps`. `rest` contains the segments below it, in lower
/// case.
pub(super) fn azure_devops(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    let secret = match (cx.call.method.as_str(), rest) {
        ("POST", ["auth", "pat"]) => Some("accessToken"),
        ("POST", ["aadauth", "complete"] | ["auth", "aadauth", "complete"]) => {
            Some("aadAccessToken")
        }
        ("POST", ["auth", "mi"]) => None,
        _ => return Ok(fallback::unknown(cx)),
    };
    let organization = cx
        .call
        .query("organization")
        .filter(|organization| !organization.is_empty())
        .ok_or_else(|| Refusal::invalid("The parameter organization is required."))?;
    let stored = match secret {
        Some(member) => {
            let sent = cx.call.json_object()?;
            let token = sent.get(member).and_then(Value::as_str);
            let token = token.filter(|token| !token.is_empty());
            let token = token.ok_or_else(|| Refusal::invalid(format!("{member} is required.")))?;
            json!({ "organization": organization, member: token })
        }
        None if agent.identity.is_null() => {
            return Err(Refusal::bad_request(
                "InvalidRequestParameter",
                format!(
                    "The managed identity could not acquire a token for organization '{organization}'."
                ),
            )
            .into());
        }
        None => json!({ "organization": organization, "managedIdentity": true }),
    };
    let key = Key::item(&agent.uid, ORGANIZATIONS, &organization.to_lowercase());
    tx.put(&key, &stored)?;
    Ok(Answer::ok(
        json!({ "organization": organization, "isConfigured": true }),
    ))
}

/// Answers a request to `/api/v1/Github`. `rest` contains the segments below it, in lower case.
pub(super) fn github_first_version(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", ["config"]) => Ok(github::oauth_config()),
        ("GET", ["auth", "status"]) => {
            let domains: Vec<(Key, Map<String, Value>)> =
                tx.scan(&Key::github_domains(&agent.uid))?;
            let hosts: Vec<Value> = domains
                .into_iter()
                .map(|(_, domain)| json!({ "host": domain.get("domain"), "isConfigured": true }))
                .collect();
            Ok(Answer::ok(
                json!({ "isConfigured": !hosts.is_empty(), "hosts": hosts }),
            ))
        }
        ("POST", ["auth", "pat"]) => {
            let token = token(cx)?;
            github::store_token(tx, agent, &token)?;
            Ok(Answer::ok(json!({ "isConfigured": true })))
        }
        ("DELETE", ["auth"]) => github::delete(tx, agent, "github.com"),
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Returns the token of a request, which is JSON or a form.
fn token(cx: Context<'_>) -> Result<String, Refusal> {
    let form = cx.call.form().into_iter().find(|(name, _)| name == "pat");
    let token = match form {
        Some((_, token)) => Some(token),
        None => {
            let sent = cx.call.json_object()?;
            let token = sent.get("accessToken").and_then(Value::as_str);
            token.map(str::to_owned)
        }
    };
    token
        .filter(|token| !token.is_empty())
        .ok_or_else(|| Refusal::invalid("accessToken is required."))
}
