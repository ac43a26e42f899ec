//! The data planes of the agents: each is a path prefix, `/data-plane/{name}--{id}`, or a host.
//!
//! | Path below the prefix | Module |
//! |---|---|
//! | `/api/v2/extendedAgent/{kind}[/{name}]` | `objects` |
//! | `/api/v2/extendedAgent/connectors/{name}/content`, `…/testconnection` | `knowledge` |
//! | `/api/v2/repos[/{name}[/test]]` | `objects`, `repositories` |
//! | `/api/v2/agent/customInstructions`, `/api/v2/agent/settings/global` | `singletons` |
//! | `/api/v2/agent/tools[/configure]` | `catalog` |
//! | `/api/v2/agent/skills…` | `agent_skills` |
//! | `/api/v2/github/domains[/{domain}]`, `/api/v2/github/oauth/config` | `github` |
//! | `/api/v2/extendedAgent/{subagent}/permissions` | `singletons` |
//! | `/api/v2/plugins/…` | `plugins` |
//! | `/api/v2/connectorV2/…` | `managed_connectors` |
//! | `/api/v1/AzureDevOps/…`, `/api/v1/Github/…` | `source_control` |
//! | `/api/v1/httptriggers…` | `triggers` |
//! | `/api/v1/extendedAgent/…`, `/api/v1/Feature/status/{flag}` | `first_version`, `apply` |
//! | `/api/v1/incidentPlayground/…`, `/api/v1/incidentPlatformValidation/…` | `incidents` |
//! | `/api/v2/incidents/…`, `…/incidentHandlers` | `incidents` |
//! | `/api/v1/scheduledtasks…` | `tasks` |
//! | `/api/v1/agentmemory/…` | `memory` |
//! | `/api/v1/WorkspaceMemory/…` | `workspace` |
//! | `/api/v1/threads…`, `/api/v1/approvals/…`, `/api/v1/azCliExecution/…` | `threads` |
//! | `/agentHub…` | `crate::hub`, and `threads` for its messages |
//! | everything else | `fallback` |

mod agent_skills;
mod apply;
mod catalog;
mod fallback;
mod first_version;
mod github;
mod incidents;
mod knowledge;
mod managed_connectors;
mod memory;
mod objects;
mod plugins;
mod repositories;
mod singletons;
mod source_control;
mod tasks;
mod threads;
mod triggers;
mod workspace;

pub(crate) use catalog::{system_names, tools_of};
pub(crate) use threads::{hear, invoke};

use axum::http::{Method, StatusCode, header};

use crate::auth;
use crate::context::Context;
use crate::http::{Answer, Handled, settled};
use crate::hub;
use crate::kinds::{CONNECTORS, INCIDENT_FILTERS, Kind, REPOSITORIES};
use crate::profile::{Accept, Webhook};
use crate::shared::Shared;
use crate::store::{AgentKey, AgentRecord, Key, PowerState, Tx};

/// A body that starts with this does not reach the API.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Answers a request to an agent's data plane.
pub(crate) fn handle(shared: &Shared, cx: Context<'_>) -> Handled {
    cx.transaction(&shared.store, |tx| settled(admit(shared, tx, cx)))
}

/// Passes a request to the API if the agent is ready and the caller is authorized.
fn admit(shared: &Shared, tx: &mut Tx<'_>, cx: Context<'_>) -> Handled {
    let Some(agent) = find(tx, cx)? else {
        return Ok(fallback::no_such_host());
    };
    if let Some(refusal) = not_ready(tx, cx, &agent)? {
        return Ok(refusal);
    }
    let lower = cx.call.lower_segments();
    let below: Vec<&str> = lower.iter().skip(2).map(String::as_str).collect();
    let webhook = matches!(
        below.as_slice(),
        ["api", "v1", "httptriggers", "trigger", _]
    );
    if !webhook || cx.profile.webhook == Webhook::Bearer {
        let role = auth::data_plane(&shared.tokens, cx)?;
        if agent.forbidden > 0 {
            let forbidden = agent.forbidden - 1;
            let arrived = AgentRecord { forbidden, ..agent };
            tx.put(&Key::agent(&arrived.key()), &arrived)?;
            return Ok(auth::refusal(cx));
        }
        if let ["agenthub", rest @ ..] = below.as_slice() {
            return Ok(match auth::forbidden(cx, role, &below) {
                Some(refusal) => refusal,
                None => hub::route(&shared.negotiations, cx, &agent, role, rest),
            });
        }
        if !asks_for_json(cx) || cx.call.body.starts_with(BYTE_ORDER_MARK) {
            return Ok(fallback::unknown(cx));
        }
        if let Some(refusal) = auth::forbidden(cx, role, &below) {
            return Ok(refusal);
        }
    }
    route(tx, cx, &agent, &below)
}

