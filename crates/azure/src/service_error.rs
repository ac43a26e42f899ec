//! The error documents of the service.

use serde_json::{Map, Value};

use crate::body::Body;

/// What the service reported about a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
}

/// Longer messages are truncated, because some services answer with a stack trace.
const LONGEST_MESSAGE: usize = 2000;

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
