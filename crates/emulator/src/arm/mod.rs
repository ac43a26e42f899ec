//! Azure Resource Manager, as far as agents need it.
//!
//! | Path below the agent's id | Methods | Module |
//! |---|---|---|
//! | (none) | PUT, PATCH, GET, DELETE | `agents` |
//! | `start`, `stop` | POST | `power` |
//! | `usages`, `dailyusages` | GET, POST | `usages` |
//! | `DataConnectors`, `connectors` | PUT, GET, DELETE, POST `listSecrets` | `connectors` |
//! | the base64 children | PUT, GET, DELETE | `children` |
//!
//! `permissions` lists the permissions of the caller. `directory` handles everything that is not
//! below an agent, and `clouds` handles `/metadata/endpoints`. Paths are case-insensitive. Each of
//! them needs an `api-version` (`versions`), which is checked after the type.

mod agents;
mod body;
mod children;
mod clouds;
mod connectors;
mod directory;
mod models;
mod operations;
mod paging;
mod permissions;
mod power;
mod usages;
mod values;
mod versions;

use axum::http::{Method, StatusCode};

use crate::auth;
use crate::context::Context;
use crate::http::{Answer, Failure, Handled, Refusal, settled};
use crate::kinds::Kind;
use crate::shared::Shared;
use crate::store::{AgentKey, AgentRecord, Key, Tx};

/// The parts of an agent's id, in the casing of the request.
#[derive(Debug, Clone, Copy)]
struct AgentPath<'a> {
    subscription: &'a str,
    resource_group: &'a str,
    name: &'a str,
}

impl AgentPath<'_> {
    fn key(&self) -> AgentKey {
        AgentKey::new(self.subscription, self.resource_group, self.name)
    }

    fn find(&self, tx: &Tx<'_>) -> Handled<Option<AgentRecord>> {
        Ok(tx.get(&Key::agent(&self.key()))?)
    }

    /// Returns the agent. If it does not exist, fails with ARM's answer for the agent or for a
    /// parent.
    fn require(&self, tx: &Tx<'_>, as_parent: bool) -> Handled<AgentRecord> {
        let code = if as_parent {
            "ParentResourceNotFound"
        } else {
            "ResourceNotFound"
        };
        self.find(tx)?.ok_or_else(|| {
            Refusal::new(
                StatusCode::NOT_FOUND,
                code,
                format!(
                    "The Resource 'Microsoft.App/agents/{}' under resource group '{}' was not found.",
                    self.name, self.resource_group
                ),
            )
            .into()
        })
    }
}

/// Answers a request to ARM.
pub(crate) fn handle(shared: &Shared, cx: Context<'_>) -> Handled {
    let lower = cx.call.lower_segments();
    if lower.iter().eq(["metadata", "endpoints"]) {
        return settled(clouds::endpoints(cx));
    }
    auth::arm(&shared.tokens, cx)?;
    cx.transaction(&shared.store, |tx| settled(route(tx, cx)))
}

fn route(tx: &mut Tx<'_>, cx: Context<'_>) -> Handled {
    let original: Vec<&str> = cx.call.segments.iter().map(String::as_str).collect();
    let lower = cx.call.lower_segments();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let method = &cx.call.method;
    if method == Method::GET && permissions::is_list(&lower) {
        versions::required(cx)?;
        return Ok(permissions::list(cx));
    }
    match lower.as_slice() {
        ["subscriptions", _, "providers", "microsoft.app", "agents"] if method == Method::GET => {
            versions::check(cx)?;
            agents::list(tx, cx, &Key::agents_in_subscription(original[1]))
        }
        [
            "subscriptions",
            _,
            "resourcegroups",
            _,
            "providers",
            "microsoft.app",
            "agents",
        ] if method == Method::GET => {
            versions::check(cx)?;
            agents::list(tx, cx, &Key::agents_in_group(original[1], original[3]))
        }
        [
            "subscriptions",
            _,
            "providers",
            "microsoft.app",
            "locations",
            _,
            form @ ("operationstatuses" | "operationresults"),
            id,
        ] if method == Method::GET => {
            versions::check(cx)?;
            operations::poll(tx, cx, form, id)
        }
        [
            "subscriptions",
            _,
            "providers",
            "microsoft.app",
            "locations",
            location,
            "supportedagentmodels",
        ] if method == Method::GET => {
            versions::check(cx)?;
            models::list(cx, location)
        }
        [
            "subscriptions",
            _,
            "resourcegroups",
            _,
            "providers",
            "microsoft.app",
            "agents",
            _,
            rest @ ..,
        ] => {
            let path = AgentPath {
                subscription: original[1],
                resource_group: original[3],
                name: original[7],
            };
            agent_route(tx, cx, path, &original[8..], rest)
        }
        _ => directory::route(tx, cx, &original, &lower),
    }
}

