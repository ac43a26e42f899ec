//! The schemas that follow from a kind.

use tfplugin::schema::{IdentityAttribute, IdentitySchema, Validator};
use tfplugin::{Attribute, Attributes, Nesting, Schema, Type};

use super::{Bind, Field, Key, Kind, Name, Node, Plane, Presence, Shape};
use crate::document;

/// What the write-only form of a secret is called.
pub const SECRET_SUFFIX: &str = "_wo";

/// What the version of a write-only secret is called.
pub const VERSION_SUFFIX: &str = "_wo_version";

/// What the name of an agent must be.
const AGENT_NAME: &str = "2 to 32 letters, digits and hyphens, beginning with a letter and not ending \
                          with a hyphen";

/// What a name must be.
const SEGMENT: &str = "neither `.` nor `..`, and without control characters";

impl Kind {
    /// The shape of the resource, which is made once.
    pub fn resource_schema(&self) -> &Schema {
        self.shape.get_or_init(|| self.make_schema())
    }

    fn make_schema(&self) -> Schema {
        let mut attributes = Attributes::new();
        self.key_attributes(&mut attributes);
        if self.is_dual() {
            attributes.insert("plane".to_owned(), self.plane_attribute());
        }
        attributes.insert("timeouts".to_owned(), self.timeouts_attribute());
        if self.additional_at.is_some() {
            additional_attributes(&mut attributes);
        }
        add_nodes(&self.nodes, &mut attributes);
        Schema {
            attributes,
            description: self.about.to_owned(),
            ..Schema::default()
        }
    }

    /// The shape of the identity.
    pub fn identity_schema(&self) -> IdentitySchema {
        let attributes = self.key().attributes().iter().map(|name| {
            let about = match (*name, self.key()) {
                ("agent_id", _) => "The ARM id of the agent.",
                ("object_id", _) => "The id that the service gave to the object.",
                ("resource_group_name", _) => "The resource group of the agent.",
                ("subscription_id", _) => {
                    "The subscription of the agent; the provider's by default."
                }
                (_, Key::Agent) => "The name of the agent.",
                _ => "The name of the object.",
            };
            let attribute = IdentityAttribute {
                ty: Type::String,
                required_for_import: *name != "subscription_id",
                description: about.to_owned(),
            };
            ((*name).to_owned(), attribute)
        });
        let attributes = attributes.collect();
        IdentitySchema {
            version: IdentitySchema::FIRST,
            attributes,
        }
    }

    pub(super) fn key_attributes(&self, attributes: &mut Attributes) {
        let title = the(self.title);
        let id = match self.places.as_slice() {
            [_, _, ..] => format!("The id of {title}, in the form of ARM ids whatever the plane"),
            [place] if place.plane == Plane::DataPlane => {
                format!("The id of {title}, in the form of ARM ids")
            }
            _ => format!("The ARM id of {title}"),
        };
        let id = format!("{id}. It is what `terraform import` takes.");
        let mut insert = |name: &str, attribute| attributes.insert(name.to_owned(), attribute);
        insert("id", Attribute::string(id).computed().keep_state());
        match self.key() {
            Key::Agent => {
                let name = Validator::text(AGENT_NAME, |text| {
                    azure::id::validate_agent_name(text).map_err(sentence)
                });
                insert(
                    "name",
                    Attribute::string("The name of the agent. A change replaces the agent.")
                        .required()
                        .requires_replace()
                        .validator(name),
                );
                insert(
                    "resource_group_name",
                    Attribute::string(
                        "The resource group that the agent is in. A change replaces the agent.",
                    )
                    .required()
                    .requires_replace()
                    .same(super::same::ignoring_case)
                    .validator(group_validator()),
                );
                insert(
                    "subscription_id",
                    Attribute::string(
                        "The subscription that the agent is in; the provider's `subscription_id` by \
                         default. A change replaces the agent.",
                    )
                    .optional_computed()
                    .requires_replace()
                    .keep_state()
                    .same(super::same::ignoring_case)
                    .validator(Validator::pattern(r"^[-\w]+$", "the id of a subscription")),
                );
            }
            Key::Name => {
                insert("agent_id", agent_id_attribute(self.title));
                if let Some(Name { about, validators }) = self.store.name() {
                    let name = Attribute::string(*about)
                        .required()
                        .requires_replace()
                        .validator(segment_validator());
                    // Names on ARM have no case.
                    let name = match self.place(Plane::Arm) {
                        Some(_) => name.same(super::same::ignoring_case),
                        None => name,
                    };
                    let name = validators
                        .iter()
                        .fold(name, |name, validator| name.validator(validator.clone()));
                    insert("name", name);
                }
            }
            Key::ServerId => {
                insert("agent_id", agent_id_attribute(self.title));
                insert(
                    "object_id",
                    Attribute::string("The id that the service gave to the object.")
                        .computed()
                        .keep_state(),
                );
            }
            Key::Singleton => {
                insert("agent_id", agent_id_attribute(self.title));
            }
        }
    }