fn route(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord, below: &[&str]) -> Handled {
    let reads = cx.call.method == Method::GET;
    match below {
        ["api", "v2", "agent", "custominstructions"] => {
            singletons::custom_instructions(tx, cx, agent)
        }
        ["api", "v2", "agent", "settings", "global"] => singletons::settings(tx, cx, agent),
        ["api", "v2", "agent", "tools", rest @ ..] => catalog::route(tx, cx, agent, rest),
        ["api", "v2", "extendedagent", "incidenthandlers"] if reads => {
            incidents::list_handlers(tx, cx, agent)
        }
        ["api", "v2", "incidentmanagement", "incidentfilters"] if reads => {
            objects::route(tx, cx, agent, &INCIDENT_FILTERS, None)
        }
        ["api", "v2", "incidents", "indexing", rest @ ..] => {
            incidents::route_indexing(tx, cx, agent, rest)
        }
        ["api", "v1", "incidentplatformvalidation", "servicenow"] if !reads => {
            incidents::validate_platform(cx)
        }
        ["api", "v2", "agent", "skills", rest @ ..] => agent_skills::route(tx, cx, agent, rest),
        ["api", "v2", "plugins", rest @ ..] => plugins::route(tx, cx, agent, rest),
        ["api", "v2", "connectorv2", rest @ ..] => managed_connectors::route(tx, cx, agent, rest),
        ["api", "v2", "github", rest @ ..] => github::route(tx, cx, agent, rest),
        ["api", "v2", below @ ..] => {
            let Some((kind, rest)) = Kind::on_data_plane(below) else {
                return match below {
                    ["extendedagent", name, "permissions"] => {
                        singletons::subagent_permissions(tx, cx, agent, name)
                    }
                    _ => Ok(fallback::unknown(cx)),
                };
            };
            // Names keep the case of the request.
            let name = (!rest.is_empty())
                .then(|| {
                    cx.call
                        .segments
                        .get(4 + kind.route.len())
                        .map(String::as_str)
                })
                .flatten();
            match (name, rest) {
                (_, [] | [_]) => objects::route(tx, cx, agent, kind, name),
                (Some(name), [_, action]) => action_on(tx, cx, agent, kind, name, action),
                _ => Ok(fallback::unknown(cx)),
            }
        }
        ["api", "v1", "agentmemory", rest @ ..] => memory::route(tx, cx, agent, rest),
        ["api", "v1", "workspacememory", rest @ ..] => workspace::route(tx, cx, agent, rest),
        ["api", "v1", "azuredevops", rest @ ..] => {
            source_control::azure_devops(tx, cx, agent, rest)
        }
        ["api", "v1", "github", rest @ ..] => {
            source_control::github_first_version(tx, cx, agent, rest)
        }
        ["api", "v1", "httptriggers", rest @ ..] => triggers::route(tx, cx, agent, rest),
        ["api", "v1", "incidentplayground", rest @ ..] => incidents::route(tx, cx, agent, rest),
        ["api", "v1", "scheduledtasks", rest @ ..] => tasks::route(tx, cx, agent, rest),
        ["api", "v1", "threads", rest @ ..] => threads::route(tx, cx, agent, rest),
        ["api", "v1", "approvals", rest @ ..] => threads::route_approvals(tx, cx, agent, rest),
        ["api", "v1", "azcliexecution", rest @ ..] => {
            threads::route_executions(tx, cx, agent, rest)
        }
        ["api", "v1", "extendedagent", rest @ ..] => first_version::route(tx, cx, agent, rest),
        ["api", "v1", "feature", "status", flag] if reads => first_version::feature(agent, flag),
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Answers actions on an object other than storing it.
fn action_on(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    kind: &'static Kind,
    name: &str,
    action: &str,
) -> Handled {
    let (repository, connector) = (kind.name == REPOSITORIES, kind.name == CONNECTORS.name);
    match (cx.call.method.as_str(), action) {
        ("POST", "test") if repository => repositories::test(tx, cx, agent, kind, name),
        ("GET", "content") if connector => knowledge::content(tx, cx, agent, name),
        ("POST", "testconnection") if connector => knowledge::test(cx, name),
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Returns the agent that the request addresses, with the incident platform that this request sees.
fn find(tx: &mut Tx<'_>, cx: Context<'_>) -> Handled<Option<AgentRecord>> {
    let Some(host) = cx.call.segments.get(1) else {
        return Ok(None);
    };
    let Some(key) = tx.get::<AgentKey>(&Key::endpoint(host))? else {
        return Ok(None);
    };
    let agent: Option<AgentRecord> = tx.get(&Key::agent(&key))?;
    Ok(agent.filter(|agent| agent.ready && cx.call.base.reaches(agent)))
}

/// Returns the refusal if the agent is stopped or starting.
fn not_ready(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled<Option<Answer>> {
    if agent.power == PowerState::Stopped {
        return Ok(Some(fallback::unavailable(StatusCode::SERVICE_UNAVAILABLE)));
    }
    if agent.starting == 0 {
        return Ok(None);
    }
    let started = AgentRecord {
        starting: agent.starting - 1,
        ..agent.clone()
    };
    tx.put(&Key::agent(&started.key()), &started)?;
    let status =
        StatusCode::from_u16(cx.profile.starting_status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    Ok(Some(fallback::unavailable(status)))
}

/// Returns whether a request reaches the API. Others get the portal's pages. A request without
/// `Accept` accepts anything, so only a browser is recognized by what it accepts.
fn asks_for_json(cx: Context<'_>) -> bool {
    let accepted = cx.call.headers.get_all(header::ACCEPT);
    let accepted: Vec<String> = accepted
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .map(str::to_ascii_lowercase)
        .collect();
    let names = |media: &str| accepted.iter().any(|accepted| accepted == media);
    names("application/json") || (cx.profile.accept == Accept::Any && !names("text/html"))
}
