//! Values, paths and diagnostics as messages.

use tfplugin6::tfplugin6 as tf;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::schema::Capabilities;
use crate::value::{self, Path, Step, Surplus, Type, Value};

/// Decodes a value. An absent message, an empty one and an explicit null are all null.
pub(super) fn read(
    message: Option<&tf::DynamicValue>,
    ty: &Type,
    what: &str,
) -> Result<Value, Diagnostic> {
    let Some(message) = message else {
        return Ok(Value::Null);
    };
    let unreadable = |error: value::ValueError| {
        Diagnostic::error(
            "Unreadable value from the host",
            format!(
                "The {what} that the host sent cannot be read: {}.",
                error.message
            ),
        )
        .at(error.path)
    };
    if !message.msgpack.is_empty() {
        value::decode(&message.msgpack, ty).map_err(unreadable)
    } else if !message.json.is_empty() {
        let json = serde_json::from_slice(&message.json).map_err(|error| {
            Diagnostic::error(
                "Unreadable value from the host",
                format!("The {what} that the host sent is no JSON: {error}."),
            )
        })?;
        value::from_json(&json, ty, Surplus::Refuse).map_err(unreadable)
    } else {
        Ok(Value::Null)
    }
}

/// Encodes a value.
pub(super) fn write(value: &Value, ty: &Type, what: &str) -> Result<tf::DynamicValue, Diagnostic> {
    value::encode(value, ty)
        .map(|msgpack| tf::DynamicValue {
            msgpack,
            json: Vec::new(),
        })
        .map_err(|error| {
            Diagnostic::error(
                "Invalid value from the provider",
                format!(
                    "The {what} does not fit the schema: {}. This is a bug in the provider; please \
                     report it.",
                    error.message
                ),
            )
            .at(error.path)
        })
}

/// Encodes diagnostics.
pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<tf::Diagnostic> {
    diagnostics.into_iter().map(diagnostic).collect()
}

fn diagnostic(diagnostic: Diagnostic) -> tf::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => tf::diagnostic::Severity::Error,
        Severity::Warning => tf::diagnostic::Severity::Warning,
    };
    tf::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: (!diagnostic.path.is_empty()).then(|| path(&diagnostic.path)),
    }
}

/// Encodes a path.
pub(super) fn path(path: &Path) -> tf::AttributePath {
    use tf::attribute_path::step::Selector;
    let steps = path.steps().iter().map(|step| tf::attribute_path::Step {
        selector: Some(match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => {
                Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX))
            }
        }),
    });
    tf::AttributePath {
        steps: steps.collect(),
    }
}

/// Returns what the host supports. An absent message means nothing.
pub(super) fn capabilities(message: Option<&tf::ClientCapabilities>) -> Capabilities {
    message.map_or_else(Capabilities::default, |message| Capabilities {
        write_only: message.write_only_attributes_allowed,
        deferral: message.deferral_allowed,
        mocks: false,
    })
}
