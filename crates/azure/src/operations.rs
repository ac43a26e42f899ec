//! Long-running operations of ARM.
//!
//! A write that takes longer than a request is answered immediately, with a link to an operation
//! (`azure-asyncoperation`), with a link to a future result (`location`), or with an object whose
//! `properties.provisioningState` says that it is not finished.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use crate::budget::Budget;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Facts, Reach, Result};
use crate::pages::follow;
use crate::poll::{Schedule, Step, poll_until};
use crate::request::Request;
use crate::response::{Response, without_query};
use crate::retry::retry_after;
use crate::service_error::ServiceError;
use crate::verdict::{Plane, failure};

/// Used if the service does not say when to ask again.
const SCHEDULE: Schedule = Schedule::growing(Duration::from_secs(1), Duration::from_secs(10))
    .after(Duration::from_millis(500));

/// How many polls may fail in a row before an operation counts as lost. Each of them has been
/// retried.
const FAILED_LOOKS: u32 = 3;

/// How an operation is followed.
#[derive(Clone, Debug, PartialEq)]
enum Watch {
    /// Poll a document with a `status`.
    Operation(Url),
    /// Poll a result, which answers with 202 until it exists.
    Location(Url),
    /// Poll the object and its `provisioningState`.
    Object(Url),
    /// Poll the object until it is absent.
    Absence(Url),
}

struct Progress {
    watch: Watch,
    failed_looks: u32,
}

/// The state of an operation.
enum State {
    Succeeded,
    Running(String),
    Failed(ServiceError),
}

/// Waits for the operation that was started by a write with the answer `accepted`. Returns
/// immediately if the write started none.
///
/// Returns the last document of the operation, if any. This is not the object, which should be read
/// again. The answer determines how progress is followed: by `azure-asyncoperation`, else by
/// `location`, else by `properties.provisioningState` of the object. Links are followed to ARM's
/// own origin only.
///
/// # Errors
/// Returns [`OperationFailed`](crate::ErrorKind::OperationFailed) with the service's message if the
/// operation fails. After every other error, the accepted operation continues, and
/// [`Error::was_accepted`](crate::Error::was_accepted) returns `true`.
pub async fn wait(client: &Client, accepted: &Response, budget: &Budget) -> Result<Option<Value>> {
    let document = accepted.json().cloned();
    let watch = match watch(client, accepted) {
        Ok(Some(watch)) => watch,
        Ok(None) => return Ok(document),
        Err(error) => return Err(error.with_reach(Reach::Accepted)),
    };
    let method = &accepted.exchange.method;
    let progress = Mutex::new(Progress {
        watch,
        failed_looks: 0,
    });
    let schedule = match asked(accepted) {
        Some(pause) => SCHEDULE.after(pause),
        None => SCHEDULE,
    };
    poll_until(&schedule, budget, || {
        look(client, method, &progress, budget)
    })
    .await
    .map_err(|error| {
        let context = format!(
            "{method} {} was accepted",
            without_query(&accepted.exchange.url)
        );
        match error.kind() {
            ErrorKind::OperationFailed => error,
            ErrorKind::Canceled | ErrorKind::DeadlineExceeded | ErrorKind::HostRefused => {
                error.within(&context)
            }
            _ => error.with_kind(ErrorKind::OperationLost).within(&format!(
                "{context}, but the provider could not track its progress any further"
            )),
        }
        .with_reach(Reach::Accepted)
    })
}

fn watch(client: &Client, response: &Response) -> Result<Option<Watch>> {
    let base = &client.config().arm_endpoint;
    let exchange = &response.exchange;
    let link = |name: &str| {
        response
            .header(name)
            .map(|link| follow(base, &exchange.url, link))
            .transpose()
    };
    if let Some(url) = link("azure-asyncoperation")? {
        return Ok(Some(Watch::Operation(url)));
    }
    let accepted = response.status == StatusCode::ACCEPTED;
    // On 200 and 201, `location` is the address of the object, not of an operation.
    if accepted && let Some(url) = link("location")? {
        return Ok(Some(Watch::Location(url)));
    }
    if exchange.method == Method::DELETE {
        return Ok(accepted.then(|| Watch::Absence(exchange.url.clone())));
    }
    let is_object = matches!(exchange.method, Method::PUT | Method::PATCH);
    let finished = match response.json().map(provisioning_state) {
        Some(State::Succeeded) => !accepted,
        Some(State::Running(_) | State::Failed(_)) => false,
        None => !accepted,
    };
    Ok((is_object && !finished).then(|| Watch::Object(exchange.url.clone())))
}

async fn look(
    client: &Client,
    method: &Method,
    progress: &Mutex<Progress>,
    budget: &Budget,
) -> Result<Step<Option<Value>>> {
    let watch = with(progress, |progress| progress.watch.clone());
    let url = match &watch {
        Watch::Operation(url) | Watch::Location(url) | Watch::Object(url) | Watch::Absence(url) => {
            url.clone()
        }
    };
    let response = match client
        .as_arm()
        .at(&url, &Request::get(url.path()), budget)
        .await
    {
        Ok(response) => response,
        Err(error) => return tolerate(progress, error),
    };
    let state = match read(&watch, method, &response) {
        Ok(state) => state,
        Err(error) => return tolerate(progress, error),
    };
    let moved = moved(client, &watch, &response)?;
    with(progress, |progress| {
        progress.failed_looks = 0;
        if let Some(moved) = moved {
            progress.watch = moved;
        }
    });
    match state {
        State::Succeeded => Ok(Step::Done(response.json().cloned())),
        State::Running(seen) => Ok(Step::Again {
            seen,
            after: asked(&response),
        }),
        State::Failed(said) => Err(failed(said, &response)),
    }
}

