//! What a kind of object is: the words in which `resources` declares one.
//!
//! A [`Kind`] is data. Its schema, validation, plan, document, state, identity, import, data
//! source and registry page all follow from it; adding a kind is one file and one line.

mod address;
mod alternate;
mod around;
pub mod equality;
mod field;
mod logged;
mod node;
mod observed;
mod place;
#[cfg(test)]
mod problems;
mod schema;
mod store;
mod versions;
pub mod walk;

use std::sync::OnceLock;
use std::time::Duration;

pub use address::{Address, AddressError, SINGLETON};
pub use alternate::{Alternate, Beside};
pub use around::{ByProduct, Companion, Prerequisite, Serial, Upload, Wait, Wanted};
pub use field::{Bind, Dropped, Field, Presence, Reset, Shape};
pub use node::{Node, OneOf, Pointer, Variant, below};
pub use observed::{ITEMS, SEARCH};
pub use place::{ENVELOPE, Envelope, Place, Plane, Spelling, Types};
pub use schema::{SECRET_SUFFIX, VERSION_SUFFIX};
pub(crate) use schema::{SchemaOf, add_nodes, agent_id};
pub use store::{Key, Name, StoreKind, Whose};
use tfplugin::{Diagnostics, Schema, Value};
pub use versions::{KnownIn, RELEASED};

/// One kind of object.
#[derive(Debug)]
pub struct Kind {
    /// The noun of the resource type, such as `skill` of `azuresre_skill`.
    pub name: &'static str,
    /// What a person calls it, such as `skill`.
    pub title: &'static str,
    /// What an object of it is: Markdown sentences, the first of which begins with an article and goes on
    /// after a verb, as in "Manages a skill."
    pub about: &'static str,
    /// Paragraphs for its page: roles, limits, what destroy does.
    pub notes: Vec<&'static str>,
    /// How the kind is called in ids: the path segment after the agent's.
    pub segment: &'static str,
    /// Other spellings of the segment that an import accepts.
    pub aliases: &'static [&'static str],
    /// Where its objects live, the preferred place first.
    pub places: Vec<Place>,
    /// What keeps them there, and how one is told from another.
    pub store: StoreKind,
    /// The member of the document that repeats the name, as a JSON pointer.
    pub name_at: Option<&'static str>,
    /// Members of the document that builds of the service show in another form.
    pub alternates: &'static [Alternate],
    /// Its attributes besides those that follow from the key.
    pub nodes: Vec<Node>,
    /// Members that the service sets, as JSON pointers, besides those of computed fields. They are
    /// never written back.
    pub read_only: &'static [&'static str],
    /// The object in the document that `additional_properties` merge into, as a JSON pointer; none
    /// for objects whose document takes no further members.
    pub additional_at: Option<&'static str>,
    /// Checks across attributes; they see configurations with unknown values.
    pub checks: Vec<Check>,
    /// Checks of what is about to be sent, which an object that is only read need not pass.
    pub plan_checks: Vec<PlanCheck>,
    /// How long operations may take.
    pub timeouts: Timeouts,
    /// Which writes are one at a time per agent, and not only per object.
    pub serial: Serial,
    /// What the service goes on doing after a write, and whoever wants to may wait for.
    pub waits: Vec<Wait>,
    /// What must have come about elsewhere before the service takes an object.
    pub prerequisite: Option<Prerequisite>,
    /// A second document that belongs to the object.
    pub companion: Option<Companion>,
    /// What the service makes by itself together with the object.
    pub by_product: Option<ByProduct>,
    /// The service narrows the list of objects by a text.
    pub searchable: bool,
    /// The list in the document, as a JSON pointer, of names of other objects of the kind. The
    /// service refuses names that do not exist yet.
    pub siblings: Option<&'static str>,
    /// The shape that follows from all this, from when it is first asked for:
    /// [`Kind::resource_schema`].
    pub shape: OnceLock<Schema>,
}

/// A check across attributes of a configuration.
pub type Check = fn(&Value, &mut Diagnostics);

/// A check of a configuration beside the state, which is null for a new object.
pub type PlanCheck = fn(config: &Value, prior: &Value, diagnostics: &mut Diagnostics);

/// How long operations of a kind may take unless the user says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Creation, with all waiting.
    pub create: Duration,
    /// A refresh.
    pub read: Duration,
    /// An update.
    pub update: Duration,
    /// Deletion, until the absence is proved.
    pub delete: Duration,
}

impl Timeouts {
    /// Timeouts in minutes.
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

    /// For most children of an agent.
    pub const CHILD: Self = Self::minutes(10, 5, 10, 10);
}

impl Kind {
    /// What most children of an agent have in common: a declaration begins with this, and says what
    /// is different.
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

    /// The full type name.
    pub fn type_name(&self) -> String {
        format!("azuresre_{}", self.name)
    }

    /// The place on a plane.
    pub fn place(&self, plane: Plane) -> Option<&Place> {
        self.places.iter().find(|place| place.plane == plane)
    }

    /// How one object is told from another.
    pub const fn key(&self) -> Key {
        self.store.key()
    }

    /// How content that is no document travels.
    pub const fn upload(&self) -> Option<&Upload> {
        self.store.upload()
    }

    /// Whether there is a collection to list.
    pub const fn is_listed(&self) -> bool {
        !self.is_permanent() && !matches!(self.store, StoreKind::Archive(..))
    }

    /// Whether objects are there before anybody manages them, and after.
    pub const fn is_permanent(&self) -> bool {
        matches!(
            self.store,
            StoreKind::Singleton { .. } | StoreKind::Switch(_)
        )
    }

    /// Whether the user chooses between two planes.
    pub fn is_dual(&self) -> bool {
        self.places.len() > 1
    }

    /// The plane that an object of this kind is on, given its configuration and what the provider
    /// block prefers.
    pub fn default_plane(&self, config: &Value, preferred: Plane) -> Plane {
        let mut chosen = self
            .chosen(config)
            .map(|variant| variant.default_of("plane"));
        let special = chosen.find_map(|plane| plane?.parse().ok());
        // The preferred place of a kind comes first; where that is the data plane, ARM is to be asked for.
        let home = self.places.first().map(|place| place.plane);
        let home = home.filter(|plane| *plane == Plane::DataPlane);
        self.place(special.or(home).unwrap_or(preferred))
            .or(self.places.first())
            .map_or(preferred, |place| place.plane)
    }

    /// The choices that a configuration makes.
    pub fn chosen(&self, config: &Value) -> impl Iterator<Item = &Variant> {
        walk::choices(&self.nodes)
            .flat_map(|choice| &choice.variants)
            .filter(|variant| !config.get(variant.name).is_null())
    }
}
