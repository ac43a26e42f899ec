//! Checks of a configuration before anything else happens.

use super::{Attribute, Attributes, Nesting, Shape, Usage};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::value::{Path, Value};

/// What the host supports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it keeps write-only values out of plan and state.
    pub write_only: bool,
    /// Whether it accepts deferred changes.
    pub deferral: bool,
    /// Whether it may have generated values of other objects. This is the case if it has not
    /// configured the provider, as in tests with mocks and in `validate`. Once it has, it
    /// validates again.
    pub mocks: bool,
}

/// Checks a configuration against its attributes. Unknown values pass, because they are checked
/// again when they are known.
pub fn validate(
    attributes: &Attributes,
    config: &Value,
    capabilities: Capabilities,
    diagnostics: &mut Diagnostics,
) {
    Validation {
        capabilities,
        diagnostics,
    }
    .object(attributes, config, &Path::root(), false);
}

struct Validation<'a> {
    capabilities: Capabilities,
    diagnostics: &'a mut Diagnostics,
}

impl Validation<'_> {
    /// `in_set` says that the path already ends at a set, whose elements have no address.
    fn object(&mut self, attributes: &Attributes, config: &Value, path: &Path, in_set: bool) {
        if !config.is_known() {
            return;
        }
        for (name, attribute) in attributes {
            let path = if in_set {
                path.clone()
            } else {
                path.attribute(name.as_str())
            };
            self.attribute(attribute, name, config.get(name), &path, in_set);
        }
    }

    fn attribute(
        &mut self,
        attribute: &Attribute,
        name: &str,
        value: &Value,
        path: &Path,
        in_set: bool,
    ) {
        if value.is_null() {
            if attribute.usage == Usage::Required {
                self.error(
                    path,
                    "Missing configuration for required attribute",
                    format!("The attribute {name:?} must be set; it is null."),
                );
            }
            return;
        }
        if attribute.usage == Usage::Computed {
            self.error(
                path,
                "Invalid configuration for read-only attribute",
                format!("The attribute {name:?} is set by the provider. Remove it from the configuration."),
            );
            return;
        }
        if attribute.write_only && !self.capabilities.write_only {
            self.error(
                path,
                "Write-only attribute not allowed",
                format!(
                    "This version of the host would store the value of {name:?} in its state. Use \
                     Terraform 1.11 or OpenTofu 1.11 or later, or the attribute of the same name \
                     without `_wo`, whose value is stored."
                ),
            );
            return;
        }
        if value.is_unknown() {
            return;
        }
        let validators = attribute.validators.iter();
        let asked = validators.filter(|one| !(self.capabilities.mocks && one.forgives(value)));
        for validator in asked {
            if let Err(finding) = validator.check(value) {
                let (severity, summary) = match finding.severity {
                    Severity::Error => (Severity::Error, format!("Invalid value for {name:?}")),
                    Severity::Warning => {
                        (Severity::Warning, format!("Unexpected value for {name:?}"))
                    }
                };
                let path = path.clone();
                self.diagnostics.push(Diagnostic {
                    severity,
                    summary,
                    detail: finding.message,
                    path,
                });
            }
        }
        if let Shape::Nested(Nesting::Single, attributes) = &attribute.shape
            && attribute.may_be_empty
        {
            self.object(attributes, value, path, in_set);
        } else if let Shape::Nested(nesting, attributes) = &attribute.shape {
            self.nested(*nesting, attributes, value, path, in_set);
        }
    }

    fn nested(
        &mut self,
        nesting: Nesting,
        attributes: &Attributes,
        value: &Value,
        path: &Path,
        in_set: bool,
    ) {
        match (nesting, value) {
            (Nesting::Single, object) => self.nested_object(attributes, object, path, in_set),
            (Nesting::Map, Value::Map(members)) => {
                for (key, object) in members {
                    let path = if in_set {
                        path.clone()
                    } else {
                        path.key(key.as_str())
                    };
                    self.nested_object(attributes, object, &path, in_set);
                }
            }
            (Nesting::List, Value::List(items)) => {
                for (n, object) in items.iter().enumerate() {
                    let path = if in_set { path.clone() } else { path.index(n) };
                    self.nested_object(attributes, object, &path, in_set);
                }
            }
            (Nesting::Set, Value::Set(items)) => {
                items
                    .iter()
                    .for_each(|object| self.nested_object(attributes, object, path, true));
            }
            _ => {}
        }
    }

    /// An object without any value usually has misspelled members: the host drops unknown names
    /// before the provider sees them.
    fn nested_object(
        &mut self,
        attributes: &Attributes,
        object: &Value,
        path: &Path,
        in_set: bool,
    ) {
        let settable = attributes
            .iter()
            .filter(|(_, attribute)| attribute.usage != Usage::Computed);
        let names: Vec<String> = settable.map(|(name, _)| format!("`{name}`")).collect();
        let is_empty = || attributes.keys().all(|name| object.get(name).is_null());
        let is_told = || attributes.values().any(|one| one.usage == Usage::Required);
        if object.is_known() && !names.is_empty() && is_empty() && !is_told() {
            let detail = format!(
                "No argument is set in this object. Terraform and OpenTofu silently ignore names that \
                 are not arguments, so check the spelling. The valid arguments are {}. Set one of \
                 them, or remove the object.",
                names.join(", ")
            );
            self.error(path, "The object is empty", detail);
        }
        self.object(attributes, object, path, in_set);
    }

    fn error(&mut self, path: &Path, summary: &str, detail: String) {
        self.diagnostics
            .push(Diagnostic::error(summary, detail).at(path.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Schema, Validator, attributes};

    fn schema() -> Schema {
        let inner = attributes([
            ("secret", Attribute::string("A secret.").write_only()),
            (
                "mode",
                Attribute::string("The mode.").validator(Validator::one_of(&["a"], false)),
            ),
            ("size", Attribute::number("The size.").computed()),
        ]);
        Schema::from([
            ("name", Attribute::string("The name.").required()),
            ("list", Attribute::nested(Nesting::List, inner, "Objects.")),
            (
                "set",
                Attribute::nested(
                    Nesting::Set,
                    attributes([("must", Attribute::string("Text.").required())]),
                    "Objects.",
                ),
            ),
        ])
    }

    fn findings(config: &Value, write_only: bool) -> Vec<String> {
        let mut diagnostics = Diagnostics::new();
        let capabilities = Capabilities {
            write_only,
            ..Capabilities::default()
        };
        validate(&schema().attributes, config, capabilities, &mut diagnostics);
        diagnostics
            .iter()
            .map(|d| format!("{}: {}", d.path, d.summary))
            .collect()
    }

    fn config(name: Value, element: Value) -> Value {
        Value::map([
            ("name", name),
            ("list", Value::list([element])),
            ("set", Value::Null),
        ])
    }

    #[test]
    fn unknown_values_pass() {
        let all = Value::map([
            ("name", Value::Unknown),
            ("list", Value::Unknown),
            (
                "set",
                Value::set_of([Value::map([("must", Value::Unknown)])]),
            ),
        ]);
        assert_eq!(findings(&all, true), Vec::<String>::new());
    }

    #[test]
    fn read_only_values_are_refused_at_any_depth() {
        let element = Value::map([
            ("secret", Value::Null),
            ("mode", Value::Null),
            ("size", Value::from(1)),
        ]);
        assert_eq!(
            findings(&config("x".into(), element), true),
            ["list[0].size: Invalid configuration for read-only attribute"]
        );
    }

    #[test]
    fn write_only_values_need_a_host_that_keeps_them_out_of_state() {
        let element = Value::map([
            ("secret", "s".into()),
            ("mode", Value::Null),
            ("size", Value::Null),
        ]);
        let config = config("x".into(), element);
        assert_eq!(findings(&config, true), Vec::<String>::new());
        assert_eq!(
            findings(&config, false),
            ["list[0].secret: Write-only attribute not allowed"]
        );
    }

    #[test]
    fn values_are_checked_at_their_path() {
        let element = Value::map([
            ("secret", Value::Null),
            ("mode", "b".into()),
            ("size", Value::Null),
        ]);
        assert_eq!(
            findings(&config("x".into(), element), true),
            ["list[0].mode: Invalid value for \"mode\""]
        );
    }

    #[test]
    fn paths_stop_at_sets() {
        let config = Value::map([
            ("name", "x".into()),
            ("list", Value::Null),
            ("set", Value::set_of([Value::map([("must", Value::Null)])])),
        ]);
        assert_eq!(
            findings(&config, true),
            ["set: Missing configuration for required attribute"]
        );
    }
}
