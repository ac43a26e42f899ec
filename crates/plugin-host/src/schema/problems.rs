//! The checks that a host runs on the schemas of a provider, and some that it should run, because
//! the provider would be unusable.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::schema::nested_block::NestingMode as BlockMode;
use tfplugin6::tfplugin6::schema::object::NestingMode as ObjectMode;

use crate::value::Type;

/// Names that the language reserves at the top level of resources and data sources.
const RESERVED: [&str; 7] = [
    "count",
    "for_each",
    "provider",
    "depends_on",
    "lifecycle",
    "connection",
    "provisioner",
];
/// Names that the language reserves in provider blocks.
const RESERVED_IN_PROVIDERS: [&str; 2] = ["alias", "version"];

/// Returns everything that is wrong with the schemas of a provider, one line each, with the name of
/// the schema.
///
/// `identities` is the answer to `GetResourceIdentitySchemas`. It is empty if the host does not
/// ask.
pub fn schema_problems(
    schemas: &proto::get_provider_schema::Response,
    identities: &BTreeMap<String, proto::ResourceIdentitySchema>,
) -> Vec<String> {
    let mut found = Findings::default();
    match &schemas.provider {
        Some(schema) => found.schema("provider", schema, &RESERVED_IN_PROVIDERS, false),
        None => found.add("provider", "missing provider schema"),
    }
    if let Some(schema) = &schemas.provider_meta {
        found.schema("provider_meta", schema, &[], false);
    }
    for (name, schema) in &schemas.resource_schemas {
        found.schema(&format!("resource {name}"), schema, &RESERVED, true);
    }
    let groups = [
        ("data source", &schemas.data_source_schemas),
        ("ephemeral resource", &schemas.ephemeral_resource_schemas),
        ("list resource", &schemas.list_resource_schemas),
        ("state store", &schemas.state_store_schemas),
    ];
    for (kind, group) in groups {
        for (name, schema) in group {
            let reserved: &[&str] = if kind == "state store" {
                &[]
            } else {
                &RESERVED
            };
            found.schema(&format!("{kind} {name}"), schema, reserved, false);
        }
    }
    for (name, action) in &schemas.action_schemas {
        let place = format!("action {name}");
        match &action.schema {
            Some(schema) => found.schema(&place, schema, &[], true),
            None => found.add(&place, "missing schema"),
        }
    }
    for (name, function) in &schemas.functions {
        found.function(&format!("function {name}"), name, function);
    }
    for name in schemas.list_resource_schemas.keys() {
        let managed = schemas.resource_schemas.contains_key(name);
        // Hosts that do not ask for identities do not list objects either.
        if !managed || (!identities.is_empty() && !identities.contains_key(name)) {
            found.add(
                &format!("list resource {name}"),
                "no managed resource with identity",
            );
        }
    }
    for (name, identity) in identities {
        let place = format!("identity of {name}");
        if !schemas.resource_schemas.contains_key(name) {
            found.add(&place, "no managed resource of that name");
        }
        found.identity(&place, identity);
    }
    found.lines.sort();
    found.lines
}

#[derive(Default)]
struct Findings {
    lines: Vec<String>,
}

impl Findings {
    fn add(&mut self, place: &str, problem: &str) {
        self.lines.push(format!("{place}: {problem}"));
    }

    fn require(&mut self, place: &str, holds: bool, problem: &str) {
        if !holds {
            self.add(place, problem);
        }
    }

    fn schema(&mut self, place: &str, schema: &proto::Schema, reserved: &[&str], write_only: bool) {
        self.require(place, schema.version >= 0, "version is negative");
        let Some(block) = &schema.block else {
            return self.add(place, "missing block");
        };
        for attribute in &block.attributes {
            if reserved.contains(&attribute.name.as_str()) {
                self.add(&format!("{place}.{}", attribute.name), "name is reserved");
            }
        }
        self.block(
            place,
            block,
            Inside {
                write_only,
                ..Inside::default()
            },
        );
    }

    fn block(&mut self, place: &str, block: &proto::schema::Block, inside: Inside) {
        self.deprecation(place, block.deprecated, &block.deprecation_message);
        let inside = Inside {
            computed: inside.computed || block.computed,
            ..inside
        };
        self.attributes(place, &block.attributes, inside);
        let mut names: BTreeSet<&str> = block.attributes.iter().map(|a| a.name.as_str()).collect();
        for nested in &block.block_types {
            let place = format!("{place}.{}", nested.type_name);
            self.require(
                &place,
                is_block_name(&nested.type_name),
                "name is not a block name",
            );
            self.require(
                &place,
                names.insert(&nested.type_name),
                "name is used twice",
            );
            self.nested_block(&place, nested, inside);
        }
    }

