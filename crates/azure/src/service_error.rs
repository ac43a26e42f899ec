//! The error documents of the service, and what they mean.

use reqwest::StatusCode;
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};
use crate::id::AgentId;
use crate::response::{Body, Response};

/// The plane that a request goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plane<'a> {
    Arm,
    DataPlane(&'a AgentId),
}

/// What the service reported about a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

/// Longer messages are truncated, because some services answer with a stack trace.
const LONGEST_MESSAGE: usize = 2000;

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

impl ServiceError {
    /// Parses ARM's `{"error":{code,message,details}}`, the same without the outer object,
    /// `{"error":"text"}`, problem details (RFC 9457) and plain text.
    pub(crate) fn of(body: &Body) -> Self {
        match body {
            Body::Json(document) => Self::of_json(document),
            Body::Empty => Self::default(),
            Body::Other {
                content_type, text, ..
            } => {
                let is_plain = content_type
                    .as_deref()
                    .is_some_and(|t| t.starts_with("text/plain"));
                let message = if is_plain {
                    Some(text.as_str())
                } else {
                    html_title(text)
                };
                Self {
                    code: None,
                    message: message.and_then(tidy),
                }
            }
        }
    }

    pub(crate) fn of_json(document: &Value) -> Self {
        let Value::Object(outer) = document else {
            return Self {
                code: None,
                message: document.as_str().and_then(tidy),
            };
        };
        let inner = match member(outer, "error") {
            Some(Value::Object(inner)) => inner,
            Some(Value::String(text)) => {
                return Self {
                    code: text_of(outer, "code"),
                    message: text_of(outer, "message").or_else(|| tidy(text)),
                };
            }
            _ => outer,
        };
        let mut message = text_of(inner, "message")
            .or_else(|| text_of(inner, "detail"))
            .or_else(|| text_of(inner, "title"))
            .unwrap_or_default();
        for more in details(inner) {
            if !message.contains(&more) {
                message.push_str(if message.is_empty() { "" } else { "; " });
                message.push_str(&more);
            }
        }
        Self {
            code: text_of(inner, "code").filter(|code| !code.is_empty()),
            message: tidy(&message),
        }
    }
}

/// Returns `response` if the API reports success. Fails otherwise.
pub(crate) fn check(response: Response, plane: Plane<'_>) -> Result<Response, Error> {
    if response.status.is_success() && !is_html(&response.body) {
        Ok(response)
    } else {
        Err(failure(&response, Some(plane)))
    }
}

/// Interprets the answer to the GET of an object: `Some` if it exists, `None` if it is absent.
/// Fails if the answer does not say so.
pub(crate) fn presence(response: Response, plane: Plane<'_>) -> Result<Option<Response>, Error> {
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
    let shape = shape(&response.body);
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

pub(crate) fn is_html(body: &Body) -> bool {
    match body {
        Body::Other {
            content_type, text, ..
        } => {
            content_type.as_deref().is_some_and(|t| t.contains("html"))
                || text.trim_start().starts_with("<!")
                || text.trim_start().starts_with("<html")
        }
        _ => false,
    }
}

fn shape(body: &Body) -> String {
    match body {
        Body::Json(_) => "JSON".to_owned(),
        Body::Empty => "empty".to_owned(),
        other if is_html(other) => "an HTML page".to_owned(),
        Body::Other {
            content_type: Some(content_type),
            ..
        } => {
            format!(
                "of type {}",
                content_type.chars().take(60).collect::<String>()
            )
        }
        Body::Other { .. } => "of an unknown type".to_owned(),
    }
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

fn details(object: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(Value::Array(details)) = member(object, "details") {
        let messages = details.iter().filter_map(Value::as_object);
        found.extend(messages.filter_map(|detail| text_of(detail, "message")));
    }
    // Validation errors in problem details have the form `{"errors": {"field": ["message"]}}`.
    if let Some(Value::Object(errors)) = member(object, "errors") {
        for (field, messages) in errors {
            let messages = messages
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            found.extend(messages.map(|message| format!("{field}: {message}")));
        }
    }
    found
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn text_of(object: &Map<String, Value>, name: &str) -> Option<String> {
    match member(object, name)? {
        Value::String(text) => tidy(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Returns the text on one line, without control characters, truncated to the limit.
fn tidy(text: &str) -> Option<String> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    let mut line = words.join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST_MESSAGE) {
        line.truncate(end);
        line.push('…');
    }
    (!line.is_empty()).then_some(line)
}

fn html_title(text: &str) -> Option<&str> {
    let start = text.find("<title>")? + "<title>".len();
    let length = text[start..].find("</title>")?;
    Some(&text[start..start + length])
}

/// Returns whether `status` can mean that the role or the token has not taken effect yet.
pub(crate) fn is_access_denied(status: StatusCode) -> bool {
    matches!(status, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!({"error": {"code": "A", "message": "b"}}), Some("A"), Some("b"))]
    #[case(json!({"Error": {"Code": "A", "Message": "b"}}), Some("A"), Some("b"))]
    #[case(json!({"error": {"message": "b\r\n  c\u{1b}[0m"}}), None, Some("b c [0m"))]
    #[case(json!({"code": "A", "message": "b"}), Some("A"), Some("b"))]
    #[case(json!({"error": "b"}), None, Some("b"))]
    #[case(json!({"error": "invalid_request", "message": "b"}), None, Some("b"))]
    #[case(json!({"title": "t", "errors": {"f": ["x", "y"]}}), None, Some("t; f: x; f: y"))]
    #[case(json!({"title": "t", "detail": "d"}), None, Some("d"))]
    #[case(
        json!({"error": {"code": "A", "message": "b", "details": [{"message": "c"}, {"message": "b"}]}}),
        Some("A"),
        Some("b; c")
    )]
    #[case(json!("text"), None, Some("text"))]
    #[case(json!([1]), None, None)]
    #[case(json!({}), None, None)]
    fn error_documents_are_parsed(
        #[case] document: Value,
        #[case] code: Option<&str>,
        #[case] message: Option<&str>,
    ) {
        let error = ServiceError::of_json(&document);
        assert_eq!(
            (error.code.as_deref(), error.message.as_deref()),
            (code, message)
        );
    }

    #[test]
    fn long_message_is_cut() {
        let error = ServiceError::of_json(&json!({"message": "ä".repeat(5000)}));
        assert_eq!(error.message.unwrap().chars().count(), LONGEST_MESSAGE + 1);
    }

    #[test]
    fn page_of_html_gives_its_title_and_plain_text_itself() {
        let other = |content_type: &str, text: &str| Body::Other {
            content_type: Some(content_type.to_owned()),
            text: text.to_owned(),
            bytes: text.to_owned().into(),
        };
        let page = other(
            "text/html",
            "<html><title>502 Bad Gateway</title><p>secret</html>",
        );
        assert_eq!(
            ServiceError::of(&page).message.as_deref(),
            Some("502 Bad Gateway")
        );
        let plain = other("text/plain; charset=utf-8", "no such trigger");
        assert_eq!(
            ServiceError::of(&plain).message.as_deref(),
            Some("no such trigger")
        );
        assert_eq!(ServiceError::of(&other("image/png", "x")).message, None);
    }
}
