//! The attributes of a kind and their places in its document.

mod declare;

use serde_json::Value as Json;
use tfplugin::Value;
use tfplugin::schema::{SemanticEquality, Validator};

use super::{KnownIn, Node, Pointer};

/// An attribute and its place in the document.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name of the attribute.
    pub name: &'static str,
    /// What it is, as Markdown sentences.
    pub about: &'static str,
    /// What setting it does, and leaving it out, as Markdown sentences: data sources go without.
    pub when_set: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Where it is in the document.
    pub bind: Bind,
    /// Who sets it, and what absence means.
    pub presence: Presence,
    /// Checks of configured values.
    pub validators: Vec<Validator>,
    /// What counts as the same value.
    pub semantic_equality: Option<SemanticEquality>,
    /// A change needs a new object.
    pub replace: bool,
    /// The host redacts it.
    pub sensitive: bool,
    /// Reading may not show it, so that an object which was imported may be without though it is required.
    pub unread: bool,
    /// What a null in a document means, if not that there is none or the default.
    pub null_means: Option<Json>,
    /// Attributes beside it whose change may change what the service set.
    pub follows: &'static [&'static str],
    /// What every change that succeeds leaves the service's own value at.
    pub settles_at: Option<&'static str>,
    /// Whether builds of the service take it and do not keep it. What cannot be read is then as it
    /// was, and whoever sets it is warned.
    pub dropped: Dropped,
    /// Text in which line ends, and line breaks at its end, say nothing.
    pub prose: bool,
    /// Such text in which line breaks at the end say something after all: code.
    pub code: bool,
    /// Texts that the document spells otherwise: in configuration and state, and in the document.
    pub renamed_values: &'static [(&'static str, &'static str)],
    /// Texts that the service is known to take, in its spelling.
    pub known_values: &'static [&'static str],
    /// The api-versions that know it.
    pub known_in: KnownIn,
    /// What to do instead of setting it.
    pub deprecated: Option<&'static str>,
    /// The attributes that tell the objects of a list apart; without them, what is in them does.
    pub element_key: &'static [&'static str],
    /// The kind of the objects whose names are in it.
    pub names: Option<&'static str>,
    /// Attributes beside it without one of whose values, in whatever case, it says nothing.
    pub only_where: &'static [(&'static str, &'static [&'static str])],
    /// Words of the declaration that say nothing beside the others, which a test finds.
    pub unused: Vec<&'static str>,
}

/// How a service that takes a value and does not keep it shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It keeps it.
    Never,
    /// Builds that drop it do not show it; those that know it show null when there is none.
    Missing,
    /// Builds that drop it do not show it, or as null.
    MissingOrNull,
}

/// What a field holds, and its form in JSON.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Text.
    String,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A list of texts, in order.
    StringList,
    /// Texts without order: a JSON array.
    StringSet,
    /// Texts without order: the keys of a JSON object whose values are the service's business.
    ObjectKeys,
    /// Texts by key. Keys with the prefix belong to somebody else and are left alone.
    StringMap {
        /// The prefix of keys to ignore, unless they are configured.
        foreign_prefix: Option<&'static str>,
    },
    /// Any JSON, as a value of dynamic type.
    Json,
    /// Any JSON object, of which only the members that were configured are read back: others may
    /// be secret.
    PartialJson,
    /// An object with fields of its own. Pointers of its fields start at it.
    Object(Vec<Node>),
    /// A list of such objects.
    Objects(Vec<Node>),
}

/// Where a field is. Pointers start at the enclosing object.
#[derive(Clone, Debug)]
pub enum Bind {
    /// At these JSON pointers: written to all, read from the first.
    At(Vec<Pointer>),
    /// Read at a pointer, and changed by a POST below the object's path: the action for a value.
    Action {
        /// The JSON pointer.
        at: Pointer,
        /// Pairs of a value and the action that brings it about.
        actions: &'static [(&'static str, &'static str)],
        /// The one that comes before the document is written, and not after.
        first: Option<&'static str>,
    },
    /// Nowhere: it is the provider's own.
    Local,
}

