//! The words in which kinds declare their fields.

use serde_json::Value as Json;
use tfplugin::schema::{Finding, SemanticEquality, Validator};

use super::super::{KnownIn, Node, equality};
use super::{Bind, Dropped, Field, Presence, Reset, Shape};

impl Field {
    /// An optional field at the pointer `at`; null means that the service has none.
    pub fn new(name: &'static str, shape: Shape, at: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            when_set: "",
            shape,
            bind: Bind::At(vec![at.into()]),
            presence: Presence::Absent {
                empty: Vec::new(),
                reset: Reset::Omit,
            },
            validators: Vec::new(),
            semantic_equality: None,
            replace: false,
            sensitive: false,
            unread: false,
            null_means: None,
            follows: &[],
            settles_at: None,
            dropped: Dropped::Never,
            prose: false,
            code: false,
            renamed_values: &[],
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
        Self::new(name, Shape::StringList, at, about).default(Json::Array(Vec::new()))
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
            ..self.semantic_equality(equality::prose)
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
    pub fn renamed_values(self, renamed_values: &'static [(&'static str, &'static str)]) -> Self {
        Self {
            renamed_values,
            ..self
        }
    }

    /// Code: text in which line ends count, so that a change of them alone is sent. A service that shows
    /// other line ends than it was sent changes nothing by that.
    #[must_use]
    pub fn code(self) -> Self {
        let line_ends = Validator::new("Must have Unix line endings (LF).", |value| {
            let is_windows = value.as_str().is_some_and(|text| text.contains("\r\n"));
            match is_windows {
                true => Err(Finding::warning(
                    "This code has Windows line endings (CRLF). Shells and interpreters on Linux \
                     treat the carriage return as part of the last word. Save the file with LF \
                     line endings, for example with `eol=lf` in `.gitattributes`.",
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
            ..self.semantic_equality(equality::code).check(check)
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
            Bind::At(pointers) => pointers.push(at.into()),
            _ => self.unused.push("also_at"),
        }
        self
    }

    /// Changed by an action instead of in the document.
    #[must_use]
    pub fn by_action(mut self, actions: &'static [(&'static str, &'static str)]) -> Self {
        match &self.bind {
            Bind::At(pointers) => {
                let at = pointers.first().cloned().unwrap_or_default();
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
            semantic_equality: self.semantic_equality.or(Some(equality::ignoring_case)),
            ..self.check(check)
        }
    }

    /// What counts as the same value.
    #[must_use]
    pub fn semantic_equality(self, same: SemanticEquality) -> Self {
        Self {
            semantic_equality: Some(same),
            ..self
        }
    }
}
