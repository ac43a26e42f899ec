//! The bodies of answers.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use crate::json;

/// The body of an answer.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// A JSON document.
    Json(Value),
    /// No body.
    Empty,
    /// Anything else, which the API rarely answers with.
    Other {
        /// The declared content type.
        content_type: Option<String>,
        /// Its beginning, if it is text.
        text: String,
        /// The complete body.
        bytes: Bytes,
    },
}

impl Body {
    /// Parses a body as JSON if it is declared as JSON, or if no type is declared and it looks like
    /// JSON. A single number or word is text.
    pub(crate) fn read(content_type: Option<&str>, bytes: &[u8]) -> Self {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        const PREFIX: usize = 2048;

        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Self::Empty;
        }
        let declared = content_type.map(str::to_ascii_lowercase);
        let is_json = match declared.as_deref() {
            Some(declared) if declared.contains("json") => true,
            Some(declared) if !declared.starts_with("text/plain") => false,
            _ => matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')),
        };
        if is_json && let Ok(document) = json::read(bytes) {
            return Self::Json(document);
        }
        let prefix = String::from_utf8_lossy(&bytes[..bytes.len().min(PREFIX)]).into_owned();
        Self::Other {
            content_type: declared,
            text: prefix,
            bytes: Bytes::copy_from_slice(bytes),
        }
    }

    /// Returns whether the body is a page of HTML.
    pub(crate) fn is_html(&self) -> bool {
        match self {
            Self::Other {
                content_type, text, ..
            } => {
                content_type.as_deref().is_some_and(|t| t.contains("html"))
                    || text.trim_start().starts_with("<!")
                    || text.trim_start().starts_with("<html")
            }
            _ => false,
        }
    }

    /// Describes the form of the body, as in "the response is …".
    pub(crate) fn form(&self) -> String {
        match self {
            Self::Json(_) => "JSON".to_owned(),
            Self::Empty => "empty".to_owned(),
            other if other.is_html() => "an HTML page".to_owned(),
            Self::Other {
                content_type: Some(content_type),
                ..
            } => {
                format!(
                    "of type {}",
                    content_type.chars().take(60).collect::<String>()
                )
            }
            Self::Other { .. } => "of an unknown type".to_owned(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(_) => f.write_str("JSON"),
            Self::Empty => f.write_str("no body"),
            Self::Other {
                content_type,
                bytes,
                ..
            } => {
                write!(
                    f,
                    "{}, {} bytes",
                    content_type.as_deref().unwrap_or("unknown type"),
                    bytes.len()
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(Some("application/json; charset=utf-8"), "{\"a\":1}")]
    #[case(Some("application/problem+json"), "\u{feff}{\"a\":1}")]
    #[case(Some("text/plain"), "  {\"a\":1}")]
    #[case(None, "{\"a\":1}")]
    fn json_is_recognized(#[case] content_type: Option<&str>, #[case] text: &str) {
        assert_eq!(
            Body::read(content_type, text.as_bytes()),
            Body::Json(json!({"a": 1}))
        );
    }

    #[rstest]
    #[case(Some("text/html"), "{}")]
    #[case(Some("text/plain"), "1")]
    #[case(Some("application/json"), "<html>")]
    #[case(Some("application/json"), "{\"a\":1} trailing")]
    #[case(None, "null")]
    fn other_text_is_not_json(#[case] content_type: Option<&str>, #[case] text: &str) {
        let body = Body::read(content_type, text.as_bytes());
        assert!(
            matches!(&body, Body::Other { bytes, .. } if bytes.len() == text.len()),
            "{body:?}"
        );
    }

    #[test]
    fn deep_json_is_refused_instead_of_overflowing_the_stack() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let body = Body::read(Some("application/json"), deep.as_bytes());
        assert!(matches!(body, Body::Other { bytes, .. } if bytes.len() == 200_000));
    }

    #[test]
    fn blank_body_is_empty() {
        assert_eq!(Body::read(Some("application/json"), b" \r\n"), Body::Empty);
    }

    #[test]
    fn number_keeps_its_digits() {
        let body = Body::read(Some("application/json"), b"[12345678901234567890123.10]");
        let Body::Json(document) = body else {
            panic!("{body:?}")
        };
        assert_eq!(document.to_string(), "[12345678901234567890123.10]");
    }
}
