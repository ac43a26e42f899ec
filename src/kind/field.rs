//! The attributes of a kind and their places in its document.

use serde_json::Value as Json;
use tfplugin::Value;
use tfplugin::schema::{Finding, Same, Validator};

use super::{KnownIn, Node, same};

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
    pub same: Option<Same>,
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
    pub spelled: &'static [(&'static str, &'static str)],
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
    Strings,
    /// Texts without order: a JSON array.
    StringSet,
    /// Texts without order: the keys of a JSON object whose values are the service's business.
    KeySet,
    /// Texts by key. Keys with the prefix belong to somebody else and are left alone.
    StringMap {
        /// The prefix of keys to ignore, unless they are configured.
        foreign_prefix: Option<&'static str>,
    },
    /// Any JSON, as a value of dynamic type.
    Json,
    /// Any JSON object, of which only the members that were configured are read back: others may
    /// be secret.
    OwnJson,
    /// An object with fields of its own. Pointers of its fields start at it.
    Object(Vec<Node>),
    /// A list of such objects.
    Objects(Vec<Node>),
}

/// Where a field is. Pointers start at the enclosing object.
#[derive(Clone, Debug)]
pub enum Bind {
    /// At these JSON pointers: written to all, read from the first.
    At(Vec<&'static str>),
    /// Read at a pointer, and changed by a POST below the object's path: the action for a value.
    Action {
        /// The JSON pointer.
        at: &'static str,
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
    /// An optional field at the pointer `at`; null means that the service has none.
    pub fn new(name: &'static str, shape: Shape, at: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            when_set: "",
            shape,
            bind: Bind::At(vec![at]),
            presence: Presence::Absent {
                empty: Vec::new(),
                reset: Reset::Omit,
            },
            validators: Vec::new(),
            same: None,
            replace: false,
            sensitive: false,
            unread: false,
            null_means: None,
            follows: &[],
            settles_at: None,
            dropped: Dropped::Never,
            prose: false,
            code: false,
            spelled: &[],
            known_values: &[],
            known_in: KnownIn::All,
            deprecated: None,
            element_key: &[],
            names: None,
            only_where: &[],
            unused: Vec::new(),
        }
    }

    /// Text.
    pub fn string(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::String, at, about)
    }

