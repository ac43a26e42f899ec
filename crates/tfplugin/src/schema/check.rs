//! The rules that a host applies to a schema when it loads it, and some additional ones.

use std::collections::BTreeMap;

use super::{Attribute, Attributes, IdentitySchema, Nesting, Schema, Shape, Usage, object_type};
use crate::value::{Path, Type};

/// Names that the language reserves at the top level of a resource.
const RESERVED: [&str; 7] = [
    "connection",
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "provider",
    "provisioner",
];

/// Names that the language reserves in a provider block.
const RESERVED_IN_PROVIDERS: [&str; 2] = ["alias", "version"];

/// The elements of a collection have one type, but two dynamic values may have different types. A
/// host accepts the schema anyway, and crashes when it decodes such elements (Terraform 1.11.4 and
/// 1.15.5).
const COLLECTION_OF_DYNAMIC: &str =
    "a list, set or map cannot hold dynamic values, at any depth; give them as JSON text";

/// Returns the problems of a schema, one line each, with the attribute. A provider with a problem
/// cannot be loaded at all, so the server checks before the host does.
pub fn problems(schema: &Schema, identity: Option<&IdentitySchema>) -> Vec<String> {
    let mut problems = Vec::new();
    if schema.version < 0 {
        problems.push("the version is negative".to_owned());
    }
    for name in schema
        .attributes
        .keys()
        .filter(|name| RESERVED.contains(&name.as_str()))
    {
        problems.push(format!("{name}: the name is reserved by the language"));
    }
    check_attributes(&schema.attributes, &Path::root(), false, &mut problems);
    if let Some(identity) = identity {
        check_identity(identity, &mut problems);
    }
    problems
}

/// Returns the problems of the schema of a data source.
pub(crate) fn data_source_problems(schema: &Schema) -> Vec<String> {
    let mut problems = problems(schema, None);
    if holds_write_only(&schema.attributes) {
        problems.push("only resources and actions can have write-only attributes".to_owned());
    }
    problems
}

/// Returns the problems of a provider block.
pub(crate) fn provider_problems(schema: &Schema) -> Vec<String> {
    let mut problems = data_source_problems(schema);
    let names = schema.attributes.keys();
    for name in names.filter(|name| RESERVED_IN_PROVIDERS.contains(&name.as_str())) {
        problems.push(format!("{name}: the name is reserved by the language"));
    }
    problems
}

/// Returns the problems of a schema for configuration without state: the `config` block of an
/// action.
pub(crate) fn action_problems(schema: &Schema) -> Vec<String> {
    let mut problems = problems(schema, None);
    let computed = schema
        .attributes
        .iter()
        .filter(|(_, attribute)| attribute.is_computed());
    for (name, _) in computed {
        problems.push(format!("{name}: nothing is computed in a `config` block"));
    }
    problems
}

/// Returns the problems of the schema of a list resource.
pub(crate) fn list_problems(schema: &Schema) -> Vec<String> {
    let mut problems = action_problems(schema);
    if holds_write_only(&schema.attributes) {
        problems.push("only resources and actions can have write-only attributes".to_owned());
    }
    problems
}

fn check_attributes(
    attributes: &Attributes,
    path: &Path,
    in_set: bool,
    problems: &mut Vec<String>,
) {
    for (name, attribute) in attributes {
        let path = path.attribute(name.as_str());
        let mut problem = |text: &str| problems.push(format!("{path}: {text}"));
        if !is_identifier(name) {
            problem("the name is no identifier");
        }
        if attribute.description.is_empty() {
            problem("the description is missing");
        }
        check_flags(attribute, in_set, &mut problem);
        match &attribute.shape {
            Shape::Plain(ty) => {
                if has_collection_of_dynamic(ty) {
                    problem(COLLECTION_OF_DYNAMIC);
                }
            }
            Shape::Nested(nesting, nested) => {
                let set = *nesting == Nesting::Set;
                if *nesting != Nesting::Single && object_type(nested).has_dynamic() {
                    problem(COLLECTION_OF_DYNAMIC);
                }
                if attribute.write_only && !nested.values().all(|inner| inner.write_only) {
                    problem("everything inside a write-only attribute must be write-only");
                }
                check_attributes(nested, &path, in_set || set, problems);
            }
        }
    }
}

fn check_flags(attribute: &Attribute, in_set: bool, problem: &mut impl FnMut(&str)) {
    if attribute.write_only {
        if attribute.is_computed() {
            problem("a write-only attribute cannot be computed");
        }
        if in_set {
            problem("a set cannot hold write-only attributes");
        }
    }
    if attribute.default.is_some() {
        if attribute.usage != Usage::OptionalComputed {
            problem("only an optional and computed attribute can have a default");
        }
        if in_set {
            // Two elements that differ only in a default would become one.
            problem("a default inside a set can merge elements");
        }
        if attribute
            .default
            .as_ref()
            .is_some_and(|value| !value.is_wholly_known())
        {
            problem("a default must be known");
        }
    }
    if attribute.keep_state && !attribute.is_computed() {
        problem("only a computed attribute can keep its state");
    }
    if attribute.usage == Usage::Computed && !attribute.validators.is_empty() {
        problem("nobody configures a computed attribute, so there is nothing to validate");
    }
}