/// Who sets a field, and what its absence means.
#[derive(Clone, Debug)]
pub enum Presence {
    /// The user must.
    Required,
    /// The user may; null means that the service has none.
    Absent {
        /// Values with which the service says so, besides null and a missing member.
        empty: Vec<Json>,
        /// How to take a value away.
        reset: Reset,
    },
    /// The user may; otherwise it is this.
    Default(Json),
    /// The user may; otherwise the service chooses, and its choice stays.
    ServerChosen,
    /// The service does.
    Computed {
        /// Whether an update leaves it as it is.
        stable: bool,
    },
    /// A secret in three attributes: stored, write-only, and the version of the latter. It is
    /// never read back.
    Secret,
}

/// How a value is taken away from a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reset {
    /// By leaving it out of the document that replaces the old one.
    Omit,
    /// By sending this.
    Literal(Json),
}

impl Field {
    /// A text of a document as configuration and state spell it.
    pub fn ours(&self, text: &str) -> Option<&'static str> {
        let mut renamed_values = self.renamed_values.iter();
        let found = renamed_values.find(|(_, theirs)| theirs.eq_ignore_ascii_case(text));
        found.map(|(ours, _)| *ours)
    }

    /// A text of configuration or state as the document spells it.
    pub fn theirs(&self, text: &str) -> Option<&'static str> {
        let mut renamed_values = self.renamed_values.iter();
        let found = renamed_values.find(|(ours, _)| ours.eq_ignore_ascii_case(text));
        found.map(|(_, theirs)| *theirs).or_else(|| {
            let mut known = self.known_values.iter().copied();
            known.find(|known| known.eq_ignore_ascii_case(text))
        })
    }

    /// Whether two values of it mean the same.
    pub fn is_equivalent(&self, one: &Value, other: &Value) -> bool {
        one == other
            || self
                .semantic_equality
                .is_some_and(|same| tfplugin::plan::is_equivalent(same, one, other))
    }

    /// For each object of a list of this field, the one of another list that it goes on from.
    pub fn predecessors<'a>(&self, new: &[Value], old: &'a [Value]) -> Vec<Option<&'a Value>> {
        let alike = |name: &str, one: &Value, other: &Value| {
            let part = self.key_parts().find(|part| part.name == name);
            part.is_some_and(|part| part.is_equivalent(one, other))
        };
        tfplugin::plan::predecessors(self.element_key, alike, new, old)
    }

    /// The fields that tell the objects of a list apart.
    pub fn key_parts(&self) -> impl Iterator<Item = &Self> {
        let nodes = match &self.shape {
            Shape::Objects(nodes) => nodes.as_slice(),
            _ => &[],
        };
        nodes.iter().filter_map(|node| match node {
            Node::Field(part) if self.element_key.contains(&part.name) => Some(part.as_ref()),
            _ => None,
        })
    }

    /// Whether a service that shows this may have taken the value and not kept it.
    pub fn is_dropped(&self, found: Option<&Json>) -> bool {
        match self.dropped {
            Dropped::Never => false,
            Dropped::Missing => found.is_none(),
            Dropped::MissingOrNull => found.is_none_or(Json::is_null),
        }
    }

    /// The pointers that are written; none for what is not in the document.
    pub fn pointers(&self) -> &[Pointer] {
        match &self.bind {
            Bind::At(pointers) => pointers,
            Bind::Action { .. } | Bind::Local => &[],
        }
    }

    /// The pointer that is read.
    pub fn read_pointer(&self) -> Option<&str> {
        match &self.bind {
            Bind::At(pointers) => pointers.first().map(AsRef::as_ref),
            Bind::Action { at, .. } => Some(at),
            Bind::Local => None,
        }
    }
}
