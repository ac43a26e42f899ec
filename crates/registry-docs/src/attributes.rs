//! The reference of attributes, including nested ones.

use std::fmt::Write as _;

use tfplugin::schema::{Shape, Usage};
use tfplugin::{Attribute, Attributes, Nesting, Type};

const WRITE_ONLY: &str =
    "https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments";

/// The link to the conventions that many descriptions refer to.
const CONVENTIONS: &str = "See [Conventions](../index.md#conventions) for the meaning of known \
                           values and of values that the service chooses.";

/// Returns the lists of required, optional and read-only attributes, followed by those of nested
/// objects with their own anchors. The nested attributes of `apart` are described elsewhere.
pub(crate) fn reference(attributes: &Attributes, apart: &[&str]) -> String {
    let mut text = String::new();
    if any(attributes, &Attribute::is_write_only) {
        let _ = writeln!(
            text,
            "[Write-only]({WRITE_ONLY}) arguments require Terraform 1.11 or OpenTofu 1.11, or \
             later.\n"
        );
    }
    if any(attributes, &refers_to_conventions) {
        let _ = writeln!(text, "{CONVENTIONS}\n");
    }
    for (heading, usages) in GROUPS {
        let lines = lines(attributes, usages, "");
        if !lines.is_empty() {
            let _ = writeln!(text, "### {heading}\n\n{lines}");
        }
    }
    nested(attributes, "", apart, &mut text);
    text
}

/// Returns the list of attributes of one nested object.
pub(crate) fn members(attributes: &Attributes) -> String {
    lines(attributes, &[Usage::Optional], "")
}

/// Returns the anchor of a nested object.
pub(crate) fn anchor(path: &str) -> String {
    format!("nestedatt--{}", path.replace('.', "--"))
}

/// Returns the name of a type, as the registry's own pages spell it.
pub(crate) fn type_name(attribute: &Attribute) -> String {
    match attribute.shape() {
        Shape::Plain(ty) => plain_type(ty),
        Shape::Nested(Nesting::Single, _) => "Attributes".to_owned(),
        Shape::Nested(Nesting::List, _) => "Attributes List".to_owned(),
        Shape::Nested(Nesting::Set, _) => "Attributes Set".to_owned(),
        Shape::Nested(Nesting::Map, _) => "Attributes Map".to_owned(),
    }
}

const GROUPS: [(&str, &[Usage]); 3] = [
    ("Required", &[Usage::Required]),
    ("Optional", &[Usage::Optional, Usage::OptionalComputed]),
    ("Read-Only", &[Usage::Computed]),
];

fn nested(attributes: &Attributes, base: &str, apart: &[&str], text: &mut String) {
    for (name, attribute) in attributes {
        let Shape::Nested(_, inner) = attribute.shape() else {
            continue;
        };
        let path = join(base, name);
        if apart.contains(&path.as_str()) || is_void(attribute) {
            continue;
        }
        let _ = writeln!(
            text,
            "<a id=\"{}\"></a>\n\n### Nested Schema for `{path}`\n",
            anchor(&path)
        );
        for (heading, usages) in GROUPS {
            let lines = lines(inner, usages, &path);
            if !lines.is_empty() {
                let _ = writeln!(text, "{heading}:\n\n{lines}");
            }
        }
        nested(inner, &path, apart, text);
    }
}

fn lines(attributes: &Attributes, usages: &[Usage], base: &str) -> String {
    let wanted = attributes
        .iter()
        .filter(|(_, attribute)| usages.contains(&attribute.usage()) && !is_void(attribute));
    wanted
        .map(|(name, attribute)| line(name, attribute, base))
        .collect()
}

fn line(name: &str, attribute: &Attribute, base: &str) -> String {
    let mut line = format!("- `{name}` ({}", type_name(attribute));
    if attribute.is_sensitive() {
        line.push_str(", Sensitive");
    }
    if attribute.is_write_only() {
        let _ = write!(line, ", [Write-only]({WRITE_ONLY})");
    }
    let _ = write!(line, ") {}", attribute.documentation());
    if let Shape::Nested(..) = attribute.shape() {
        let anchor = anchor(&join(base, name));
        let _ = write!(line, " See [below](#{anchor}).");
    }
    line.push('\n');
    line
}

/// Returns whether an attribute has nothing to read. In a data source, an object whose members are
/// all secret has none left.
fn is_void(attribute: &Attribute) -> bool {
    matches!(attribute.shape(), Shape::Nested(_, inner) if inner.is_empty())
}

/// Returns whether there is an attribute with this property, at any depth.
fn any(attributes: &Attributes, is_such: &dyn Fn(&Attribute) -> bool) -> bool {
    attributes.values().any(|attribute| {
        let within = match attribute.shape() {
            Shape::Nested(_, inner) => any(inner, is_such),
            Shape::Plain(_) => false,
        };
        is_such(attribute) || within
    })
}

/// Returns whether the description uses a term that the conventions explain for all pages.
fn refers_to_conventions(attribute: &Attribute) -> bool {
    let text = attribute.documentation();
    let words = ["Known values are ", "the service chooses "];
    words.iter().any(|word| text.contains(word))
}

pub(crate) fn plain_type(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", plain_type(element)),
        Type::Set(element) => format!("Set of {}", plain_type(element)),
        Type::Map(element) => format!("Map of {}", plain_type(element)),
        Type::Object { .. } => "Object".to_owned(),
        Type::Tuple(_) => "Tuple".to_owned(),
    }
}

fn join(base: &str, name: &str) -> String {
    match base {
        "" => name.to_owned(),
        base => format!("{base}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use tfplugin::schema::attributes;

    use super::*;

    fn of(attribute: Attribute) -> String {
        line("x", &attribute, "")
    }

    #[test]
    fn marks_follow_the_name() {
        assert_eq!(
            of(Attribute::string("A key.").sensitive()),
            "- `x` (String, Sensitive) A key.\n"
        );
        assert!(of(Attribute::string("A key.").write_only()).contains("(String, [Write-only]("));
    }

    #[test]
    fn nested_attributes_are_reached_by_anchors() {
        let inner = attributes([("y", Attribute::bool("Whether.").required())]);
        let outer = attributes([("x", Attribute::nested(Nesting::List, inner, "Some."))]);
        let text = reference(
            &attributes([("o", Attribute::nested(Nesting::Single, outer, "One."))]),
            &[],
        );
        assert!(text.contains("- `o` (Attributes) One. See [below](#nestedatt--o).\n"));
        assert!(text.contains("(Attributes List) Some. See [below](#nestedatt--o--x).\n"));
        assert!(text.contains("<a id=\"nestedatt--o--x\"></a>\n\n### Nested Schema for `o.x`\n"));
        assert!(text.contains("Required:\n\n- `y` (Boolean) Whether.\n"));
    }

    #[test]
    fn objects_without_members_are_omitted() {
        let empty = Attribute::nested(Nesting::Single, Attributes::new(), "None.");
        let all = attributes([("e", empty), ("y", Attribute::bool("Whether."))]);
        let text = reference(&all, &[]);
        assert_eq!(text, "### Optional\n\n- `y` (Boolean) Whether.\n\n");
    }
}
