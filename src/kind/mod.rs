//! Kinds of objects, and the vocabulary with which `resources` declares them.
//!
//! A [`Kind`] is data. Its schema, validation, plan, document, state, identity, import, data source
//! and registry page all follow from it. A new kind needs one file and one line.

mod address;
mod alternate;
mod around;
pub mod equality;
mod field;
mod logged;
mod node;
mod place;
#[cfg(test)]
mod problems;
mod store;
mod versions;
pub mod walk;

use std::sync::OnceLock;
use std::time::Duration;

pub use address::{Address, AddressError, ObjectIdError, SINGLETON};
pub use alternate::{Alternate, Beside};
pub use around::{ByProduct, Companion, Prerequisite, Serial, Upload, Wait, Wanted};
pub use field::{Bind, Dropped, Field, Presence, Reset, SECRET_SUFFIX, Shape, VERSION_SUFFIX};
pub use node::{Node, OneOf, Pointer, Variant, below};
pub use place::{ENVELOPE, Envelope, EnvelopeError, Place, Plane, Spelling, Types, UnknownPlane};
pub use store::{Key, Name, StoreKind, Whose};
use tfplugin::{Diagnostics, Schema, Value};
pub use versions::{KnownIn, RELEASED};

/// A kind of object.
#[derive(Debug)]
pub struct Kind {
    /// The name of the resource type without its prefix, such as `skill` for `azuresre_skill`.
    pub name: &'static str,
    /// The name for users, such as `skill`.
    pub title: &'static str,
    /// The description of an object, as Markdown sentences. The first one begins with an article,
    /// because it continues after a verb, as in "Manages a skill."
    pub about: &'static str,
    /// Paragraphs for the page of the kind, about roles, limits, and the effect of a destroy.
    pub notes: Vec<&'static str>,
    /// The path segment of the kind in ids, after the id of the agent.
    pub segment: &'static str,
    /// The other spellings of the segment that an import accepts.
    pub aliases: &'static [&'static str],
    /// The places of the objects, the preferred one first.
    pub places: Vec<Place>,
    /// How the objects are stored and identified.
    pub store: StoreKind,
    /// The member of the document that repeats the name, as a JSON pointer.
    pub name_at: Option<&'static str>,
    /// The members of the document that some builds of the service represent differently.
    pub alternates: &'static [Alternate],
    /// The attributes, except those that follow from the key.
    pub nodes: Vec<Node>,
    /// The members that the service sets, as JSON pointers, besides those of computed fields. They
    /// are never written back.
    pub read_only: &'static [&'static str],
    /// The object in the document that `additional_properties` are merged into, as a JSON pointer.
    /// `None` for documents without additional members.
    pub additional_at: Option<&'static str>,
    /// The checks across attributes. They also run for configurations with unknown values.
    pub checks: Vec<Check>,
    /// The checks of a planned change. An object that is only read need not pass them.
    pub plan_checks: Vec<PlanCheck>,
    /// The default time limits of operations.
    pub timeouts: Timeouts,
    /// The writes that are serialized per agent, and not only per object.
    pub serial: Serial,
    /// The work that the service continues after a write, and that users can wait for.
    pub waits: Vec<Wait>,
    /// The state of the agent that the service requires before it accepts an object.
    pub prerequisite: Option<Prerequisite>,
    /// The second document that belongs to an object.
    pub companion: Option<Companion>,
    /// The objects that the service creates by itself together with an object.
    pub by_product: Option<ByProduct>,
    /// Whether the service can search the list of objects.
    pub searchable: bool,
    /// The list in the document, as a JSON pointer, that names other objects of the kind. The
    /// service refuses names of objects that do not exist yet.
    pub siblings: Option<&'static str>,
    /// The schema of the resource, which [`Kind::resource_schema`] builds on first use.
    pub shape: OnceLock<Schema>,
}

/// A check across the attributes of a configuration.
pub type Check = fn(&Value, &mut Diagnostics);

