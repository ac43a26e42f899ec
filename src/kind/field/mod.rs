//! The attributes of a kind, and their places in the document.

mod declare;

use serde_json::Value as Json;
use tfplugin::Value;
use tfplugin::schema::{SemanticEquality, Validator};

use super::{KnownIn, Node, Pointer};

/// The suffix of the write-only attribute of a secret.
pub const SECRET_SUFFIX: &str = "_wo";

/// The suffix of the version attribute of a write-only secret.
pub const VERSION_SUFFIX: &str = "_wo_version";

/// An attribute and its place in the document.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name of the attribute.
    pub name: &'static str,
    /// The description of the attribute, as Markdown sentences.
    pub about: &'static str,
    /// The effect of setting and omitting the attribute, as Markdown sentences. Data sources leave
    /// them out.
    pub when_set: &'static str,
    /// The type of the value.
    pub shape: Shape,
    /// The place in the document.
    pub bind: Bind,
    /// Who sets the attribute, and what its absence means.
    pub presence: Presence,
    /// The checks of configured values.
    pub validators: Vec<Validator>,
    /// The function that compares two values, if they can differ and mean the same.
    pub semantic_equality: Option<SemanticEquality>,
    /// Whether a change replaces the object.
    pub replace: bool,
    /// Whether the host redacts the value.
    pub sensitive: bool,
    /// Whether reads may not show the value. A required attribute can then be missing after an
    /// import.
    pub unread: bool,
    /// The meaning of a null in a document, if it is neither absence nor the default.
    pub null_means: Option<Json>,
    /// The sibling attributes whose changes may change the value that the service set.
    pub follows: &'static [&'static str],
    /// The value of the service that every successful change leads to.
    pub settles_at: Option<&'static str>,
    /// Whether some builds of the service accept the value without storing it. The state then
    /// keeps the last value, and the user gets a warning.
    pub dropped: Dropped,
    /// Whether line endings and trailing line breaks are insignificant in the text.
    pub prose: bool,
    /// Whether the text is code, in which they are significant for changes.
    pub code: bool,
    /// The strings whose spelling differs between configuration and document, as pairs in this
    /// order.
    pub renamed_values: &'static [(&'static str, &'static str)],
    /// The strings that the service is known to accept, in its spelling.
    pub known_values: &'static [&'static str],
    /// The api-versions that support the attribute.
    pub known_in: KnownIn,
    /// The advice for users of a deprecated attribute.
    pub deprecated: Option<&'static str>,
    /// The attributes that identify the objects of a list. Without them, objects are matched by
    /// content.
    pub element_key: &'static [&'static str],
    /// The kind of the objects whose names the attribute contains.
    pub names: Option<&'static str>,
    /// The sibling attributes, each with the values of which it needs one for this attribute to
    /// have an effect. Values are compared without case.
    pub only_where: &'static [(&'static str, &'static [&'static str])],
    /// The builder methods that have no effect in this declaration. A test reports them.
    pub unused: Vec<&'static str>,
}

/// How builds of the service respond that accept a value without storing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// All builds store the value.
    Never,
    /// Builds that drop the value omit it. Other builds return null if there is none.
    Missing,
    /// Builds that drop the value omit it or return null.
    MissingOrNull,
}

/// The type of a field, and its form in JSON.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A string.
    String,
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// A list of strings.
    StringList,
    /// A set of strings, represented by a JSON array.
    StringSet,
    /// A set of strings, represented by the keys of a JSON object. The service owns the values of
    /// the object.
    ObjectKeys,
    /// A map of strings. The provider ignores keys with the prefix, which belong to others.
    StringMap {
        /// The prefix of keys to ignore unless they are configured.
        foreign_prefix: Option<&'static str>,
    },
    /// Any JSON value, as a dynamic value.
    Json,
    /// Any JSON object. Only the configured members are read back, because others may be secret.
    PartialJson,
    /// An object with its own fields. Their pointers are relative to the object.
    Object(Vec<Node>),
    /// A list of such objects.
    Objects(Vec<Node>),
}