fn agent_route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: AgentPath<'_>,
    original: &[&str],
    lower: &[&str],
) -> Handled {
    check_type(cx, lower)?;
    match (cx.call.method.as_str(), lower) {
        ("PUT", []) => agents::put(tx, cx, path),
        ("PATCH", []) => agents::patch(tx, cx, path),
        ("GET", []) => agents::get(tx, cx, path),
        ("DELETE", []) => agents::delete(tx, cx, path),
        ("POST", ["start"]) => power::start(tx, cx, path),
        ("POST", ["stop"]) => power::stop(tx, cx, path),
        ("GET" | "POST", ["usages"]) => usages::monthly(&path.require(tx, false)?),
        ("GET" | "POST", ["dailyusages"]) => {
            path.require(tx, false)?;
            usages::daily()
        }
        ("POST", ["listconnectorswithsecrets"]) => connectors::list_with_secrets(tx, cx, path),
        (_, ["dataconnectors" | "connectors", rest @ ..]) => {
            connectors::route(tx, cx, path, original[0], original.get(1).copied(), rest)
        }
        (_, [segment, rest @ ..]) => match Kind::on_arm(segment) {
            Some(kind) => children::route(tx, cx, path, kind, original.get(1).copied(), rest.len()),
            None => Err(unknown_type(cx)),
        },
        _ => Err(method_not_allowed(cx)),
    }
}

/// Refuses a type that does not exist below an agent, or not in the request's version.
fn check_type(cx: Context<'_>, lower: &[&str]) -> Handled<()> {
    match lower {
        []
        | [
            "start" | "stop" | "listconnectorswithsecrets" | "connectors",
            ..,
        ] => Ok(versions::check(cx)?),
        ["usages" | "dailyusages" | "dataconnectors", ..] => versions::check_preview(cx),
        [segment, ..] if Kind::on_arm(segment).is_some() => versions::check_preview(cx),
        _ => Err(unknown_type(cx)),
    }
}

/// Checks a name of an agent or a connector: a letter, then letters, digits and hyphens, 2 to 32
/// in all, with no hyphen at the end.
fn check_name(kind: &str, name: &str) -> Result<(), Refusal> {
    let bytes = name.as_bytes();
    let valid = (2..=32).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    if valid {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "InvalidResourceName",
        format!(
            "The {kind} name '{name}' does not match '^[A-Za-z]([-A-Za-z0-9]{{0,30}}[A-Za-z0-9])$'."
        ),
    ))
}

fn unknown_type(cx: Context<'_>) -> Failure {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "InvalidResourceType",
        format!(
            "The resource type of '{}' could not be found for api version '{}'.",
            cx.call.path,
            cx.call.query("api-version").unwrap_or_default()
        ),
    )
    .into()
}

fn method_not_allowed(cx: Context<'_>) -> Failure {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "HttpMethodNotSupported",
        format!(
            "The HTTP method '{}' is not supported at '{}'.",
            cx.call.method, cx.call.path
        ),
    )
    .into()
}

fn not_found(cx: Context<'_>) -> Answer {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "ResourceNotFound",
        format!("The Resource '{}' was not found.", cx.call.path),
    )
    .into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::check_name;

    #[rstest]
    #[case("ab", true)]
    #[case("shop-agent", true)]
    #[case("A123456789012345678901234567890z", true)]
    #[case("a", false)]
    #[case("1a", false)]
    #[case("a-", false)]
    #[case("a_b", false)]
    #[case("A123456789012345678901234567890zz", false)]
    fn names_are_checked_as_the_service_does(#[case] name: &str, #[case] valid: bool) {
        assert_eq!(check_name("agent", name).is_ok(), valid);
    }
}
