//! The schemas of the data sources of a kind.

use tfplugin::{Attribute, Attributes, Nesting, Schema, Type};

use super::attributes::{SchemaOf, add_nodes};
use crate::kind::{
    Bind, Field, Key, Kind, Node, OneOf, SECRET_SUFFIX, Shape, VERSION_SUFFIX, Variant,
};

/// The attribute of a list data source that holds the objects.
pub const ITEMS: &str = "items";

/// The attribute of a list data source that filters it, if the service can search.
pub const SEARCH: &str = "search";

impl Kind {
    /// Returns the schema of the data source. The key is an argument, and everything else is read.
    pub fn data_source_schema(&self) -> Schema {
        let keys = self.keys();
        let mut attributes = self.observed();
        for name in self.lookup_attributes() {
            if let Some(attribute) = keys.get(*name) {
                attributes.insert(
                    (*name).to_owned(),
                    given(attribute, *name != "subscription_id"),
                );
            }
        }
        if self.key() == Key::ServerId {
            for (name, about) in [
                (
                    "name",
                    "Name of the object. If several objects have the same name, set `object_id` \
                     instead.",
                ),
                ("object_id", "ID that the service assigned to the object."),
            ] {
                attributes.insert(
                    name.to_owned(),
                    Attribute::string(about).optional_computed(),
                );
            }
        }
        self.choose_plane(&mut attributes);
        Schema {
            attributes,
            description: self.sentence("Reads"),
            ..Schema::default()
        }
    }

    /// Returns the attributes by which a data source finds its object.
    pub fn lookup_attributes(&self) -> &'static [&'static str] {
        match self.key() {
            // The object can be found by its name or its id, so neither is required.
            Key::ServerId => &["agent_id"],
            key => key.attributes(),
        }
    }

    /// Returns the type name of the list data source.
    pub fn list_name(&self) -> String {
        format!("{}s", self.type_name())
    }

    /// Returns the schema of the list data source, or `None` for kinds without a collection.
    pub fn list_schema(&self) -> Option<Schema> {
        if !self.is_listed() {
            return None;
        }
        let keys = self.keys();
        let mut attributes = Attributes::new();
        let whose: &[&str] = match self.key() {
            Key::Agent => &["resource_group_name", "subscription_id"],
            _ => &["agent_id"],
        };
        for name in whose {
            if let Some(attribute) = keys.get(*name) {
                attributes.insert((*name).to_owned(), given(attribute, *name == "agent_id"));
            }
        }
        if self.key() == Key::Agent {
            let about = "Name of the resource group to list. Defaults to all resource groups of \
                         the subscription.";
            attributes.insert("resource_group_name".to_owned(), Attribute::string(about));
        }
        self.choose_plane(&mut attributes);
        if self.searchable {
            let about = "Text that the objects must contain. The service does the search.";
            attributes.insert(SEARCH.to_owned(), Attribute::string(about));
        }
        let mut item = self.observed();
        item.remove("agent_id");
        item.remove("plane");
        if let Some(companion) = &self.companion {
            item.remove(companion.attribute);
        }
        let item = without_dynamic(&item);
        let items = Attribute::nested(
            Nesting::List,
            item,
            "List of the objects, sorted by name or ID.",
        );
        attributes.insert(ITEMS.to_owned(), items.computed());
        Some(Schema {
            attributes,
            description: format!("Lists every {} of {}.", self.title, self.listed_of()),
            ..Schema::default()
        })
    }

    fn listed_of(&self) -> &'static str {
        match self.key() {
            Key::Agent => "a resource group or subscription",
            _ => "an agent",
        }
    }

    fn keys(&self) -> Attributes {
        let mut attributes = Attributes::new();
        self.key_attributes(&mut attributes);
        attributes
    }

    /// Returns the attributes that a read provides: the key and the members, without local
    /// arguments.
    fn observed(&self) -> Attributes {
        let mut attributes = self.keys();
        add_nodes(
            &observable(&self.nodes),
            SchemaOf::DataSource,
            &mut attributes,
        );
        computed_attributes(&attributes)
    }

    fn choose_plane(&self, attributes: &mut Attributes) {
        if self.is_dual() {
            let about = format!(
                "Plane to read from. Possible values are `arm` and `data_plane`. Defaults to {}.",
                self.plane_default()
            );
            attributes.insert("plane".to_owned(), self.plane_attribute().described(about));
        }
    }
}

