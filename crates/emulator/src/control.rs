//! The control API, which reports the state of the emulator and makes requests fail.
//!
//! It needs no token, refuses foreign web pages ([`origin`]), and is not among the recorded
//! requests. The switches, faults and records are those of [`crate::Emulator`].

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::faults::Fault;
use crate::origin;
use crate::shared::Shared;
use crate::store::Key;
use crate::ui;

const PREFIX: &str = "/_emulator";
/// How long a request for held requests waits by default.
const HELD_TIMEOUT_MS: u64 = 30_000;

/// Returns whether a path belongs to the control API.
pub(crate) fn owns(path: &str) -> bool {
    path.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request to the control API.
pub(crate) async fn answer(shared: Arc<Shared>, request: Request<axum::body::Body>) -> Response {
    if let Some(refusal) =
        origin::refusal(request.method(), request.uri().path(), request.headers())
    {
        return problem(StatusCode::FORBIDDEN, &refusal);
    }
    match router(shared).oneshot(request).await {
        Ok(response) => response,
        Err(impossible) => match impossible {},
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let routes = Router::new()
        .route("/", get(addresses))
        .route("/requests", get(requests).delete(clear_requests))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/faults/{id}", get(fault).delete(remove_fault))
        .route("/faults/{id}/release", post(release))
        .route("/faults/{id}/held", get(held))
        .route("/profile", get(profile).put(change_profile))
        .route("/state", get(state))
        .route("/reset", post(reset))
        .with_state(Arc::clone(&shared));
    let routes = match &shared.recorder {
        Some(_) => routes.merge(ui::router(Arc::clone(&shared))),
        None => routes,
    };
    Router::new()
        .nest(PREFIX, routes)
        // A nested router serves its root without the slash.
        .route("/_emulator/", get(addresses))
        .with_state(shared)
        .fallback(|| async { problem(StatusCode::NOT_FOUND, "the control API has no such route") })
}

async fn addresses(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.addresses.get()).into_response()
}

async fn requests(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.log.all()).into_response()
}

async fn clear_requests(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.forget_requests();
    StatusCode::NO_CONTENT
}

async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.faults.list()).into_response()
}

async fn add_fault(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let fault: Fault = match serde_json::from_str(&body) {
        Ok(fault) => fault,
        Err(error) => return bad_request(&error),
    };
    match shared.faults.add(fault) {
        Ok(fault) => (StatusCode::CREATED, Json(fault.status())).into_response(),
        Err(error) => bad_request(&error),
    }
}

async fn clear_faults(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.faults.clear();
    StatusCode::NO_CONTENT
}

async fn fault(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Response {
    match shared.faults.get(id) {
        Some(fault) => Json(fault.status()).into_response(),
        None => no_fault(id),
    }
}

async fn remove_fault(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Response {
    if shared.faults.remove(id) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        no_fault(id)
    }
}

async fn release(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Response {
    match shared.faults.get(id) {
        Some(fault) => {
            fault.release();
            StatusCode::NO_CONTENT.into_response()
        }
        None => no_fault(id),
    }
}

#[derive(Debug, Deserialize)]
struct Held {
    timeout_ms: Option<u64>,
}

/// Answers when the fault holds a request, or with 0 after the timeout.
async fn held(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<u64>,
    Query(query): Query<Held>,
) -> Response {
    let Some(fault) = shared.faults.get(id) else {
        return no_fault(id);
    };
    let limit = Duration::from_millis(query.timeout_ms.unwrap_or(HELD_TIMEOUT_MS));
    let held = tokio::time::timeout(limit, fault.held()).await.unwrap_or(0);
    Json(json!({ "held": held })).into_response()
}

async fn profile(State(shared): State<Arc<Shared>>) -> Response {
    Json(&*shared.profile()).into_response()
}

async fn change_profile(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let change: Value = match serde_json::from_str(&body) {
        Ok(change) => change,
        Err(error) => return bad_request(&error),
    };
    match shared.profile().merged(&change) {
        Ok(profile) => {
            shared.set_profile(profile);
            Json(&*shared.profile()).into_response()
        }
        Err(error) => bad_request(&error),
    }
}

/// Returns the existing objects, which are none after everything was deleted.
async fn state(State(shared): State<Arc<Shared>>) -> Response {
    match shared.store.dump(|key| !Key::is_of_the_past(key)) {
        Ok(state) => Json(state).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn reset(State(shared): State<Arc<Shared>>) -> Response {
    match shared.reset() {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn no_fault(id: u64) -> Response {
    problem(StatusCode::NOT_FOUND, &format!("there is no fault {id}"))
}

fn bad_request(error: &dyn std::error::Error) -> Response {
    problem(StatusCode::BAD_REQUEST, &error.to_string())
}

pub(crate) fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": { "message": message } }))).into_response()
}
