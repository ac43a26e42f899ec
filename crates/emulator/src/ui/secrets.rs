//! Finds secrets in a document by the names of its members, and masks them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Parts of names that make a member secret.
const PARTS: [&str; 5] = ["token", "secret", "password", "credential", "authorization"];
/// Suffixes of names that make a member secret.
const ENDS: [&str; 5] = ["key", "pat", "connectionstring", "assertion", "code"];
/// Names that match the above but are not secret.
const HARMLESS: [&str; 8] = [
    "token_type",
    "metadata",
    "errorcode",
    "code",
    "functioncode",
    "statuscode",
    "usercode",
    "dispatchkey",
];
/// Members whose members are all secret, because headers have arbitrary names.
const WHOLE: [&str; 1] = ["headers"];

/// Returns a document with base64 decoded, and with masked secrets unless `with_secrets` is set.
pub(super) fn shown(document: &Value, with_secrets: bool) -> Value {
    match document {
        Value::Object(members) => {
            let shown = members.iter().map(|(name, value)| {
                let secret = !with_secrets && is_member(name);
                let value = if secret {
                    hidden(value)
                } else if !with_secrets && WHOLE.contains(&name.to_lowercase().as_str()) {
                    all_hidden(value)
                } else {
                    shown(value, with_secrets)
                };
                (name.clone(), value)
            });
            Value::Object(shown.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| shown(item, with_secrets)).collect(),
        Value::String(text) => match inside(text) {
            Some(inside) => json!({ "base64": shown(&inside, with_secrets) }),
            None => document.clone(),
        },
        other => other.clone(),
    }
}

/// Returns a replacement for a secret text, which only shows its length.
pub(super) fn masked(text: &str) -> String {
    match text.chars().count() {
        0 => String::new(),
        1 => "•••• (1 character)".to_owned(),
        count => format!("•••• ({count} characters)"),
    }
}

/// Returns whether a header is a credential.
pub(super) fn is_header(name: &str) -> bool {
    is_member(name) || name == "cookie" || name == "set-cookie"
}

/// Masks the values of secret fields in a form, or in any other text.
pub(super) fn form(text: &str) -> String {
    let fields = text.split('&').map(|field| match field.split_once('=') {
        Some((name, value)) if is_member(name) => format!("{name}={}", masked(value)),
        _ => field.to_owned(),
    });
    fields.collect::<Vec<_>>().join("&")
}

fn is_member(name: &str) -> bool {
    let name = name.to_lowercase();
    !HARMLESS.contains(&name.as_str())
        && (PARTS.iter().any(|part| name.contains(part))
            || ENDS.iter().any(|end| name.ends_with(end)))
}

/// Masks a secret member. Numbers and booleans are not masked, because they reveal nothing.
fn hidden(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(masked(text)),
        Value::Array(_) | Value::Object(_) => all_hidden(value),
        other => other.clone(),
    }
}

fn all_hidden(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let hidden = members.iter();
            let hidden = hidden.map(|(name, value)| (name.clone(), self::hidden(value)));
            Value::Object(hidden.collect())
        }
        Value::Array(items) => items.iter().map(hidden).collect(),
        other => hidden(other),
    }
}

/// Returns the object that is encoded in a base64 text.
fn inside(text: &str) -> Option<Value> {
    let decoded = STANDARD.decode(text).ok()?;
    let inside: Value = serde_json::from_slice(&decoded).ok()?;
    inside.is_object().then_some(inside)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{form, shown};

    #[test]
    fn secrets_are_recognized_by_the_names_of_members() {
        let document = json!({
            "name": "a", "bearerToken": "s3cret", "connectionKey": "s3cret", "patTokenOverride": "s3cret",
            "x-mcp-key": "s3cret", "headers": {"Anything": "s3cret"}, "tokens": ["s3cret"],
            "credentials": {"pat": "s3cret", "authMethod": "s3cret"}, "maxTokens": 5, "code": "NotFound",
            "access_token": "s3cret", "token_type": "Bearer",
        });
        let masked = shown(&document, false);
        assert!(!masked.to_string().contains("s3cret"), "{masked}");
        for name in ["name", "maxTokens", "code", "token_type"] {
            assert_eq!(masked[name], document[name]);
        }
        assert_eq!(masked["bearerToken"], "•••• (6 characters)");
        assert_eq!(shown(&document, true), document);
    }

    #[test]
    fn fields_of_forms_are_masked() {
        assert_eq!(
            form("grant_type=x&client_secret=abc&a"),
            "grant_type=x&client_secret=•••• (3 characters)&a"
        );
    }
}
