//! Checks of single configured values.

use std::fmt;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::diagnostic::Severity;
use crate::value::{Number, Value};

/// A check of one known value of an attribute.
///
/// It is never called with null and unknown values.
#[derive(Clone)]
pub struct Validator {
    description: String,
    check: Arc<Check>,
    of_reference: bool,
}

/// The beginning of a requirement that applies to each element as well as to a single value.
const MUST: &str = "Must ";

type Check = dyn Fn(&Value) -> Result<(), Finding> + Send + Sync;

/// The finding of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the value is refused.
    pub severity: Severity,
    /// What is wrong and what is valid, as a sentence. Never quotes a value that may be secret.
    pub message: String,
}

impl Finding {
    /// Refuses the value.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
        }
    }

    /// Reports that the value looks like a mistake.
    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            message: message.into(),
        }
    }
}

impl Validator {
    /// Creates a custom check. The description is a sentence for documentation, such as `Must be
    /// even.`
    pub fn new(
        description: impl Into<String>,
        check: impl Fn(&Value) -> Result<(), Finding> + Send + Sync + 'static,
    ) -> Self {
        Self {
            description: description.into(),
            check: Arc::new(check),
            of_reference: false,
        }
    }

    /// Marks a check of values that usually come from another object, such as an id or an address.
    /// In tests with mocked providers, hosts generate such values, and those tests do not depend on
    /// their form.
    #[must_use]
    pub fn of_reference(self) -> Self {
        Self {
            of_reference: true,
            ..self
        }
    }

    /// Creates a check of text. Its error is a sentence.
    pub fn text<E: fmt::Display>(
        description: impl Into<String>,
        check: impl Fn(&str) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        Self::new(description, move |value| {
            let Some(text) = value.as_str() else {
                return Ok(());
            };
            check(text).map_err(|error| Finding::error(error.to_string()))
        })
    }

    /// Accepts only values of a closed list. `ignore_case` is for lists that the service compares
    /// case-insensitively.
    pub fn one_of(values: &'static [&'static str], ignore_case: bool) -> Self {
        let list = quoted(values);
        let description = format!("Possible values are {}.", enumerated(values));
        Self::text(description, move |text| {
            let fits = |value: &&str| {
                if ignore_case {
                    value.eq_ignore_ascii_case(text)
                } else {
                    *value == text
                }
            };
            match values.iter().any(fits) {
                true => Ok(()),
                false => Err(format!("The value must be one of {list}; it is {text:?}.")),
            }
        })
    }

    /// Warns about values that are not in a documented list. The list may be out of date, so the
    /// service decides.
    pub fn known_values(values: &'static [&'static str]) -> Self {
        /// The maximum number of edits of a misspelling.
        const NEAR: usize = 2;
        let list = quoted(values);
        Self::new(
            format!("Known values are {}.", enumerated(values)),
            move |value| {
                let Some(text) = value.as_str() else {
                    return Ok(());
                };
                if values.iter().any(|known| known.eq_ignore_ascii_case(text)) {
                    return Ok(());
                }
                let edits =
                    |known: &str| strsim::levenshtein(&known.to_lowercase(), &text.to_lowercase());
                let near = values.iter().find(|known| edits(known) <= NEAR);
                let meant =
                    near.map_or_else(String::new, |near| format!("Did you mean {near:?}? "));
                Err(Finding::warning(format!(
                    "The value {text:?} is not known. {meant}Known values are {list}. The value is sent \
                     as it is, since the service may know more."
                )))
            },
        )
    }

    /// Accepts only text that matches a regular expression. `meaning` describes the expression in
    /// words.
    ///
    /// The expression is compiled when the first value is checked, because a host starts the
    /// provider for every command, and most of the time no value needs it.
    ///
    /// # Panics
    /// The check panics if the expression is invalid.
    pub fn pattern(expression: &'static str, meaning: &'static str) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "expressions are constants of the program"
        )]
        let regex = LazyLock::new(move || Regex::new(expression).expect("a valid expression"));
        Self::text(
            format!("Must be {meaning} (regular expression `{expression}`)."),
            move |text| match regex.is_match(text) {
                true => Ok(()),
                false => Err(format!("The value must be {meaning}; {text:?} is not.")),
            },
        )
    }

    /// Accepts only whole numbers from `min` to `max`, both included.
    pub fn between(min: i64, max: i64) -> Self {
        Self::new(
            format!("Must be a whole number from {min} to {max}."),
            move |value| {
                let Value::Number(number) = value else {
                    return Ok(());
                };
                match number.as_i64() {
                    Some(n) if (min..=max).contains(&n) => Ok(()),
                    _ => Err(Finding::error(format!(
                        "The value must be a whole number from {min} to {max}; it is {}.",
                        shortened(number)
                    ))),
                }
            },
        )
    }

    /// Accepts only text that is not empty.
    pub fn not_empty() -> Self {
        Self::text("Must not be empty.", |text| match text.is_empty() {
            true => Err("The value must not be empty.".to_owned()),
            false => Ok(()),
        })
    }

    /// Accepts only text with `min` to `max` characters, both included.
    pub fn length(min: usize, max: usize) -> Self {
        Self::text(
            format!("Must be {min} to {max} characters long."),
            move |text| {
                let length = text.chars().count();
                match (min..=max).contains(&length) {
                    true => Ok(()),
                    false => Err(format!(
                        "The value must be {min} to {max} characters long; it has {length}."
                    )),
                }
            },
        )
    }

    /// Applies a check to every known element of a list, set or map.
    pub fn each(inner: Self) -> Self {
        let description = match inner.description.strip_prefix(MUST) {
            Some(demand) => format!("Each element must {demand}"),
            None => inner.description.clone(),
        };
        Self::new(description, move |value| {
            let known = |item: &&Value| item.is_known();
            match value {
                Value::Map(members) => members
                    .values()
                    .filter(known)
                    .try_for_each(|item| inner.check(item)),
                _ => {
                    let items = value.elements().unwrap_or_default();
                    items
                        .into_iter()
                        .filter(known)
                        .try_for_each(|item| inner.check(item))
                }
            }
        })
    }

    /// Accepts at most so many elements.
    pub fn at_most(max: usize) -> Self {
        Self::new(format!("Must have at most {max} elements."), move |value| {
            let count = value.elements().map_or(0, |items| items.len());
            match count <= max {
                true => Ok(()),
                false => Err(Finding::error(format!(
                    "At most {max} elements are allowed; there are {count}."
                ))),
            }
        })
    }

    /// Rejects lists with strings that differ only in case.
    pub fn unique_ignoring_case() -> Self {
        Self::new("Elements must differ in more than case.", |value| {
            let mut seen = std::collections::BTreeSet::new();
            let items = value.elements().unwrap_or_default();
            let mut texts = items.into_iter().filter_map(Value::as_str);
            match texts.find(|text| !seen.insert(text.to_lowercase())) {
                None => Ok(()),
                Some(text) => Err(Finding::error(format!(
                    "{text:?} occurs more than once. Elements must differ in more than case."
                ))),
            }
        })
    }

    /// Returns whether to skip this check for a value that a host may have generated.
    pub(crate) fn forgives(&self, value: &Value) -> bool {
        self.of_reference && value.as_str().is_some_and(is_made_up)
    }

    /// Returns the requirement, as a sentence for documentation.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Checks a known value.
    ///
    /// # Errors
    /// Returns what is wrong with it.
    pub fn check(&self, value: &Value) -> Result<(), Finding> {
        (self.check)(value)
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Validator").field(&self.description).finish()
    }
}