/// A check of a configuration against the state, which is null for a new object.
pub type PlanCheck = fn(config: &Value, prior: &Value, diagnostics: &mut Diagnostics);

/// The default time limits of the operations of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The time limit for a creation, including all waiting.
    pub create: Duration,
    /// The time limit for a read.
    pub read: Duration,
    /// The time limit for an update.
    pub update: Duration,
    /// The time limit for a deletion, including the proof of absence.
    pub delete: Duration,
}

impl Timeouts {
    /// Creates time limits from minutes.
    pub const fn minutes(create: u64, read: u64, update: u64, delete: u64) -> Self {
        const fn minutes(n: u64) -> Duration {
            Duration::from_secs(n * 60)
        }
        Self {
            create: minutes(create),
            read: minutes(read),
            update: minutes(update),
            delete: minutes(delete),
        }
    }

    /// The time limits for most children of an agent.
    pub const CHILD: Self = Self::minutes(10, 5, 10, 10);
}

impl Kind {
    /// Returns the properties that most children of an agent share. A declaration starts from them
    /// and overrides what differs.
    pub const fn child() -> Self {
        Self {
            name: "",
            title: "",
            about: "",
            notes: Vec::new(),
            segment: "",
            aliases: &[],
            places: Vec::new(),
            store: StoreKind::Named(Name {
                about: "",
                validators: Vec::new(),
            }),
            name_at: None,
            alternates: &[],
            nodes: Vec::new(),
            read_only: &[],
            additional_at: Some(""),
            checks: Vec::new(),
            plan_checks: Vec::new(),
            timeouts: Timeouts::CHILD,
            serial: Serial::Never,
            waits: Vec::new(),
            prerequisite: None,
            companion: None,
            by_product: None,
            searchable: false,
            siblings: None,
            shape: OnceLock::new(),
        }
    }

    /// Returns the full name of the resource type.
    pub fn type_name(&self) -> String {
        format!("azuresre_{}", self.name)
    }

    /// Returns the place on a plane.
    pub fn place(&self, plane: Plane) -> Option<&Place> {
        self.places.iter().find(|place| place.plane == plane)
    }

    /// Returns how an object is identified.
    pub const fn key(&self) -> Key {
        self.store.key()
    }

    /// Returns how content that is not a document is uploaded.
    pub const fn upload(&self) -> Option<&Upload> {
        self.store.upload()
    }

    /// Returns whether there is a collection to list.
    pub const fn is_listed(&self) -> bool {
        !self.is_permanent() && !matches!(self.store, StoreKind::Archive(..))
    }

    /// Returns whether objects exist before Terraform manages them and after it stops.
    pub const fn is_permanent(&self) -> bool {
        matches!(
            self.store,
            StoreKind::Singleton { .. } | StoreKind::Switch(_)
        )
    }

    /// Returns whether the user can choose between two planes.
    pub fn is_dual(&self) -> bool {
        self.places.len() > 1
    }

    /// Returns the plane of an object for its configuration and the preference of the provider
    /// block.
    pub fn default_plane(&self, config: &Value, preferred: Plane) -> Plane {
        let mut chosen = self
            .chosen(config)
            .map(|variant| variant.default_of("plane"));
        let special = chosen.find_map(|plane| plane?.parse().ok());
        // The first place is the preferred one. If it is on the data plane, the user must ask for
        // ARM.
        let home = self.places.first().map(|place| place.plane);
        let home = home.filter(|plane| *plane == Plane::DataPlane);
        self.place(special.or(home).unwrap_or(preferred))
            .or(self.places.first())
            .map_or(preferred, |place| place.plane)
    }

    /// Returns the variants that a configuration sets.
    pub fn chosen(&self, config: &Value) -> impl Iterator<Item = &Variant> {
        walk::choices(&self.nodes)
            .flat_map(|choice| &choice.variants)
            .filter(|variant| !config.get(variant.name).is_null())
    }
}
