//! The description of an attribute, for the schema and for pages.

use std::fmt::Write as _;

use super::{Attribute, Usage};
use crate::value::to_json;

/// The note for arguments that need a new object.
const FORCES_NEW: &str = "Changing this forces a new resource to be created.";

impl Attribute {
    /// Returns the description, followed by Markdown sentences about the requirements of the
    /// checks, the known values, the default, and whether a change needs a new object.
    pub fn documentation(&self) -> String {
        let mut text = self.description.clone();
        // Writing to a String does not fail.
        for demand in demands(self) {
            let _ = write!(text, " {demand}");
        }
        if let Some(default) = default(self) {
            let _ = write!(text, " Defaults to `{default}`.");
        }
        if self.requires_replace && self.usage() != Usage::Computed {
            let _ = write!(text, " {FORCES_NEW}");
        }
        text
    }
}

/// Returns the requirements of the checks, unless the description already names every value.
fn demands(attribute: &Attribute) -> Vec<&str> {
    if attribute.usage() == Usage::Computed {
        return Vec::new();
    }
    let said = quoted(&attribute.description);
    let demands = attribute
        .validators()
        .iter()
        .map(|validator| validator.description());
    let is_new = |demand: &&str| {
        let values = quoted(demand);
        values.is_empty() || values.iter().any(|value| !said.contains(value))
    };
    demands.filter(is_new).collect()
}

/// Returns the default: text unquoted unless it is empty, anything else as JSON, which Terraform
/// accepts as well.
fn default(attribute: &Attribute) -> Option<String> {
    let value = to_json(attribute.default()?, &attribute.ty()).ok()?;
    if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
        return Some(text.to_owned());
    }
    (!value.is_null()).then(|| value.to_string())
}

/// Returns the parts of a text that are marked as code.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use crate::schema::Validator;
    use crate::value::{Type, Value};

    use super::*;

    #[test]
    fn values_are_listed_unless_the_description_does() {
        let checked =
            |about: &str| Attribute::string(about).validator(Validator::one_of(&["a", "b"], false));
        assert_eq!(checked("`a` or `b`.").documentation(), "`a` or `b`.");
        assert_eq!(
            checked("Mode.").documentation(),
            "Mode. Possible values are `a` and `b`."
        );
        assert_eq!(checked("Mode.").computed().documentation(), "Mode.");
        let open = Attribute::string("Mode.").validator(Validator::known_values(&["a", "b", "c"]));
        assert_eq!(
            open.documentation(),
            "Mode. Known values are `a`, `b` and `c`."
        );
    }

    #[test]
    fn defaults_and_replacement_come_last() {
        let text = Attribute::string("Name.")
            .default_value("y")
            .requires_replace()
            .validator(Validator::not_empty());
        assert_eq!(
            text.documentation(),
            "Name. Must not be empty. Defaults to `y`. Changing this forces a new resource to be \
             created."
        );
        let empty = Attribute::string("Name.").default_value("");
        assert_eq!(empty.documentation(), "Name. Defaults to `\"\"`.");
        let list = Attribute::new(Type::list(Type::String), "Names.");
        let list = list.default_value(Value::list([]));
        assert_eq!(list.documentation(), "Names. Defaults to `[]`.");
    }
}
