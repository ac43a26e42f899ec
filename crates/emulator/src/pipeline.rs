//! Everything around the service itself: a request is recorded, a fault may hit it, and it is
//! completed even if the client has disconnected.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;
use tracing::{debug, error, info};

use crate::auth;
use crate::faults::{ActiveFault, Fault};
use crate::http::{Answer, Body, Call, Failure};
use crate::services;
use crate::shared::Shared;
use crate::store::StoreError;

/// What to send to the client.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// An answer. If there is a number, truncate it after so many bytes of the body.
    Answer(Answer, Option<usize>),
    /// Nothing: the connection is closed.
    Reset,
}

/// Handles one request of a client.
pub(crate) async fn process(shared: Arc<Shared>, call: Call) -> Outcome {
    // A service finishes a request when a client disconnects, so the work is a separate task.
    let stop = shared.stop.clone();
    let tasks = shared.tasks.clone();
    let work = async move { stop.run_until_cancelled(run(shared, call)).await };
    match tasks.spawn(work).await {
        Ok(Some(outcome)) => outcome,
        Ok(None) => Outcome::Reset,
        Err(failure) => {
            error!(%failure, "a request failed");
            Outcome::Answer(internal_error(), None)
        }
    }
}

async fn run(shared: Arc<Shared>, mut call: Call) -> Outcome {
    let (plane, agent) = services::plane_of(&call);
    let token = call
        .bearer()
        .map(|token| auth::audience(&shared.tokens, token));
    let n = shared.log.start(&call, plane, agent.clone(), token);
    if let Some(recorder) = &shared.recorder {
        recorder.start(n, &call, plane, agent);
    }
    let label = format!("{} {}", call.method, call.path);
    let fault = shared
        .faults
        .hit(call.method.as_str(), &call.path, &call.query, plane);
    let id = fault.as_ref().map(|fault| fault.id());
    let mut outcome = match fault {
        Some(fault) => {
            debug!(n, fault = fault.id(), "fault");
            call.operation_error
                .clone_from(&fault.fault.operation_error);
            with_fault(&shared, call, &fault).await
        }
        None => Outcome::Answer(apply(&shared, call).await, None),
    };
    if let Outcome::Answer(answer, _) = &mut outcome {
        answer.identify();
    }
    let (status, unknown) = match &outcome {
        Outcome::Answer(answer, _) => (Some(answer.status.as_u16()), answer.unknown_route),
        Outcome::Reset => (None, false),
    };
    shared.log.end(n, status, unknown);
    if let Some(recorder) = &shared.recorder {
        let answer = match &mut outcome {
            Outcome::Answer(answer, _) => Some(answer),
            Outcome::Reset => None,
        };
        recorder.end(n, answer, id);
    }
    info!(n, ?plane, status, unknown_route = unknown, "{label}");
    outcome
}

async fn with_fault(shared: &Arc<Shared>, call: Call, active: &ActiveFault) -> Outcome {
    let fault = &active.fault;
    if let Some(delay) = fault.delay_ms {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    if fault.hold && !fault.hold_applied {
        active.wait_for_release().await;
    }
    let applied = if fault.applies() {
        Some(apply(shared, call).await)
    } else {
        None
    };
    if fault.hold && fault.hold_applied {
        active.wait_for_release().await;
    }
    if fault.reset {
        return Outcome::Reset;
    }
    let answer = match (replacement(fault), applied) {
        (Some(replacement), _) => replacement,
        (None, Some(answer)) => answer,
        // If the request was not applied, there is a status, and therefore a replacement.
        (None, None) => internal_error(),
    };
    let answer = fault
        .headers
        .iter()
        .fold(answer, |answer, (name, value)| answer.with(name, value));
    Outcome::Answer(answer, fault.truncate)
}

/// Returns the answer that a fault contains, if any.
fn replacement(fault: &Fault) -> Option<Answer> {
    let status = StatusCode::from_u16(fault.status?).ok()?;
    Some(match (&fault.text, &fault.body) {
        (Some(text), _) => Answer::html(status, text.as_str()),
        (None, Some(body)) => Answer {
            body: Body::Json(body.clone()),
            ..Answer::empty(status)
        },
        (None, None) => Answer::empty(status),
    })
}

async fn apply(shared: &Arc<Shared>, call: Call) -> Answer {
    if !shared.on_disk {
        return answer(shared, &call);
    }
    let shared = Arc::clone(shared);
    match tokio::task::spawn_blocking(move || answer(&shared, &call)).await {
        Ok(answer) => answer,
        Err(failure) => {
            error!(%failure, "a request failed");
            internal_error()
        }
    }
}

fn answer(shared: &Shared, call: &Call) -> Answer {
    match services::handle(shared, call) {
        Ok(answer) => answer,
        Err(Failure::Refused(refusal)) => (*refusal).into(),
        Err(Failure::Store(error)) => {
            error!(%error, "storage failed");
            match error {
                StoreError::Document { .. } => internal_error(),
                StoreError::Open { .. } | StoreError::Storage(_) => no_room(&error),
            }
        }
    }
}

/// Returns the answer to a request that could not be stored, usually because the disk is full.
fn no_room(error: &StoreError) -> Answer {
    let message = format!("The emulator {error}. Make room for its data file and try again.");
    Answer::json(
        StatusCode::INSUFFICIENT_STORAGE,
        json!({ "error": { "code": "InsufficientStorage", "message": message } }),
    )
}

fn internal_error() -> Answer {
    Answer::json(
        StatusCode::INTERNAL_SERVER_ERROR,
        json!({ "error": { "code": "InternalServerError", "message": "The emulator failed; see its log." } }),
    )
}
