//! The schemas of a kind.

use tfplugin::schema::{IdentityAttribute, IdentitySchema, Validator};
use tfplugin::{Attribute, Attributes, Nesting, Schema, Type};

use super::{Bind, Field, Key, Kind, Name, Node, OneOf, Plane, Presence, Shape};
use crate::document;

/// The suffix of the write-only attribute of a secret.
pub const SECRET_SUFFIX: &str = "_wo";

/// The suffix of the version attribute of a write-only secret.
pub const VERSION_SUFFIX: &str = "_wo_version";

/// The rule for the names of agents.
const AGENT_NAME: &str = "Must be 2 to 32 letters, digits and hyphens, begin with a letter, and \
                          not end with a hyphen.";

/// The rule for all other names.
const SEGMENT: &str = "Must not be `.` or `..`, and must not contain control characters.";

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

impl Kind {
    /// Returns the schema of the resource, which is built once.
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
        add_nodes(&self.nodes, SchemaOf::Resource, &mut attributes);
        Schema {
            attributes,
            description: self.sentence("Manages"),
            ..Schema::default()
        }
    }

    /// Returns a sentence with a verb and the description of the kind.
    pub(super) fn sentence(&self, verb: &str) -> String {
        // The description begins with an article in upper case.
        let mut about = self.about.chars();
        let article = about.next().into_iter().flat_map(char::to_lowercase);
        format!("{verb} {}{}", article.collect::<String>(), about.as_str())
    }

    /// Returns the schema of the identity.
    pub fn identity_schema(&self) -> IdentitySchema {
        let attributes = self.key().attributes().iter().map(|name| {
            let about = match (*name, self.key()) {
                ("agent_id", _) => "ARM ID of the agent.",
                ("object_id", _) => "ID that the service assigned to the object.",
                ("resource_group_name", _) => "Name of the agent's resource group.",
                ("subscription_id", _) => {
                    "ID of the agent's subscription. Defaults to the `subscription_id` of the \
                     provider."
                }
                (_, Key::Agent) => "Name of the agent.",
                _ => "Name of the object.",
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
            [_, _, ..] => format!("ID of {title}, in the form of an ARM ID on both planes"),
            [place] if place.plane == Plane::DataPlane => {
                format!("ID of {title}, in the form of an ARM ID")
            }
            _ => format!("ARM ID of {title}"),
        };
        let id = format!("{id}. Use it with `terraform import`.");
        let mut insert = |name: &str, attribute| attributes.insert(name.to_owned(), attribute);
        insert("id", Attribute::string(id).computed().keep_state());
        match self.key() {
            Key::Agent => {
                let name = Validator::text(AGENT_NAME, |text| {
                    azure::id::validate_agent_name(text).map_err(sentence)
                });
                insert(
                    "name",
                    Attribute::string("Name of the agent.")
                        .required()
                        .requires_replace()
                        .semantic_equality(super::equality::ignoring_case)
                        .validator(name),
                );
                insert(
                    "resource_group_name",
                    Attribute::string("Name of the resource group that contains the agent.")
                        .required()
                        .requires_replace()
                        .semantic_equality(super::equality::ignoring_case)
                        .validator(group_validator()),
                );
                insert(
                    "subscription_id",
                    Attribute::string(
                        "ID of the subscription that contains the agent. Defaults to the \
                         `subscription_id` of the provider.",
                    )
                    .optional_computed()
                    .requires_replace()
                    .keep_state()
                    .semantic_equality(super::equality::ignoring_case)
                    .validator(Validator::pattern(r"^[-\w]+$", "the ID of a subscription")),
                );
            }
            Key::Name => {
                insert("agent_id", agent_id_attribute(self.title));
                if let Some(Name { about, validators }) = self.store.name() {
                    let name = Attribute::string(*about)
                        .required()
                        .requires_replace()
                        .validator(segment_validator());
                    // Names on ARM are case-insensitive.
                    let name = match self.place(Plane::Arm) {
                        Some(_) => name.semantic_equality(super::equality::ignoring_case),
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
                    Attribute::string("ID that the service assigned to the object.")
                        .computed()
                        .keep_state(),
                );
            }
            Key::Singleton => {
                insert("agent_id", agent_id_attribute(self.title));
            }
        }
    }

    /// Returns the default of the `plane` attribute for descriptions.
    pub(super) fn plane_default(&self) -> &'static str {
        match self.places.first().map(|place| place.plane) {
            Some(Plane::DataPlane) => "`data_plane`",
            _ => "the `plane` of the provider",
        }
    }

    pub(super) fn plane_attribute(&self) -> Attribute {
        let default = self.plane_default();
        Attribute::string(format!(
            "Plane that holds {}. Possible values are `arm` and `data_plane`. Defaults to \
             {default}. Changing this moves the object to the other plane without replacing it.",
            the(self.title)
        ))
        .optional_computed()
        .keep_state()
        .validator(Validator::one_of(&["arm", "data_plane"], false))
    }

    fn timeouts_attribute(&self) -> Attribute {
        let one = |operation: &str, default: std::time::Duration| {
            Attribute::string(format!(
                "Time limit for {operation}, such as `90s` or `1h30m`. Defaults to {} minutes.",
                default.as_secs() / 60
            ))
            .validator(Validator::text(
                "Must be a duration such as `90s` or `1h30m`.",
                |text| document::parse_duration(text).map(|_| ()),
            ))
        };
        let nested = tfplugin::schema::attributes([
            ("create", one("creating the object", self.timeouts.create)),
            ("read", one("reading the object", self.timeouts.read)),
            ("update", one("updating the object", self.timeouts.update)),
            ("delete", one("deleting the object", self.timeouts.delete)),
        ]);
        Attribute::nested(
            Nesting::Single,
            nested,
            "Time limits for operations, including the time that the provider waits for the \
             service.",
        )
    }
}

fn additional_attributes(attributes: &mut Attributes) {
    attributes.insert(
        "additional_properties".to_owned(),
        Attribute::new(
            Type::Dynamic,
            "Object with properties that the provider has no argument for. The provider merges \
             them unchanged into the body that it sends, and rejects properties that have an \
             argument. It reads back only the properties that you set here. If you remove a \
             property here, the provider removes it from the object.",
        ),
    );
    attributes.insert(
        "additional_properties_wo".to_owned(),
        Attribute::new(
            Type::Dynamic,
            "Object with secret properties that the provider has no argument for. The provider \
             sends them with every create and update, and never stores them. If you remove a \
             property here, it stays on the object.",
        )
        .write_only(),
    );
    attributes.insert(
        "additional_properties_wo_version".to_owned(),
        Attribute::number(
            "Version of `additional_properties_wo`, as any whole number. Required if you set \
             `additional_properties_wo`. Change it to send the properties again.",
        ),
    );
}

fn agent_id_attribute(title: &str) -> Attribute {
    agent_id(format!(
        "ARM ID of the agent that {} belongs to.",
        the(title)
    ))
    .requires_replace()
}

/// Returns a required attribute for the id of an agent.
pub(crate) fn agent_id(about: impl Into<String>) -> Attribute {
    Attribute::string(about)
        .required()
        .semantic_equality(super::equality::ignoring_case)
        .validator(
            Validator::text("Must be the ARM ID of an agent.", |text| {
                azure::id::AgentId::parse(text)
                    .map(|_| ())
                    .map_err(sentence)
            })
            .of_reference(),
        )
}

/// Returns the check for names of resource groups. It is written by hand, because a regular expression for
/// letters of any script compiles slowly, and schemas are built often.
fn group_validator() -> Validator {
    const FORM: &str = "at most 90 letters, digits and `-_.()`, not ending with a period";
    Validator::text(format!("Must be {FORM}."), |text| {
        let fits = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
        let length = text.chars().count();
        match (1..=90).contains(&length) && text.chars().all(fits) && !text.ends_with('.') {
            true => Ok(()),
            false => Err(format!("The name of a resource group must be {FORM}.")),
        }
    })
}

fn sentence(error: azure::id::IdError) -> String {
    format!("{error}.")
}

/// Returns the check for names, which become path segments. Invalid segments must fail before a request.
fn segment_validator() -> Validator {
    Validator::text(SEGMENT, |text| {
        if text.chars().any(char::is_control) {
            return Err("A name must not contain control characters.".to_owned());
        }
        azure::id::encode_segment(text)
            .map(|_| ())
            .map_err(sentence)
    })
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

/// Adds the stored attribute, the write-only attribute, and the version that signals a change of the latter.
fn add_secret(field: &Field, of: SchemaOf, attributes: &mut Attributes) {
    let name = field.name;
    let about = described(field, of);
    let stored = Field {
        presence: Presence::Absent {
            empty: Vec::new(),
            reset: super::Reset::Omit,
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
    // configurations keep sensitive values out of plain text, but do not know write-only attributes.
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

fn the(title: &str) -> String {
    format!("the {title}")
}
