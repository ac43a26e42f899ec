//! The attributes of declared fields and choices.

use tfplugin::{Attribute, Attributes, Nesting};

use crate::document;
use crate::kind::{
    Bind, Field, Node, OneOf, Presence, Reset, SECRET_SUFFIX, Shape, VERSION_SUFFIX,
};

/// The default sentence about omitting an argument that the service sets.
const CHOSEN: &str = "If you omit this argument, the service chooses the value.";

/// The audience of a schema's descriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SchemaOf {
    /// Users of a resource, who configure attributes.
    Resource,
    /// Users of a data source, who read attributes.
    DataSource,
}

pub(crate) fn add_nodes(nodes: &[Node], of: SchemaOf, attributes: &mut Attributes) {
    for node in nodes {
        match node {
            Node::Field(field) => add_field(field, of, attributes),
            Node::OneOf(one_of) => {
                let choice = match of {
                    SchemaOf::Resource => exactly_one(one_of),
                    SchemaOf::DataSource => String::new(),
                };
                for variant in &one_of.variants {
                    let mut nested = Attributes::new();
                    add_nodes(&variant.nodes, of, &mut nested);
                    let about = format!("{}{choice}", variant.about);
                    let attribute = Attribute::nested(Nesting::Single, nested, about);
                    // An empty variant still selects its type.
                    attributes.insert(variant.name.to_owned(), attribute.may_be_empty());
                }
            }
        }
    }
}

/// Returns the note that exactly one of several nested attributes must be set.
fn exactly_one(one_of: &OneOf) -> String {
    let names: Vec<_> = one_of
        .variants
        .iter()
        .map(|variant| format!("`{}`", variant.name))
        .collect();
    let replaces = match one_of.replace {
        true => " Switching to another one forces a new resource to be created.",
        false => "",
    };
    format!(
        " Exactly one of {} must be set.{replaces}",
        names.join(", ")
    )
}

/// Returns the description of an attribute.
fn described(field: &Field, of: SchemaOf) -> String {
    let mut sentences = vec![field.about];
    if of == SchemaOf::Resource {
        match (&field.presence, field.when_set) {
            (Presence::ServerChosen, "") => sentences.push(CHOSEN),
            (Presence::Required, _) if field.unread => sentences.extend([
                "Required, unless you imported the object without it and leave it unchanged.",
                field.when_set,
            ]),
            (_, when_set) => sentences.push(when_set),
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

fn add_field(field: &Field, of: SchemaOf, attributes: &mut Attributes) {
    if matches!(field.presence, Presence::Secret) {
        return add_secret(field, of, attributes);
    }
    let base = shaped(field, of);
    let attribute = match &field.presence {
        // A check requires the value instead, because an import cannot read it.
        Presence::Required if field.unread => base,
        Presence::Required => base.required(),
        Presence::Absent { .. } | Presence::Secret => base,
        Presence::Default(value) => {
            base.default_value(document::default_value(&field.shape, value))
        }
        Presence::ServerChosen => base.optional_computed().keep_state(),
        Presence::Computed { stable: true } => base.computed().keep_state(),
        Presence::Computed { stable: false } => base.computed(),
    };
    attributes.insert(field.name.to_owned(), attribute);
}

/// Adds the stored attribute, the write-only attribute, and the version that signals a change of
/// the latter.
fn add_secret(field: &Field, of: SchemaOf, attributes: &mut Attributes) {
    let name = field.name;
    let about = described(field, of);
    let stored = Field {
        presence: Presence::Absent {
            empty: Vec::new(),
            reset: Reset::Omit,
        },
        sensitive: true,
        ..field.clone()
    };
    attributes.insert(
        name.to_owned(),
        shaped(&stored, of).described(format!(
            "{about} Terraform stores this value in state as plain text. Use `{name}_wo` instead \
             with Terraform 1.11 or OpenTofu 1.11 and later."
        )),
    );
    // The write-only attribute is sensitive too, although hosts never store it. Tools that generate
    // configurations keep sensitive values out of plain text, but do not know write-only
    // attributes.
    attributes.insert(
        format!("{name}{SECRET_SUFFIX}"),
        shaped(&stored, of).write_only().described(format!(
            "{about} The provider sends this value to the service, and Terraform never stores it."
        )),
    );
    attributes.insert(
        format!("{name}{VERSION_SUFFIX}"),
        Attribute::number(format!(
            "Version of `{name}_wo`, as any whole number. Required if you set `{name}_wo`. Change \
             it to send the secret again."
        )),
    );
}

fn shaped(field: &Field, of: SchemaOf) -> Attribute {
    let about = described(field, of);
    let mut attribute = match &field.shape {
        Shape::Object(nodes) | Shape::Objects(nodes) => {
            let mut nested = Attributes::new();
            add_nodes(nodes, of, &mut nested);
            let nesting = match field.shape {
                Shape::Object(_) => Nesting::Single,
                _ => Nesting::List,
            };
            Attribute::nested(nesting, nested, about).keyed_by(field.element_key)
        }
        shape => Attribute::new(document::plain_type(shape), about),
    };
    if field.sensitive {
        attribute = attribute.sensitive();
    }
    if let Some(instead) = field.deprecated {
        attribute = attribute.deprecated(instead);
    }
    if field.replace {
        attribute = attribute.requires_replace();
    }
    if let Some(same) = field.semantic_equality {
        attribute = attribute.semantic_equality(same);
    }
    if !matches!(field.presence, Presence::Computed { .. }) {
        for validator in &field.validators {
            attribute = attribute.validator(validator.clone());
        }
    }
    if let Bind::Action { actions, .. } = &field.bind {
        debug_assert!(
            !actions.is_empty(),
            "{}: an action for each value",
            field.name
        );
    }
    attribute
}
