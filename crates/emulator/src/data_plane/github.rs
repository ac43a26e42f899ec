//! How an agent signs in to GitHub, for each domain.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::fallback;
use crate::context::Context;
use crate::documents::member;
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

/// The members of an app's sign-in. All are required, and none is secret.
const APP: [&str; 3] = [
    "clientId",
    "privateKeySecretUri",
    "keyVaultManagedIdentityId",
];

/// Answers a request. `rest` contains the segments below `github`, in lower case. Dots of a domain
/// are underscores in its path, but the dotted form is accepted too.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", ["domains"]) => {
            let domains: Vec<(Key, Map<String, Value>)> =
                tx.scan(&Key::github_domains(&agent.uid))?;
            let values: Vec<Value> = domains
                .into_iter()
                .map(|(_, domain)| show(domain))
                .collect();
            Ok(Answer::ok(json!({ "values": values })))
        }
        ("GET", ["domains", domain]) => {
            let stored = tx.get(&Key::github_domain(&agent.uid, &dotted(domain)))?;
            stored
                .map(|stored| Answer::ok(show(stored)))
                .ok_or_else(|| missing(domain).into())
        }
        ("PUT", ["domains", domain]) => {
            let domain = dotted(domain);
            let stored = checked(&domain, &cx.call.json_object()?)?;
            tx.put(&Key::github_domain(&agent.uid, &domain), &stored)?;
            Ok(Answer::ok(show(stored)))
        }
        ("DELETE", ["domains", domain]) => delete(tx, agent, domain),
        ("GET", ["oauth", "config"]) => Ok(oauth_config()),
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Returns where a person would sign in.
pub(super) fn oauth_config() -> Answer {
    Answer::ok(json!({
        "oAuthUrl": "https://github.com/login/oauth/authorize?client_id=emulator",
    }))
}

/// Stores a token for github.com.
pub(super) fn store_token(tx: &mut Tx<'_>, agent: &AgentRecord, token: &str) -> Handled<()> {
    let stored = json!({ "domain": "github.com", "authType": "Pat", "pat": token });
    Ok(tx.put(&Key::github_domain(&agent.uid, "github.com"), &stored)?)
}

/// Signs out of a domain.
pub(super) fn delete(tx: &mut Tx<'_>, agent: &AgentRecord, domain: &str) -> Handled {
    if tx.remove(&Key::github_domain(&agent.uid, &dotted(domain)))? {
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    } else {
        Err(missing(domain).into())
    }
}

/// Returns what to store of a request, including its secret. Names are case-insensitive.
fn checked(domain: &str, sent: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let text = |name: &str| {
        member(sent, name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Refusal::invalid(format!("{name} is required.")))
    };
    let kind = text("authType")?;
    let names: &[&str] = match kind.to_lowercase().as_str() {
        "pat" if domain == "github.com" => &["pat"],
        "pat" => {
            return Err(Refusal::invalid(
                "Personal access tokens are supported for github.com only.",
            ));
        }
        "githubapp" => &APP,
        _ => {
            return Err(Refusal::invalid(format!("'{kind}' is no authType.")));
        }
    };
    let mut stored = Map::new();
    stored.insert("domain".to_owned(), json!(domain));
    stored.insert("authType".to_owned(), json!(kind));
    for name in names {
        stored.insert((*name).to_owned(), json!(text(name)?));
    }
    Ok(stored)
}

fn show(mut domain: Map<String, Value>) -> Value {
    domain.shift_remove("pat");
    let name = domain.get("domain").cloned().unwrap_or(Value::Null);
    for (member, value) in [
        ("name", name),
        ("isConfigured", json!(true)),
        ("isHealthy", json!(true)),
    ] {
        domain.insert(member.to_owned(), value);
    }
    Value::Object(domain)
}

fn dotted(domain: &str) -> String {
    domain.replace('_', ".")
}

fn missing(domain: &str) -> Refusal {
    Refusal::not_found(format!("GitHub domain '{}' was not found.", dotted(domain)))
}