/// Returns an argument that identifies the object.
fn given(attribute: &Attribute, required: bool) -> Attribute {
    let mut given = Attribute::string(attribute.description());
    for validator in attribute.validators() {
        given = given.validator(validator.clone());
    }
    match required {
        true => given.required(),
        false => given.optional_computed(),
    }
}

fn observable(nodes: &[Node]) -> Vec<Node> {
    let shown = nodes.iter().filter_map(|node| match node {
        Node::Field(field) if matches!(field.bind, Bind::Local) => None,
        Node::Field(field) => {
            let shape = match &field.shape {
                Shape::Object(inner) => Shape::Object(observable(inner)),
                Shape::Objects(inner) => Shape::Objects(observable(inner)),
                other => other.clone(),
            };
            let field = Field::clone(field);
            Some(Node::from(Field { shape, ..field }))
        }
        Node::OneOf(one_of) => {
            let variants = one_of.variants.iter().map(|variant| Variant {
                nodes: observable(&variant.nodes),
                ..variant.clone()
            });
            Some(Node::from(OneOf {
                variants: variants.collect(),
                ..one_of.clone()
            }))
        }
    });
    shown.collect()
}

/// Converts the attributes of a resource to those of a data source: read-only and without secrets.
fn computed_attributes(attributes: &Attributes) -> Attributes {
    let secret = |name: &str| {
        name.ends_with(VERSION_SUFFIX)
            || name.ends_with(SECRET_SUFFIX)
            || attributes.contains_key(&format!("{name}{SECRET_SUFFIX}"))
    };
    let shown = attributes.iter().filter(|(name, _)| !secret(name));
    shown
        .map(|(name, attribute)| (name.clone(), as_computed(attribute)))
        .filter(|(_, attribute)| !is_empty_object(attribute))
        .collect()
}

/// Returns whether the attribute is an object without members, because all of them are secret.
fn is_empty_object(attribute: &Attribute) -> bool {
    use tfplugin::schema::Shape as Form;
    matches!(attribute.shape(), Form::Nested(_, members) if members.is_empty())
}

fn as_computed(attribute: &Attribute) -> Attribute {
    use tfplugin::schema::Shape as Form;
    let about = attribute.description();
    let computed = match attribute.shape() {
        Form::Plain(ty) => Attribute::new(ty.clone(), about),
        Form::Nested(nesting, nested) => {
            Attribute::nested(*nesting, computed_attributes(nested), about)
        }
    };
    let computed = if attribute.is_sensitive() {
        computed.sensitive()
    } else {
        computed
    };
    computed.computed()
}

/// Replaces dynamic attributes with JSON text, because the elements of a list must have the same
/// type.
fn without_dynamic(attributes: &Attributes) -> Attributes {
    use tfplugin::schema::Shape as Form;
    let texts = attributes.iter().map(|(name, attribute)| {
        let about = attribute.description();
        let text = match attribute.shape() {
            Form::Plain(Type::Dynamic) => Attribute::string(format!(
                "{about} This is JSON text; use `jsondecode` to read it."
            )),
            Form::Nested(nesting, nested) => {
                Attribute::nested(*nesting, without_dynamic(nested), about)
            }
            Form::Plain(_) => return (name.clone(), attribute.clone()),
        };
        let text = match attribute.is_sensitive() {
            true => text.sensitive(),
            false => text,
        };
        (name.clone(), text.computed())
    });
    texts.collect()
}