    pub(super) fn plane_attribute(&self) -> Attribute {
        let default = match self.places.first().map(|place| place.plane) {
            Some(Plane::DataPlane) => "`data_plane`",
            _ => "the provider's `plane`",
        };
        Attribute::string(format!(
            "Where {} is kept: `arm` or `data_plane`; by default {default}. A change moves it without \
             replacing it.",
            the(self.title)
        ))
        .optional_computed()
        .keep_state()
        .validator(Validator::one_of(&["arm", "data_plane"], false))
    }

    fn timeouts_attribute(&self) -> Attribute {
        let one = |operation: &str, default: std::time::Duration| {
            Attribute::string(format!(
                "How long {operation} may take, such as `90s` or `1h30m`; {} minutes by default.",
                default.as_secs() / 60
            ))
            .validator(Validator::text(
                "a duration such as `90s` or `1h30m`",
                |text| document::parse_duration(text).map(|_| ()),
            ))
        };
        let nested = tfplugin::schema::attributes([
            ("create", one("creation", self.timeouts.create)),
            ("read", one("a refresh", self.timeouts.read)),
            ("update", one("an update", self.timeouts.update)),
            ("delete", one("deletion", self.timeouts.delete)),
        ]);
        Attribute::nested(
            Nesting::Single,
            nested,
            "How long operations may take, with all waiting.",
        )
    }
}

fn additional_attributes(attributes: &mut Attributes) {
    attributes.insert(
        "additional_properties".to_owned(),
        Attribute::new(
            Type::Dynamic,
            "Further members of the document, as an object, for what the provider has no \
             argument for. Members are merged into the document as they are; those that an \
             argument stands for are refused. Only the members given here are read back, and \
             one that is removed here is removed from the object.",
        ),
    );
    attributes.insert(
        "additional_properties_wo".to_owned(),
        Attribute::new(
            Type::Dynamic,
            "The same as `additional_properties` for members that are secret: they are sent \
             whenever the document is and never stored. A member that is dropped here stays on the \
             object.",
        )
        .write_only(),
    );
    attributes.insert(
        "additional_properties_wo_version".to_owned(),
        Attribute::number(
            "Any whole number. It is required with `additional_properties_wo`, and a change of it \
             sends them again.",
        ),
    );
}

fn agent_id_attribute(title: &str) -> Attribute {
    agent_id(format!(
        "The ARM id of the agent of {}. A change replaces it.",
        the(title)
    ))
    .requires_replace()
}

/// The id of an agent that must be given.
pub(crate) fn agent_id(about: impl Into<String>) -> Attribute {
    Attribute::string(about)
        .required()
        .same(super::same::ignoring_case)
        .validator(
            Validator::text("the ARM id of an agent", |text| {
                azure::id::AgentId::parse(text)
                    .map(|_| ())
                    .map_err(sentence)
            })
            .of_reference(),
        )
}

