//! What an answer means: success, absence or an error with advice.

use reqwest::StatusCode;
use serde_json::Value;

use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};
use crate::id::AgentId;
use crate::response::Response;

/// The plane that a request goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plane<'a> {
    Arm,
    DataPlane(&'a AgentId),
}

/// Codes of 404 answers by which ARM reports a mistake in the request or the account. They do not
/// mean that the object is absent.
const NOT_ABSENT: [&str; 6] = [
    "InvalidResourceType",
    "InvalidResourceNamespace",
    "NoRegisteredProviderFound",
    "MissingSubscription",
    "SubscriptionNotFound",
    "InvalidSubscriptionId",
];

/// Returns `response` if the API reports success. Fails otherwise.
pub(crate) fn check(response: Response, plane: Plane<'_>) -> Result<Response> {
    if response.status.is_success() && !response.body.is_html() {
        Ok(response)
    } else {
        Err(failure(&response, Some(plane)))
    }
}

/// Interprets the answer to the GET of an object: `Some` if it exists, `None` if it is absent.
/// Fails if the answer does not say so.
pub(crate) fn presence(response: Response, plane: Plane<'_>) -> Result<Option<Response>> {
    if response.status.is_success() && response.json().is_some() {
        return Ok(Some(response));
    }
    let error = failure(&response, Some(plane));
    if error.kind() == ErrorKind::NotFound {
        Ok(None)
    } else {
        Err(error)
    }
}

/// Turns `response` into an error, with advice if the plane is known.
pub(crate) fn failure(response: &Response, plane: Option<Plane<'_>>) -> Error {
    let facts = response.facts();
    let status = response.status;
    let code = facts.code.as_deref().unwrap_or_default();
    let message = facts
        .message
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let shape = response.body.form();
    let (kind, cause) = match status.as_u16() {
        _ if message.contains("not available for this tenant") => (
            ErrorKind::TenantRestricted,
            "the service does not offer this kind of object on ARM in this tenant".to_owned(),
        ),
        200..=299 => (
            ErrorKind::NotJson,
            format!("the response is {shape}, not JSON"),
        ),
        300..=399 => (ErrorKind::NotJson, redirect(response)),
        401 => (
            ErrorKind::Unauthorized,
            "the service rejected the token".to_owned(),
        ),
        403 => (
            ErrorKind::Forbidden,
            "the identity does not have permission to do this".to_owned(),
        ),
        404 if response.json().is_none() => (
            ErrorKind::NotJson,
            format!("the response is {shape}, not a `not found` response of the API"),
        ),
        404 if NOT_ABSENT.contains(&code) => (
            ErrorKind::Rejected,
            "the service does not recognize the request".to_owned(),
        ),
        404 => (ErrorKind::NotFound, "the object does not exist".to_owned()),
        405 if response.json().is_none() => (
            ErrorKind::MethodNotAllowed,
            format!("the service does not allow this method (the response is {shape})"),
        ),
        405 => (
            ErrorKind::MethodNotAllowed,
            "the service does not allow this method".to_owned(),
        ),
        409 => (
            ErrorKind::Conflict,
            "the request conflicts with the current state of the service".to_owned(),
        ),
        412 | 428 => (
            ErrorKind::PreconditionFailed,
            "the object has changed since the provider read it".to_owned(),
        ),
        413 => (ErrorKind::TooLarge, "the request is too large".to_owned()),
        429 => (
            ErrorKind::Throttled,
            "the service is limiting requests".to_owned(),
        ),
        408 | 500.. => (ErrorKind::Service, "the service failed".to_owned()),
        _ => (
            ErrorKind::Rejected,
            "the service rejected the request".to_owned(),
        ),
    };
    let cause = match &response.exchange.note {
        Some(note) => format!("{cause} ({note})"),
        None => cause,
    };
    let error = Error::new(kind, cause)
        .with_facts(facts)
        .with_reach(response.exchange.reach);
    match plane.and_then(|plane| remedy(kind, plane)) {
        Some(remedy) => error.with_remedy(remedy),
        None => error,
    }
}

impl Response {
    /// Returns the document.
    ///
    /// # Errors
    /// Returns an error that describes the body if it is not JSON.
    pub fn into_json(self) -> Result<Value> {
        match self.body {
            Body::Json(document) => Ok(document),
            _ => Err(failure(&self, None)),
        }
    }
}

/// Returns whether `status` can mean that the role or the token has not taken effect yet.
pub(crate) fn is_access_denied(status: StatusCode) -> bool {
    matches!(status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED)
}

fn redirect(response: &Response) -> String {
    let target = response
        .header("location")
        .and_then(|link| response.exchange.url.join(link).ok());
    match target {
        Some(url) => format!(
            "the response is a redirect to {}, and the provider does not follow redirects",
            url.origin().ascii_serialization()
        ),
        None => "the response is a redirect, and the provider does not follow redirects".to_owned(),
    }
}

fn remedy(kind: ErrorKind, plane: Plane<'_>) -> Option<String> {
    let text = match (kind, plane) {
        (ErrorKind::Forbidden, Plane::DataPlane(agent)) => {
            return Some(format!(
                "assign the role `SRE Agent Administrator` on {agent} to the identity that runs \
                 Terraform. A new role assignment takes a few minutes to take effect"
            ));
        }
        (ErrorKind::Forbidden, Plane::Arm) => {
            "assign a role that allows this, such as `Contributor` on the resource group, to the \
             identity that runs Terraform. A new role assignment takes a few minutes to take effect"
        }
        (ErrorKind::Unauthorized, Plane::DataPlane(_)) => {
            "check the tenant and the audience of data-plane tokens"
        }
        (ErrorKind::Unauthorized, Plane::Arm) => "check the tenant and the audience of ARM tokens",
        (ErrorKind::TenantRestricted, _) => "manage this object on the agent's data plane instead",
        (ErrorKind::NotJson, Plane::DataPlane(_)) => {
            "check that no proxy or firewall blocks *.azuresre.ai, because something other than \
             the API of the agent responded. An agent that is stopped or being upgraded can also \
             cause this response"
        }
        (ErrorKind::NotJson, Plane::Arm) => {
            "check the endpoint, and check that no proxy or firewall blocks it, because something \
             other than ARM responded"
        }
        (ErrorKind::PreconditionFailed, _) => "try again",
        _ => return None,
    };
    Some(text.to_owned())
}
