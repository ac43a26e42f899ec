//! What is said of an attribute wherever it is shown: in the schema, and on pages.

use std::fmt::Write as _;

use super::{Attribute, Usage};
use crate::value::to_json;

/// How the description of values begins that are known and not the only ones.
const KNOWN: &str = "a value that the service knows, such as ";

impl Attribute {
    /// The description with what the declaration says besides: what the checks demand, the values
    /// that are known, and the default. Markdown sentences.
    pub fn documentation(&self) -> String {
        let mut text = self.description.clone();
        // Writing to a String does not fail.
        for demand in demands(self) {
            let _ = write!(text, " {demand}");
        }
        if let Some(default) = default(self) {
            let _ = write!(text, " Default: `{default}`.");
        }
        text
    }
}

/// What the checks demand, unless the description names every value already.
fn demands(attribute: &Attribute) -> Vec<String> {
    if attribute.usage() == Usage::Computed {
        return Vec::new();
    }
    let said = quoted(&attribute.description);
    let demands = attribute
        .validators()
        .iter()
        .map(|validator| validator.description())
        .filter(|demand| {
            let values = quoted(demand);
            values.is_empty() || values.iter().any(|value| !said.contains(value))
        });
    let sentence = |demand: &str| {
        // Another value is taken: the service may know more than the provider.
        if let Some(values) = demand.strip_prefix(KNOWN) {
            return format!("Known values: {values}.");
        }
        // Of collections, the demand is about what they hold.
        let verb = match demand.contains("elements") {
            true => "have",
            false => "be",
        };
        format!("Must {verb} {demand}.")
    };
    demands.map(sentence).collect()
}

/// The default as Terraform spells it: the JSON of the values that occur is that, too.
fn default(attribute: &Attribute) -> Option<String> {
    let value = to_json(attribute.default()?, &attribute.ty()).ok()?;
    (!value.is_null()).then(|| value.to_string())
}

/// The parts of a text that are marked as code.
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
            checked("What.").documentation(),
            "What. Must be one of `a`, `b`."
        );
        assert_eq!(checked("What.").computed().documentation(), "What.");
        let open = Attribute::string("What.").validator(Validator::known_values(&["a", "b"]));
        assert_eq!(open.documentation(), "What. Known values: `a`, `b`.");
    }

    #[test]
    fn defaults_are_spelled_as_in_configuration() {
        let text = Attribute::string("What.").default_value("y");
        assert_eq!(text.documentation(), "What. Default: `\"y\"`.");
        let list = Attribute::new(Type::list(Type::String), "What.");
        let list = list.default_value(Value::list([]));
        assert_eq!(list.documentation(), "What. Default: `[]`.");
    }
}