/// Returns the state that one answer reports.
fn read(watch: &Watch, method: &Method, response: &Response) -> Result<State> {
    let status = response.status;
    let failure = || failure(response, Some(Plane::Arm));
    match (watch, response.json()) {
        (Watch::Absence(_), Some(_)) if status == StatusCode::NOT_FOUND => Ok(State::Succeeded),
        // An operation that deletes may delete its own link.
        (Watch::Location(_), _) if status == StatusCode::NOT_FOUND && *method == Method::DELETE => {
            Ok(State::Succeeded)
        }
        (Watch::Absence(_), Some(document)) if status.is_success() => {
            Ok(match provisioning_state(document) {
                State::Succeeded => State::Running("the object still exists".to_owned()),
                state => state,
            })
        }
        (_, _) if status == StatusCode::ACCEPTED => {
            Ok(match response.json().and_then(operation_state) {
                Some(State::Failed(said)) => State::Failed(said),
                Some(State::Running(seen)) => State::Running(seen),
                _ => State::Running("the operation is running".to_owned()),
            })
        }
        (Watch::Operation(_), Some(document)) if status.is_success() => {
            Ok(operation_state(document).unwrap_or(State::Succeeded))
        }
        (Watch::Object(_), Some(document)) if status.is_success() => {
            Ok(provisioning_state(document))
        }
        (Watch::Location(_), document) if status.is_success() => {
            match document.and_then(operation_state) {
                Some(State::Failed(said)) => Ok(State::Failed(said)),
                _ => Ok(State::Succeeded),
            }
        }
        // A link to a result answers with the failure of the operation.
        (Watch::Location(_), Some(_)) if is_verdict(status) => {
            Ok(State::Failed(response.service_error()))
        }
        _ => Err(failure()),
    }
}

/// Returns whether the status at a result's link is the outcome of the operation, and not a failure
/// of the poll.
fn is_verdict(status: StatusCode) -> bool {
    status.is_client_error() && !matches!(status.as_u16(), 401 | 403 | 404 | 408 | 429)
}

/// Returns what to poll next. A new link in the answer replaces the current one.
fn moved(client: &Client, watch: &Watch, response: &Response) -> Result<Option<Watch>> {
    let base = &client.config().arm_endpoint;
    let follow = |name: &str| {
        response
            .header(name)
            .map(|link| follow(base, &response.exchange.url, link))
            .transpose()
    };
    Ok(match watch {
        Watch::Operation(_) => follow("azure-asyncoperation")?.map(Watch::Operation),
        Watch::Location(_) if response.status == StatusCode::ACCEPTED => {
            follow("location")?.map(Watch::Location)
        }
        _ => None,
    })
}

/// Tolerates a few failed polls.
fn tolerate(progress: &Mutex<Progress>, error: Error) -> Result<Step<Option<Value>>> {
    let passing = matches!(
        error.kind(),
        ErrorKind::Network | ErrorKind::Service | ErrorKind::NotJson | ErrorKind::NotFound
    );
    let looks = with(progress, |progress| {
        progress.failed_looks += 1;
        progress.failed_looks
    });
    if passing && looks < FAILED_LOOKS {
        Ok(Step::Failing(error))
    } else {
        Err(error)
    }
}

fn failed(said: ServiceError, response: &Response) -> Error {
    let facts = Facts {
        code: said.code,
        message: said.message,
        ..response.facts()
    };
    Error::new(
        ErrorKind::OperationFailed,
        "the service reports that the operation did not succeed",
    )
    .with_facts(facts)
    .with_reach(Reach::Accepted)
}

/// Parses a document in each way in which it may contain the state of an operation.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_states(document: &Value) {
    drop((operation_state(document), provisioning_state(document)));
}

/// Returns the state from the `status` of an operation, if the document has one.
fn operation_state(document: &Value) -> Option<State> {
    let status = document.get("status").and_then(Value::as_str)?;
    Some(state(
        status,
        document.get("error").map(|_| document),
        "status",
    ))
}

/// Returns the state from the `provisioningState` of an object. An object without one is finished.
fn provisioning_state(document: &Value) -> State {
    let properties = &document["properties"];
    let Some(status) = properties.get("provisioningState").and_then(Value::as_str) else {
        return State::Succeeded;
    };
    let said = ["error", "deploymentError", "provisioningError"]
        .iter()
        .find_map(|name| properties.get(name).filter(|value| !value.is_null()));
    state(status, said, "provisioningState")
}

fn state(status: &str, said: Option<&Value>, name: &str) -> State {
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => State::Succeeded,
        "failed" | "canceled" | "cancelled" => {
            let mut said = said.map(ServiceError::of_json).unwrap_or_default();
            said.code.get_or_insert_with(|| status.to_owned());
            said.message
                .get_or_insert_with(|| format!("the {name} is {status}"));
            State::Failed(said)
        }
        // New states are added now and then; only the three above end an operation.
        _ => State::Running(format!("the {name} is {status}")),
    }
}

fn asked(response: &Response) -> Option<Duration> {
    retry_after(&response.headers, Timestamp::now())
}

fn with<T>(progress: &Mutex<Progress>, f: impl FnOnce(&mut Progress) -> T) -> T {
    f(&mut progress
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner))
}

#[cfg(test)]
mod tests;
