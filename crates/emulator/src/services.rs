//! Dispatches a request to its service.

use axum::http::StatusCode;
use serde_json::json;

use crate::context::Context;
use crate::http::{Answer, Call, Handled};
use crate::log::Plane;
use crate::shared::Shared;
use crate::site::{DATA_PLANE, Site};
use crate::{arm, data_plane, entra};

/// Returns the plane of a request, and the agent's name if there is one.
pub(crate) fn plane_of(call: &Call) -> (Plane, Option<String>) {
    let lower = call.lower_segments();
    let plane = match call.base.site {
        Site::ResourceManager => Plane::Arm,
        Site::Login => Plane::Entra,
        Site::Agent => Plane::DataPlane,
        Site::Emulator => match lower.first().map(String::as_str) {
            Some("subscriptions" | "providers" | "tenants") => Plane::Arm,
            Some("metadata") if lower.get(1).is_some_and(|next| next == "endpoints") => Plane::Arm,
            Some(DATA_PLANE) => Plane::DataPlane,
            Some(_) if entra::owns(&lower) => Plane::Entra,
            _ => Plane::Other,
        },
    };
    let agent = match plane {
        Plane::Arm => {
            let agents = lower.iter().position(|segment| segment == "agents");
            agents.and_then(|index| call.segments.get(index + 1).cloned())
        }
        Plane::DataPlane => {
            let agent = call.segments.get(1).and_then(|host| host.rsplit_once("--"));
            agent.map(|(name, _)| name.to_owned())
        }
        Plane::Entra | Plane::Other => None,
    };
    (plane, agent)
}

/// Answers a request.
pub(crate) fn handle(shared: &Shared, call: &Call) -> Handled {
    let profile = shared.profile();
    let plane = plane_of(call).0;
    if matches!(plane, Plane::Arm | Plane::DataPlane)
        && let Some(refusal) = shared.throttle.refuse(profile.requests_per_second)
    {
        return Ok(refusal);
    }
    let cx = Context {
        profile: &profile,
        call,
        rehearses: false,
    };
    dispatch(shared, cx, plane)
}

/// Returns the answer to a request, without storing any effect.
pub(crate) fn rehearse(shared: &Shared, call: &Call) -> Handled {
    let profile = shared.profile();
    let cx = Context {
        profile: &profile,
        call,
        rehearses: true,
    };
    dispatch(shared, cx, plane_of(call).0)
}

fn dispatch(shared: &Shared, cx: Context<'_>, plane: Plane) -> Handled {
    match plane {
        Plane::Arm => arm::handle(shared, cx),
        Plane::DataPlane => data_plane::handle(shared, cx),
        Plane::Entra => Ok(entra::handle(&shared.tokens, cx)),
        Plane::Other => {
            let message = format!("No service has the path {}.", cx.call.path);
            let error = json!({ "error": { "code": "NotFound", "message": message } });
            Ok(Answer::json(StatusCode::NOT_FOUND, error).unknown())
        }
    }
}