fn quoted(values: &[&str]) -> String {
    values
        .iter()
        .map(|value| format!("`{value}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the values as a sentence lists them.
fn enumerated(values: &[&str]) -> String {
    match values {
        [all @ .., last] if !all.is_empty() => format!("{} and `{last}`", quoted(all)),
        values => quoted(values),
    }
}

fn shortened(number: &Number) -> String {
    number.to_string().chars().take(40).collect()
}

/// Returns whether a text looks like those that hosts generate for computed values: 8 letters and
/// digits in Terraform, 4 to 15 in OpenTofu.
fn is_made_up(text: &str) -> bool {
    (4..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlisted_values_cause_a_warning() {
        let validator = Validator::known_values(&["Review", "Automatic"]);
        assert_eq!(validator.check(&"review".into()), Ok(()));
        for (text, suggests) in [("Reviwe", true), ("Supervised", false)] {
            let finding = validator.check(&text.into()).unwrap_err();
            assert_eq!(finding.severity, Severity::Warning);
            assert!(finding.message.contains("Known values are"), "{finding:?}");
            let suggested = finding.message.contains("Did you mean \"Review\"?");
            assert_eq!(suggested, suggests, "{finding:?}");
        }
    }

    #[test]
    fn generated_references_are_accepted() {
        let validator = Validator::pattern("^/", "a path");
        for text in ["mr5e6tlt", "5DQqXopBm7aMTmk", "a1b2"] {
            assert!(validator.clone().of_reference().forgives(&text.into()));
            assert!(!validator.forgives(&text.into()));
        }
        for text in ["abc", "not-made-up", "/a/b", "seventeenletters1", ""] {
            assert!(
                !validator.clone().of_reference().forgives(&text.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn values_outside_a_closed_list_are_refused() {
        let validator = Validator::one_of(&["arm", "data_plane"], false);
        assert_eq!(validator.check(&"arm".into()), Ok(()));
        assert_eq!(
            validator.check(&"ARM".into()).unwrap_err().severity,
            Severity::Error
        );
    }

    #[test]
    fn bounds_are_inclusive() {
        let validator = Validator::between(1, 25);
        assert_eq!(validator.check(&Value::from(1)), Ok(()));
        assert_eq!(validator.check(&Value::from(25)), Ok(()));
        assert!(validator.check(&Value::from(26)).is_err());
        assert!(
            validator
                .check(&Value::Number("1.5".parse().unwrap()))
                .is_err()
        );
    }

    #[test]
    fn elements_are_checked_one_by_one() {
        let validator = Validator::each(Validator::length(1, 3));
        assert_eq!(
            validator.check(&Value::list(["abc".into(), Value::Unknown])),
            Ok(())
        );
        assert!(validator.check(&Value::set_of(["abcd".into()])).is_err());
        assert_eq!(
            validator.description(),
            "Each element must be 1 to 3 characters long."
        );
    }
}
