//! The data planes of the agents: each is a path prefix, `/data-plane/{name}--{id}`.
//!
//! | Path below the prefix | Module |
//! |---|---|
//! | `/api/v2/extendedAgent/{kind}[/{name}]` | `objects` |
//! | `/api/v2/repos[/{name}[/test]]` | `objects`, `repositories` |
//! | `/api/v1/httptriggers…` | `triggers` |
//! | `/api/v1/incidentPlayground/incidentPlatformType` | `platform` |
//! | everything else | `fallback` |

mod fallback;
mod objects;
mod platform;
mod repositories;
mod triggers;

use axum::http::{Method, StatusCode, header};

use crate::auth;
use crate::emulator::Shared;
use crate::http::{Answer, Handled};
use crate::kinds::{Kind, REPOSITORIES};
use crate::profile::{Accept, Webhook};
use crate::services::Context;
use crate::store::{AgentKey, AgentRecord, Key, PowerState, Tx};

/// The first segment of data-plane paths.
pub(crate) const PREFIX: &str = "data-plane";

/// Answers a request to an agent's data plane.
pub(crate) fn handle(shared: &Shared, cx: Context<'_>) -> Handled {
    shared.store.transaction(|tx| {
        let Some(agent) = find(tx, cx)? else {
            return Ok(fallback::no_such_host());
        };
        if let Some(refusal) = not_ready(tx, cx, &agent)? {
            return Ok(refusal);
        }
        let lower = cx.call.lower_segments();
        let below: Vec<String> = lower.get(2..).unwrap_or_default().to_vec();
        let public = matches!(
            below
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .as_slice(),
            ["api", "v1", "httptriggers", "trigger", _]
        ) && cx.profile.webhook == Webhook::None;
        if !public {
            let role = auth::data_plane(&shared.tokens, cx)?;
            if agent.forbidden > 0 {
                let arrived = AgentRecord {
                    forbidden: agent.forbidden - 1,
                    ..agent
                };
                tx.put(&Key::agent(&arrived.key()), &arrived)?;
                return Ok(auth::refusal(cx));
            }
            if !asks_for_json(cx) {
                return Ok(fallback::unknown(cx));
            }
            let area = below.get(2).map(String::as_str).unwrap_or_default();
            if let Some(refusal) = auth::forbidden(cx, role, area) {
                return Ok(refusal);
            }
        }
        route(tx, cx, &agent, &below)
    })
}

fn route(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord, below: &[String]) -> Handled {
    let segments: Vec<&str> = below.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["api", "v2", ..] => {
            let Some((kind, rest)) = Kind::on_data_plane(&below[2..]) else {
                return Ok(fallback::unknown(cx));
            };
            // Names keep the casing of the request.
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
                (Some(name), [_, action])
                    if action == "test"
                        && kind.name == REPOSITORIES
                        && cx.call.method == Method::POST =>
                {
                    repositories::test(tx, cx, agent, kind, name)
                }
                _ => Ok(fallback::unknown(cx)),
            }
        }
        ["api", "v1", "httptriggers", rest @ ..] => triggers::route(tx, cx, agent, rest),
        ["api", "v1", "incidentplayground", "incidentplatformtype"]
            if cx.call.method == Method::GET =>
        {
            platform::show(tx, agent)
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// The agent whose prefix the path has, with the incident platform that this request sees.
fn find(tx: &mut Tx<'_>, cx: Context<'_>) -> Handled<Option<AgentRecord>> {
    let Some(host) = cx.call.segments.get(1) else {
        return Ok(None);
    };
    let Some(key) = tx.get::<AgentKey>(&Key::endpoint(host))? else {
        return Ok(None);
    };
    let agent: Option<AgentRecord> = tx.get(&Key::agent(&key))?;
    Ok(agent.filter(|agent| agent.ready))
}

/// The refusal of an agent that is stopped or starting.
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

/// Whether a request reaches the API: others get what the portal's pages are served by.
fn asks_for_json(cx: Context<'_>) -> bool {
    let accepted = cx.call.headers.get_all(header::ACCEPT);
    accepted
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let media = range
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            media == "application/json"
                || (cx.profile.accept == Accept::Any
                    && matches!(media.as_str(), "*/*" | "application/*"))
        })
}