/// The place of a field. Pointers are relative to the enclosing object.
#[derive(Clone, Debug)]
pub enum Bind {
    /// The field is written to all of these JSON pointers, and read from the first.
    At(Vec<Pointer>),
    /// The field is read at a pointer, and changed by a POST to an action below the path of the
    /// object.
    Action {
        /// The JSON pointer.
        at: Pointer,
        /// The values with the actions that set them.
        actions: &'static [(&'static str, &'static str)],
        /// The action that runs before the document is written. The others run after that.
        first: Option<&'static str>,
    },
    /// The field is local to the provider and not in the document.
    Local,
}

/// Who sets a field, and what its absence means.
#[derive(Clone, Debug)]
pub enum Presence {
    /// The user must set the field.
    Required,
    /// The user may set the field. Null means that the service has no value.
    Absent {
        /// The values with which the service represents absence, besides null and a missing
        /// member.
        empty: Vec<Json>,
        /// How to remove a value.
        reset: Reset,
    },
    /// The user may set the field. This is the default.
    Default(Json),
    /// The user may set the field. Otherwise, the service chooses a value, which is kept.
    ServerChosen,
    /// The service sets the field.
    Computed {
        /// Whether updates keep the value.
        stable: bool,
    },
    /// A secret with three attributes: the stored value, the write-only value, and the version of
    /// the latter. It is never read back.
    Secret,
}

/// How a value is removed from a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The member is omitted from the document that replaces the old one.
    Omit,
    /// This value is sent.
    Literal(Json),
}

impl Field {
    /// Returns the spelling of a document's string in configuration and state, if it is renamed.
    pub fn ours(&self, text: &str) -> Option<&'static str> {
        let mut renamed_values = self.renamed_values.iter();
        let found = renamed_values.find(|(_, theirs)| theirs.eq_ignore_ascii_case(text));
        found.map(|(ours, _)| *ours)
    }

    /// Returns the spelling of a configured string in the document, if it is renamed or known.
    pub fn theirs(&self, text: &str) -> Option<&'static str> {
        let mut renamed_values = self.renamed_values.iter();
        let found = renamed_values.find(|(ours, _)| ours.eq_ignore_ascii_case(text));
        found.map(|(_, theirs)| *theirs).or_else(|| {
            let mut known = self.known_values.iter().copied();
            known.find(|known| known.eq_ignore_ascii_case(text))
        })
    }

    /// Returns whether two values of the field mean the same.
    pub fn is_equivalent(&self, one: &Value, other: &Value) -> bool {
        one == other
            || self
                .semantic_equality
                .is_some_and(|same| tfplugin::plan::is_equivalent(same, one, other))
    }

    /// Returns, for each object of a new list, its predecessor in the old list.
    pub fn predecessors<'a>(&self, new: &[Value], old: &'a [Value]) -> Vec<Option<&'a Value>> {
        let alike = |name: &str, one: &Value, other: &Value| {
            let part = self.key_parts().find(|part| part.name == name);
            part.is_some_and(|part| part.is_equivalent(one, other))
        };
        tfplugin::plan::predecessors(self.element_key, alike, new, old)
    }

    /// Returns the fields that identify the objects of a list.
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

    /// Returns whether this response means that the service may have dropped the value.
    pub fn is_dropped(&self, found: Option<&Json>) -> bool {
        match self.dropped {
            Dropped::Never => false,
            Dropped::Missing => found.is_none(),
            Dropped::MissingOrNull => found.is_none_or(Json::is_null),
        }
    }

    /// Returns the pointers where the value is written. There are none for fields that are not in
    /// the document.
    pub fn pointers(&self) -> &[Pointer] {
        match &self.bind {
            Bind::At(pointers) => pointers,
            Bind::Action { .. } | Bind::Local => &[],
        }
    }

    /// Returns the pointer where the value is read.
    pub fn read_pointer(&self) -> Option<&str> {
        match &self.bind {
            Bind::At(pointers) => pointers.first().map(AsRef::as_ref),
            Bind::Action { at, .. } => Some(at),
            Bind::Local => None,
        }
    }
}