/// By hand: an expression that counts letters of any script is slow to compile, and schemas are
/// built often.
fn group_validator() -> Validator {
    const FORM: &str = "at most 90 letters, digits and `-_.()`, not ending with a period";
    Validator::text(FORM, |text| {
        let fits = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
        let length = text.chars().count();
        match (1..=90).contains(&length) && text.chars().all(fits) && !text.ends_with('.') {
            true => Ok(()),
            false => Err(format!("The name of a resource group is {FORM}.")),
        }
    })
}

fn sentence(error: azure::id::IdError) -> String {
    format!("{error}.")
}

/// Names become path segments: whatever cannot be one is refused before anything is sent.
fn segment_validator() -> Validator {
    Validator::text(SEGMENT, |text| {
        if text.chars().any(char::is_control) {
            return Err("A name cannot hold control characters.".to_owned());
        }
        azure::id::encode_segment(text)
            .map(|_| ())
            .map_err(sentence)
    })
}

pub(crate) fn add_nodes(nodes: &[Node], attributes: &mut Attributes) {
    for node in nodes {
        match node {
            Node::Field(field) => add_field(field, attributes),
            Node::OneOf(one_of) => {
                let names: Vec<_> = one_of
                    .variants
                    .iter()
                    .map(|variant| format!("`{}`", variant.name))
                    .collect();
                for variant in &one_of.variants {
                    let mut nested = Attributes::new();
                    add_nodes(&variant.nodes, &mut nested);
                    let about = format!(
                        "{} Exactly one of {} is set{}.",
                        variant.about,
                        names.join(", "),
                        if one_of.replace {
                            "; another choice replaces the object"
                        } else {
                            ""
                        }
                    );
                    let attribute = Attribute::nested(Nesting::Single, nested, about);
                    // The choice itself says something.
                    attributes.insert(variant.name.to_owned(), attribute.may_be_empty());
                }
            }
        }
    }
}

fn add_field(field: &Field, attributes: &mut Attributes) {
    if matches!(field.presence, Presence::Secret) {
        return add_secret(field, attributes);
    }
    let base = shaped(field);
    let attribute = match &field.presence {
        Presence::Required if field.unread => base.described(format!(
            "{} It is required, except for an object that was imported without it and stays as it is.",
            field.about
        )),
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

/// The stored form, the write-only form, and the version that tells when the latter changed.
fn add_secret(field: &Field, attributes: &mut Attributes) {
    let name = field.name;
    let stored = Field {
        about: field.about,
        presence: Presence::Absent {
            empty: Vec::new(),
            reset: super::Reset::Omit,
        },
        sensitive: true,
        ..field.clone()
    };
    attributes.insert(
        name.to_owned(),
        shaped(&stored).described(format!(
            "{} It is stored in state in clear; prefer `{name}_wo` with Terraform 1.11 or OpenTofu \
             1.11 and later.",
            field.about
        )),
    );
    // Marked as well, although hosts store it nowhere: tools that write configurations from a schema
    // keep out of clear text what is marked, and know nothing of write-only.
    attributes.insert(
        format!("{name}{SECRET_SUFFIX}"),
        shaped(&stored).write_only().described(format!(
            "{} Write-only: it is sent and never stored.",
            field.about
        )),
    );
    attributes.insert(
        format!("{name}{VERSION_SUFFIX}"),
        Attribute::number(format!(
            "Any whole number. It is required with `{name}_wo`, and a change of it sends the secret \
             again."
        )),
    );
}

fn shaped(field: &Field) -> Attribute {
    let mut attribute = match &field.shape {
        Shape::Object(nodes) | Shape::Objects(nodes) => {
            let mut nested = Attributes::new();
            add_nodes(nodes, &mut nested);
            let nesting = match field.shape {
                Shape::Object(_) => Nesting::Single,
                _ => Nesting::List,
            };
            Attribute::nested(nesting, nested, field.about).keyed_by(field.element_key)
        }
        shape => Attribute::new(document::plain_type(shape), field.about),
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
    if let Some(same) = field.same {
        attribute = attribute.same(same);
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

/// `the` before a noun.
fn the(title: &str) -> String {
    format!("the {title}")
}
