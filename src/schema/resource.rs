//! The schema and the identity of a resource.

use tfplugin::schema::{IdentityAttribute, IdentitySchema, Validator};
use tfplugin::{Attribute, Attributes, Nesting, Schema, Type};

use super::attributes::{SchemaOf, add_nodes};
use crate::document;
use crate::kind::{Key, Kind, Name, Plane, equality};

/// The rule for the names of agents.
const AGENT_NAME: &str = "Must be 2 to 32 letters, digits and hyphens, begin with a letter, and \
                          not end with a hyphen.";

/// The rule for all other names.
const SEGMENT: &str = "Must not be `.` or `..`, and must not contain control characters.";

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
        let title = format!("the {}", self.title);
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
                        .semantic_equality(equality::ignoring_case)
                        .validator(name),
                );
                insert(
                    "resource_group_name",
                    Attribute::string("Name of the resource group that contains the agent.")
                        .required()
                        .requires_replace()
                        .semantic_equality(equality::ignoring_case)
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
                    .semantic_equality(equality::ignoring_case)
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
                        Some(_) => name.semantic_equality(equality::ignoring_case),
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
        let (title, default) = (self.title, self.plane_default());
        Attribute::string(format!(
            "Plane that holds the {title}. Possible values are `arm` and `data_plane`. Defaults to \
             {default}. Changing this moves the object to the other plane without replacing it."
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
                |text| document::parse_duration(text).map(drop),
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
    agent_id(format!("ARM ID of the agent that the {title} belongs to.")).requires_replace()
}

/// Returns a required attribute for the id of an agent.
pub(crate) fn agent_id(about: impl Into<String>) -> Attribute {
    Attribute::string(about)
        .required()
        .semantic_equality(equality::ignoring_case)
        .validator(
            Validator::text("Must be the ARM ID of an agent.", |text| {
                azure::id::AgentId::parse(text)
                    .map(|_| ())
                    .map_err(sentence)
            })
            .of_reference(),
        )
}

/// Returns the check for names of resource groups. It is written by hand, because a regular
/// expression for letters of any script compiles slowly, and schemas are built often.
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

/// Returns the check for names, which become path segments. Invalid segments must fail before a
/// request.
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