    fn nested_block(&mut self, place: &str, nested: &proto::schema::NestedBlock, inside: Inside) {
        let (min, max) = (nested.min_items, nested.max_items);
        self.require(
            place,
            min >= 0 && max >= 0,
            "min_items or max_items is negative",
        );
        let Some(block) = &nested.block else {
            return self.add(place, "missing block");
        };
        match nested.nesting() {
            BlockMode::Invalid => self.add(place, "missing nesting mode"),
            BlockMode::Single => self.require(
                place,
                min == max && (0..=1).contains(&min),
                "a single block has min_items = max_items, 0 or 1",
            ),
            BlockMode::Group | BlockMode::Map => {
                self.require(
                    place,
                    min == 0 && max == 0,
                    "neither min_items nor max_items allowed",
                );
            }
            BlockMode::List | BlockMode::Set => {
                self.require(place, max == 0 || min <= max, "min_items exceeds max_items");
            }
        }
        if block.computed {
            self.require(
                place,
                nested.nesting() != BlockMode::Group,
                "a group cannot be computed",
            );
            self.require(place, min == 0, "a computed block cannot have min_items");
        } else {
            self.require(
                place,
                !inside.computed,
                "a block within a computed block must be computed",
            );
        }
        let set = inside.set || nested.nesting() == BlockMode::Set;
        self.block(place, block, Inside { set, ..inside });
    }

    fn attributes(&mut self, place: &str, attributes: &[proto::schema::Attribute], inside: Inside) {
        let mut names = BTreeSet::new();
        for attribute in attributes {
            let place = format!("{place}.{}", attribute.name);
            self.require(
                &place,
                is_identifier(&attribute.name),
                "name is not an identifier",
            );
            self.require(&place, names.insert(&attribute.name), "name is used twice");
            self.attribute(&place, attribute, inside);
        }
    }