    /// `true` or `false`.
    pub fn bool(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::Bool, at, about)
    }

    /// A number.
    pub fn number(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::Number, at, about)
    }

    /// Texts in order. Empty and absent mean the same, so the default is empty.
    pub fn strings(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::Strings, at, about).default(Json::Array(Vec::new()))
    }

    /// Texts without order. Empty and absent mean the same, so the default is empty.
    pub fn string_set(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::StringSet, at, about).default(Json::Array(Vec::new()))
    }

    /// An object.
    pub fn object(
        name: &'static str,
        at: &'static str,
        about: &'static str,
        nodes: Vec<Node>,
    ) -> Self {
        Self::new(name, Shape::Object(nodes), at, about)
    }

    /// A list of objects. Empty and absent mean the same, so the default is empty.
    pub fn objects(
        name: &'static str,
        at: &'static str,
        about: &'static str,
        nodes: Vec<Node>,
    ) -> Self {
        Self::new(name, Shape::Objects(nodes), at, about).default(Json::Array(Vec::new()))
    }

    /// A secret text.
    pub fn secret(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self {
            presence: Presence::Secret,
            sensitive: true,
            ..Self::string(name, at, about)
        }
    }

    /// Secret texts by key.
    pub fn secret_map(name: &'static str, at: &'static str, about: &'static str) -> Self {
        let shape = Shape::StringMap {
            foreign_prefix: None,
        };
        Self {
            presence: Presence::Secret,
            sensitive: true,
            ..Self::new(name, shape, at, about)
        }
    }

    /// What setting it does, and leaving it out: sentences that only those need who configure it. Where
    /// the service chooses a value, they take the place of the sentence that says so.
    #[must_use]
    pub fn when_set(self, sentences: &'static str) -> Self {
        Self {
            when_set: sentences,
            ..self
        }
    }

    /// The user must set it.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            presence: Presence::Required,
            ..self
        }
    }

    /// The user must set it, unless the object was imported and reading does not show it.
    #[must_use]
    pub fn required_unread(self) -> Self {
        Self {
            unread: true,
            ..self.required()
        }
    }

    /// The value where the user sets none.
    #[must_use]
    pub fn default(self, value: Json) -> Self {
        Self {
            presence: Presence::Default(value),
            ..self
        }
    }

    /// The service chooses where the user sets none.
    #[must_use]
    pub fn server_chosen(self) -> Self {
        Self {
            presence: Presence::ServerChosen,
            ..self
        }
    }

    /// The service sets it once.
    #[must_use]
    pub fn computed(self) -> Self {
        Self {
            presence: Presence::Computed { stable: true },
            ..self
        }
    }

    /// The service sets it, and any change may change it.
    #[must_use]
    pub fn volatile(self) -> Self {
        Self {
            presence: Presence::Computed { stable: false },
            ..self
        }
    }

    /// What a null in a document means, if not that there is none or the default.
    #[must_use]
    pub fn null_means(self, value: Json) -> Self {
        Self {
            null_means: Some(value),
            ..self
        }
    }

    /// Attributes beside it whose change may change what the service set here. No other change
    /// does.
    #[must_use]
    pub fn follows(self, attributes: &'static [&'static str]) -> Self {
        Self {
            follows: attributes,
            ..self
        }
    }

    /// What every change that succeeds leaves here: where it says so already, no change is to come.
    #[must_use]
    pub fn settles_at(self, value: &'static str) -> Self {
        Self {
            settles_at: Some(value),
            ..self
        }
    }

    /// Some builds of the service take it and do not keep it.
    #[must_use]
    pub fn may_be_dropped(self) -> Self {
        Self {
            dropped: Dropped::Missing,
            ..self
        }
    }

    /// The same, and builds that do not keep it may show it as null.
    #[must_use]
    pub fn may_be_dropped_to_null(self) -> Self {
        Self {
            dropped: Dropped::MissingOrNull,
            ..self
        }
    }

    /// Text in which line ends, and line breaks at its end, say nothing.
    #[must_use]
    pub fn prose(self) -> Self {
        Self {
            prose: true,
            ..self.same(same::prose)
        }
    }

    /// The api-versions that know it, if not all do.
    #[must_use]
    pub fn known_in(self, known_in: KnownIn) -> Self {
        Self { known_in, ..self }
    }

    /// What to do instead of setting it.
    #[must_use]
    pub fn deprecated(self, instead: &'static str) -> Self {
        Self {
            deprecated: Some(instead),
            ..self
        }
    }

    /// Texts that the document spells otherwise: in configuration and state, and in the document.
    #[must_use]
    pub fn spelled(self, spelled: &'static [(&'static str, &'static str)]) -> Self {
        Self { spelled, ..self }
    }

    /// A text of a document as configuration and state spell it.
    pub fn ours(&self, text: &str) -> Option<&'static str> {
        let mut spelled = self.spelled.iter();
        let found = spelled.find(|(_, theirs)| theirs.eq_ignore_ascii_case(text));
        found.map(|(ours, _)| *ours)
    }

    /// A text of configuration or state as the document spells it.
    pub fn theirs(&self, text: &str) -> Option<&'static str> {
        let mut spelled = self.spelled.iter();
        let found = spelled.find(|(ours, _)| ours.eq_ignore_ascii_case(text));
        found.map(|(_, theirs)| *theirs).or_else(|| {
            let mut known = self.known_values.iter().copied();
            known.find(|known| known.eq_ignore_ascii_case(text))
        })
    }

    /// Code: text in which line ends count, so that a change of them alone is sent. A service that shows
    /// other line ends than it was sent changes nothing by that.
    #[must_use]
    pub fn code(self) -> Self {
        let line_ends = Validator::new("Must have Unix line endings (LF).", |value| {
            let is_windows = value.as_str().is_some_and(|text| text.contains("\r\n"));
            match is_windows {
                true => Err(Finding::warning(
                    "The lines of this code end as on Windows (CRLF), which shells and interpreters on Linux \
                     take for part of the last word. Save the file with LF, such as by `eol=lf` in \
                     `.gitattributes`.",
                )),
                false => Ok(()),
            }
        });
        let check = match self.shape {
            Shape::StringMap { .. } => Validator::each(line_ends),
            _ => line_ends,
        };
        Self {
            prose: true,
            code: true,
            ..self.same(same::code).check(check)
        }
    }

    /// The kind of the objects whose names are in it. Names of others, such as those of the service's own, may be as
    /// well. A computed field names objects that the service makes with this one.
    #[must_use]
    pub fn naming(self, kind: &'static str) -> Self {
        Self {
            names: Some(kind),
            ..self
        }
    }

    /// Attributes beside it without one of whose values, in whatever case, it says nothing.
    #[must_use]
    pub fn only_where(
        self,
        only_where: &'static [(&'static str, &'static [&'static str])],
    ) -> Self {
        Self { only_where, ..self }
    }

    /// The attributes that tell the objects of a list apart.
    #[must_use]
    pub fn keyed_by(self, element_key: &'static [&'static str]) -> Self {
        Self {
            element_key,
            ..self
        }
    }

    /// A value with which the service says that there is none.
    #[must_use]
    pub fn empty_means_absent(mut self, empty: Json) -> Self {
        match &mut self.presence {
            Presence::Absent { empty: values, .. } => values.push(empty),
            _ => self.unused.push("empty_means_absent"),
        }
        self
    }

    /// How to take it away.
    #[must_use]
    pub fn reset(mut self, to: Json) -> Self {
        match &mut self.presence {
            Presence::Absent { reset, .. } => *reset = Reset::Literal(to),
            _ => self.unused.push("reset"),
        }
        self
    }

    /// A further place that is written as well.
    #[must_use]
    pub fn also_at(mut self, at: &'static str) -> Self {
        match &mut self.bind {
            Bind::At(pointers) => pointers.push(at),
            _ => self.unused.push("also_at"),
        }
        self
    }

    /// Changed by an action instead of in the document.
    #[must_use]
    pub fn by_action(mut self, actions: &'static [(&'static str, &'static str)]) -> Self {
        match &self.bind {
            Bind::At(pointers) => {
                let at = pointers.first().copied().unwrap_or_default();
                self.bind = Bind::Action {
                    at,
                    actions,
                    first: None,
                };
            }
            _ => self.unused.push("by_action"),
        }
        self
    }

    /// One of the actions comes before the document is written, since nothing else works until then.
    #[must_use]
    pub fn first(mut self, action: &'static str) -> Self {
        match &mut self.bind {
            Bind::Action { actions, first, .. }
                if actions.iter().any(|(_, known)| *known == action) =>
            {
                *first = Some(action);
            }
            _ => self.unused.push("first"),
        }
        self
    }

    /// The provider's own.
    #[must_use]
    pub fn local(self) -> Self {
        Self {
            bind: Bind::Local,
            ..self
        }
    }

    /// A change needs a new object.
    #[must_use]
    pub fn replace(self) -> Self {
        Self {
            replace: true,
            ..self
        }
    }

    /// The host redacts it; it is stored in clear.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }

    /// Adds a check of configured values.
    #[must_use]
    pub fn check(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Values of a documented list that may be out of date. Others are pointed out and sent as they are;
    /// one of these is sent as the list spells it, since some are compared with their case.
    #[must_use]
    pub fn known_values(self, values: &'static [&'static str]) -> Self {
        let check = match self.shape {
            Shape::String => Validator::known_values(values),
            _ => Validator::each(Validator::known_values(values)),
        };
        Self {
            known_values: values,
            same: self.same.or(Some(same::ignoring_case)),
            ..self.check(check)
        }
    }

    /// What counts as the same value.
    #[must_use]
    pub fn same(self, same: Same) -> Self {
        Self {
            same: Some(same),
            ..self
        }
    }

    /// Whether two values of it mean the same.
    pub fn is_same(&self, one: &Value, other: &Value) -> bool {
        one == other
            || self
                .same
                .is_some_and(|same| tfplugin::plan::is_same(same, one, other))
    }

    /// For each object of a list of this field, the one of another list that it goes on from.
    pub fn predecessors<'a>(&self, new: &[Value], old: &'a [Value]) -> Vec<Option<&'a Value>> {
        let alike = |name: &str, one: &Value, other: &Value| {
            let part = self.key_parts().find(|part| part.name == name);
            part.is_some_and(|part| part.is_same(one, other))
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
    pub fn pointers(&self) -> &[&'static str] {
        match &self.bind {
            Bind::At(pointers) => pointers,
            Bind::Action { .. } | Bind::Local => &[],
        }
    }

    /// The pointer that is read.
    pub fn read_pointer(&self) -> Option<&'static str> {
        match &self.bind {
            Bind::At(pointers) => pointers.first().copied(),
            Bind::Action { at, .. } => Some(at),
            Bind::Local => None,
        }
    }
}