/// Returns whether a list, set or map anywhere in a type contains dynamic values.
fn has_collection_of_dynamic(ty: &Type) -> bool {
    match ty {
        Type::Set(element) | Type::List(element) | Type::Map(element) => element.has_dynamic(),
        Type::Object { attributes, .. } => attributes.values().any(has_collection_of_dynamic),
        Type::Tuple(elements) => elements.iter().any(has_collection_of_dynamic),
        Type::Bool | Type::Number | Type::String | Type::Dynamic => false,
    }
}

/// Returns whether any attribute is write-only, at any depth.
pub(crate) fn holds_write_only(attributes: &Attributes) -> bool {
    attributes.values().any(|attribute| {
        attribute.write_only
            || matches!(&attribute.shape, Shape::Nested(_, nested) if holds_write_only(nested))
    })
}

fn check_identity(identity: &IdentitySchema, problems: &mut Vec<String>) {
    if identity.version < IdentitySchema::FIRST {
        problems.push(format!(
            "the version of the identity is lower than {}",
            IdentitySchema::FIRST
        ));
    }
    let named: &BTreeMap<_, _> = &identity.attributes;
    for (name, attribute) in named {
        let primitive = |ty: &Type| matches!(ty, Type::Bool | Type::Number | Type::String);
        let fits = match &attribute.ty {
            Type::List(element) => primitive(element),
            ty => primitive(ty),
        };
        if !fits {
            problems.push(format!(
                "identity {name}: only primitives and lists of them identify"
            ));
        }
        if !is_identifier(name) {
            problems.push(format!("identity {name}: the name is no identifier"));
        }
    }
}

pub(crate) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::attributes;
    use rstest::rstest;

    fn string() -> Attribute {
        Attribute::string("Text.")
    }

    fn dynamic() -> Attribute {
        Attribute::new(Type::Dynamic, "Any.")
    }

    #[test]
    fn valid_schema_has_no_problem() {
        let nested = attributes([("secret", string().write_only())]);
        let schema = Schema::from([
            ("id", string().computed().keep_state()),
            ("mode", string().default_value("Review")),
            (
                "mcp",
                Attribute::nested(Nesting::Single, nested, "An object."),
            ),
            (
                "free",
                Attribute::nested(
                    Nesting::Single,
                    attributes([("json", dynamic())]),
                    "An object.",
                ),
            ),
        ]);
        assert_eq!(problems(&schema, None), Vec::<String>::new());
    }

    #[rstest]
    #[case::name("Name", string(), "the name is no identifier")]
    #[case::reserved("count", string(), "the name is reserved")]
    #[case::description("a", Attribute::string(""), "the description is missing")]
    #[case::write_only("a", string().computed().write_only(), "cannot be computed")]
    #[case::keep("a", string().keep_state(), "only a computed attribute")]
    #[case::dynamic(
        "a",
        Attribute::new(Type::set(Type::Dynamic), "Any."),
        "dynamic values"
    )]
    #[case::inner_dynamic(
        "a",
        Attribute::new(Type::object([("b", Type::list(Type::Dynamic))]), "Any."),
        "dynamic values"
    )]
    #[case::map_of_dynamic(
        "a",
        Attribute::new(Type::map(Type::Dynamic), "Any."),
        "dynamic values"
    )]
    #[case::list_of_objects_with_dynamic(
        "a",
        Attribute::nested(Nesting::List, attributes([("b", dynamic())]), "Objects."),
        "a: a list, set or map"
    )]
    #[case::map_of_objects_with_dynamic(
        "a",
        Attribute::nested(Nesting::Map, attributes([("b", dynamic())]), "Objects."),
        "a: a list, set or map"
    )]
    #[case::deep_dynamic(
        "a",
        Attribute::nested(
            Nesting::Single,
            attributes([(
                "b",
                Attribute::nested(
                    Nesting::List,
                    attributes([(
                        "c",
                        Attribute::nested(
                            Nesting::Single,
                            attributes([("d", dynamic())]),
                            "An object.",
                        ),
                    )]),
                    "Objects.",
                ),
            )]),
            "An object.",
        ),
        "a.b: a list, set or map"
    )]
    #[case::set_secret(
        "a",
        Attribute::nested(Nesting::Set, attributes([("b", string().write_only())]), "Objects."),
        "a.b: a set cannot hold write-only"
    )]
    #[case::set_default(
        "a",
        Attribute::nested(Nesting::Set, attributes([("b", string().default_value("x"))]), "Objects."),
        "a.b: a default inside a set"
    )]
    #[case::open_secret(
        "a",
        Attribute::nested(Nesting::Single, attributes([("b", string())]), "Objects.").write_only(),
        "must be write-only"
    )]
    fn problems_are_named(#[case] name: &str, #[case] attribute: Attribute, #[case] text: &str) {
        let found = problems(&Schema::from([(name, attribute)]), None);
        assert!(
            found.iter().any(|problem| problem.contains(text)),
            "{found:?}"
        );
    }

    #[test]
    fn only_resources_have_write_only_attributes() {
        let nested = attributes([("secret", string().write_only())]);
        let nested = Attribute::nested(Nesting::List, nested, "Objects.");
        let schema = Schema::from([("list", nested)]);
        assert_eq!(problems(&schema, None), Vec::<String>::new());
        assert_eq!(data_source_problems(&schema).len(), 1);
        assert_eq!(provider_problems(&schema).len(), 1);
    }

    #[test]
    fn provider_blocks_have_their_own_reserved_names() {
        let schema = Schema::from([("alias", string())]);
        assert_eq!(data_source_problems(&schema), Vec::<String>::new());
        assert_eq!(provider_problems(&schema).len(), 1);
    }
}