    fn attribute(&mut self, place: &str, attribute: &proto::schema::Attribute, inside: Inside) {
        let (required, optional) = (attribute.required, attribute.optional);
        self.require(
            place,
            required || optional || attribute.computed,
            "must be optional, required or computed",
        );
        self.require(place, !(required && optional), "both optional and required");
        self.require(
            place,
            !(required && attribute.computed),
            "both computed and required",
        );
        self.require(
            place,
            attribute.computed || !inside.computed,
            "an attribute within a computed block must be computed",
        );
        self.deprecation(place, attribute.deprecated, &attribute.deprecation_message);
        if attribute.write_only {
            self.require(place, inside.write_only, "write-only is not allowed here");
            self.require(place, !attribute.computed, "both write-only and computed");
            self.require(place, !inside.set, "write-only inside a set");
        }
        match (&attribute.nested_type, attribute.r#type.is_empty()) {
            (None, true) => self.add(place, "neither type nor nested type"),
            (Some(_), false) => self.add(place, "both type and nested type"),
            (None, false) => self.plain_type(place, &attribute.r#type, inside),
            (Some(nested), true) => {
                self.require(
                    place,
                    nested.nesting() != ObjectMode::Invalid,
                    "missing nesting mode",
                );
                let set = inside.set || nested.nesting() == ObjectMode::Set;
                // The rule for computed blocks only concerns their direct attributes.
                self.attributes(
                    place,
                    &nested.attributes,
                    Inside {
                        set,
                        computed: false,
                        ..inside
                    },
                );
            }
        }
    }

    fn plain_type(&mut self, place: &str, text: &[u8], inside: Inside) {
        match Type::parse(text) {
            Err(error) => self.add(place, &format!("{error:#}")),
            Ok(ty) if set_of_dynamic(&ty) || (inside.set && ty.has_dynamic()) => {
                self.add(place, "a dynamic type inside a set");
            }
            Ok(_) => {}
        }
    }

    fn deprecation(&mut self, place: &str, deprecated: bool, message: &str) {
        self.require(
            place,
            deprecated || message.is_empty(),
            "a deprecation message without deprecation",
        );
    }

    fn function(&mut self, place: &str, name: &str, function: &proto::Function) {
        self.require(place, is_identifier(name), "name is not an identifier");
        match &function.r#return {
            None => self.add(place, "missing return"),
            Some(result) => self.plain_type(place, &result.r#type, Inside::default()),
        }
        let mut names = BTreeSet::new();
        for parameter in function
            .parameters
            .iter()
            .chain(&function.variadic_parameter)
        {
            let place = format!("{place}({})", parameter.name);
            self.require(
                &place,
                is_identifier(&parameter.name),
                "name is not an identifier",
            );
            self.require(&place, names.insert(&parameter.name), "name is used twice");
            self.plain_type(&place, &parameter.r#type, Inside::default());
        }
    }

    fn identity(&mut self, place: &str, identity: &proto::ResourceIdentitySchema) {
        self.require(place, identity.version >= 0, "version is negative");
        for attribute in &identity.identity_attributes {
            let place = format!("{place}.{}", attribute.name);
            self.require(
                &place,
                attribute.required_for_import != attribute.optional_for_import,
                "exactly one of required_for_import and optional_for_import",
            );
            let primitive = |ty: &Type| matches!(ty, Type::String | Type::Number | Type::Bool);
            match Type::parse(&attribute.r#type) {
                Err(error) => self.add(&place, &format!("{error:#}")),
                Ok(Type::List(element)) if primitive(&element) => {}
                Ok(ty) => self.require(
                    &place,
                    primitive(&ty),
                    &format!("{ty} is not allowed: only primitive types and lists of them"),
                ),
            }
        }
    }
}

/// The context of an attribute.
#[derive(Clone, Copy, Default)]
struct Inside {
    write_only: bool,
    set: bool,
    computed: bool,
}

fn set_of_dynamic(ty: &Type) -> bool {
    match ty {
        Type::Set(element) => element.has_dynamic(),
        Type::List(element) | Type::Map(element) => set_of_dynamic(element),
        Type::Tuple(elements) => elements.iter().any(set_of_dynamic),
        Type::Object { attributes, .. } => attributes.values().any(set_of_dynamic),
        _ => false,
    }
}

fn is_block_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(allowed)
}

fn is_identifier(name: &str) -> bool {
    is_block_name(name) && !name.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::testing::{attribute, nested, provider_with, resource};
    use proto::schema::Attribute;

    fn problems_of(attributes: Vec<Attribute>) -> Vec<String> {
        schema_problems(&provider_with(resource(attributes)), &BTreeMap::new())
    }

    #[test]
    fn valid_schema_has_no_problems() {
        let attributes = vec![
            Attribute {
                required: true,
                ..attribute("name", r#""string""#)
            },
            Attribute {
                optional: true,
                write_only: true,
                ..attribute("secret", r#""string""#)
            },
            Attribute {
                optional: true,
                computed: true,
                ..nested(
                    "rules",
                    ObjectMode::List,
                    vec![Attribute {
                        optional: true,
                        ..attribute("x", r#"["list","number"]"#)
                    }],
                )
            },
        ];
        assert_eq!(problems_of(attributes), Vec::<String>::new());
    }

    #[rstest]
    #[case(Attribute::default(), "must be optional, required or computed")]
    #[case(Attribute { optional: true, required: true, ..Default::default() }, "both optional and required")]
    #[case(Attribute { computed: true, required: true, ..Default::default() }, "both computed and required")]
    #[case(
        Attribute { optional: true, computed: true, write_only: true, ..Default::default() },
        "both write-only and computed"
    )]
    #[case(
        Attribute { optional: true, deprecation_message: "no".into(), ..Default::default() },
        "a deprecation message without deprecation"
    )]
    fn contradictory_flags_are_detected(#[case] flags: Attribute, #[case] expected: &str) {
        let attribute = Attribute {
            name: "a".into(),
            r#type: br#""string""#.into(),
            ..flags
        };
        assert_eq!(
            problems_of(vec![attribute]),
            [format!("resource test_thing.a: {expected}")]
        );
    }

    #[test]
    fn sets_contain_neither_dynamic_nor_write_only_attributes() {
        let inner = vec![
            Attribute {
                optional: true,
                ..attribute("d", r#""dynamic""#)
            },
            Attribute {
                optional: true,
                write_only: true,
                ..attribute("w", r#""string""#)
            },
        ];
        let set = Attribute {
            optional: true,
            ..nested("s", ObjectMode::Set, inner)
        };
        assert_eq!(
            problems_of(vec![set]),
            [
                "resource test_thing.s.d: a dynamic type inside a set",
                "resource test_thing.s.w: write-only inside a set",
            ]
        );
    }

    #[rstest]
    #[case("count", "name is reserved")]
    #[case("Name", "name is not an identifier")]
    fn names_that_users_cannot_write_are_detected(#[case] name: &str, #[case] expected: &str) {
        let attribute = Attribute {
            optional: true,
            ..attribute(name, r#""string""#)
        };
        assert_eq!(
            problems_of(vec![attribute]),
            [format!("resource test_thing.{name}: {expected}")]
        );
    }

    #[test]
    fn identities_contain_only_primitives_and_lists() {
        let identity = proto::ResourceIdentitySchema {
            version: 0,
            identity_attributes: vec![proto::resource_identity_schema::IdentityAttribute {
                name: "m".into(),
                r#type: br#"["map","string"]"#.into(),
                required_for_import: true,
                ..Default::default()
            }],
        };
        let schemas = provider_with(resource(vec![]));
        let found = schema_problems(
            &schemas,
            &BTreeMap::from([("test_thing".to_owned(), identity)]),
        );
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("identity of test_thing.m: "),
            "{found:?}"
        );
    }
}
