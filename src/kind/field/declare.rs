//! Builder methods with which kinds declare their fields.

use serde_json::Value as Json;
use tfplugin::schema::{Finding, SemanticEquality, Validator};

use super::super::{KnownIn, Node, equality};
use super::{Bind, Dropped, Field, Presence, Reset, Shape};

impl Field {
    /// Creates an optional field at the JSON pointer `at`. Null means that the service has no
    /// value.
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

    /// Creates a string field.
    pub fn string(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::String, at, about)
    }

    /// Creates a boolean field.
    pub fn bool(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::Bool, at, about)
    }

    /// Creates a number field.
    pub fn number(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::Number, at, about)
    }

    /// Creates a list of strings. The default is empty, because an empty and an absent list mean
    /// the same.
    pub fn strings(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::StringList, at, about).default(Json::Array(Vec::new()))
    }

    /// Creates a set of strings. The default is empty, because an empty and an absent set mean the
    /// same.
    pub fn string_set(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self::new(name, Shape::StringSet, at, about).default(Json::Array(Vec::new()))
    }

    /// Creates an object field.
    pub fn object(
        name: &'static str,
        at: &'static str,
        about: &'static str,
        nodes: Vec<Node>,
    ) -> Self {
        Self::new(name, Shape::Object(nodes), at, about)
    }

    /// Creates a list of objects. The default is empty, because an empty and an absent list mean
    /// the same.
    pub fn objects(
        name: &'static str,
        at: &'static str,
        about: &'static str,
        nodes: Vec<Node>,
    ) -> Self {
        Self::new(name, Shape::Objects(nodes), at, about).default(Json::Array(Vec::new()))
    }

    /// Creates a secret string.
    pub fn secret(name: &'static str, at: &'static str, about: &'static str) -> Self {
        Self {
            presence: Presence::Secret,
            sensitive: true,
            ..Self::string(name, at, about)
        }
    }

    /// Creates a map of secret strings.
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

    /// Describes the effect of setting and omitting the field, in sentences that only matter to
    /// users who configure it. If the service chooses the value, they replace the standard
    /// sentence about that.
    #[must_use]
    pub fn when_set(self, sentences: &'static str) -> Self {
        Self {
            when_set: sentences,
            ..self
        }
    }

    /// Requires the user to set the field.
    #[must_use]
    pub fn required(self) -> Self {
        self.with_presence(Presence::Required)
    }

    /// Requires the user to set the field, except after the import of an object whose reads do not
    /// show it.
    #[must_use]
    pub fn required_unread(self) -> Self {
        Self {
            unread: true,
            ..self.required()
        }
    }

    /// Sets the default value.
    #[must_use]
    pub fn default(self, value: Json) -> Self {
        self.with_presence(Presence::Default(value))
    }

    /// Lets the service choose the value if the user does not set it.
    #[must_use]
    pub fn server_chosen(self) -> Self {
        self.with_presence(Presence::ServerChosen)
    }

    /// Marks the field as set once by the service.
    #[must_use]
    pub fn computed(self) -> Self {
        self.with_presence(Presence::Computed { stable: true })
    }

    /// Marks the field as set by the service, and possibly changed by any update.
    #[must_use]
    pub fn volatile(self) -> Self {
        self.with_presence(Presence::Computed { stable: false })
    }

    /// Sets the meaning of a null in a document, if it is neither absence nor the default.
    #[must_use]
    pub fn null_means(self, value: Json) -> Self {
        Self {
            null_means: Some(value),
            ..self
        }
    }

    /// Sets the sibling attributes whose changes may change the value that the service set. Other
    /// changes do not affect it.
    #[must_use]
    pub fn follows(self, attributes: &'static [&'static str]) -> Self {
        Self {
            follows: attributes,
            ..self
        }
    }

    /// Sets the value that every successful change leads to. If the field has that value, no change
    /// is pending.
    #[must_use]
    pub fn settles_at(self, value: &'static str) -> Self {
        Self {
            settles_at: Some(value),
            ..self
        }
    }

    /// Declares that some builds of the service accept the field without storing it.
    #[must_use]
    pub fn may_be_dropped(self) -> Self {
        Self {
            dropped: Dropped::Missing,
            ..self
        }
    }

    /// Like [`Self::may_be_dropped`], for builds that may return null instead of omitting the
    /// field.
    #[must_use]
    pub fn may_be_dropped_to_null(self) -> Self {
        Self {
            dropped: Dropped::MissingOrNull,
            ..self
        }
    }

    /// Ignores differences in line endings and trailing line breaks.
    #[must_use]
    pub fn prose(self) -> Self {
        Self {
            prose: true,
            ..self.semantic_equality(equality::prose)
        }
    }

    /// Sets the api-versions that support the field, if not all do.
    #[must_use]
    pub fn known_in(self, known_in: KnownIn) -> Self {
        Self { known_in, ..self }
    }

    /// Deprecates the field with the advice `instead`.
    #[must_use]
    pub fn deprecated(self, instead: &'static str) -> Self {
        Self {
            deprecated: Some(instead),
            ..self
        }
    }

    /// Sets strings whose spelling differs between configuration and document, as pairs in this
    /// order.
    #[must_use]
    pub fn renamed_values(self, renamed_values: &'static [(&'static str, &'static str)]) -> Self {
        Self {
            renamed_values,
            ..self
        }
    }

    /// Marks the field as code. Line endings are significant in code, so a change of them alone is
    /// sent. If the service returns other line endings than it received, that is not a change.
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

    /// Sets the kind of objects that the field contains the names of. It may also contain other
    /// names, such as those of built-in objects. A computed field contains names of objects
    /// that the service creates together with this one.
    #[must_use]
    pub fn naming(self, kind: &'static str) -> Self {
        Self {
            names: Some(kind),
            ..self
        }
    }

    /// Sets sibling attributes, and the values of which they need one for the field to have an
    /// effect. Values are compared without case.
    #[must_use]
    pub fn only_where(
        self,
        only_where: &'static [(&'static str, &'static [&'static str])],
    ) -> Self {
        Self { only_where, ..self }
    }

    /// Sets the attributes that identify the objects of a list.
    #[must_use]
    pub fn keyed_by(self, element_key: &'static [&'static str]) -> Self {
        Self {
            element_key,
            ..self
        }
    }

    /// Adds a value with which the service represents absence.
    #[must_use]
    pub fn empty_means_absent(mut self, empty: Json) -> Self {
        match &mut self.presence {
            Presence::Absent { empty: values, .. } => values.push(empty),
            _ => self.unused.push("empty_means_absent"),
        }
        self
    }

    /// Sets the value that is sent to remove the field.
    #[must_use]
    pub fn reset(mut self, to: Json) -> Self {
        match &mut self.presence {
            Presence::Absent { reset, .. } => *reset = Reset::Literal(to),
            _ => self.unused.push("reset"),
        }
        self
    }

    /// Adds another place where the value is written.
    #[must_use]
    pub fn also_at(mut self, at: &'static str) -> Self {
        match &mut self.bind {
            Bind::At(pointers) => pointers.push(at.into()),
            _ => self.unused.push("also_at"),
        }
        self
    }

    /// Changes the field by an action instead of in the document.
    #[must_use]
    pub fn by_action(mut self, actions: &'static [(&'static str, &'static str)]) -> Self {
        let at = match &self.bind {
            Bind::At(pointers) => pointers.first().cloned().unwrap_or_default(),
            _ => {
                self.unused.push("by_action");
                return self;
            }
        };
        self.with_bind(Bind::Action {
            at,
            actions,
            first: None,
        })
    }

    /// Runs one of the actions before the document is written, because the service refuses other
    /// changes until then.
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

    /// Marks the field as local to the provider.
    #[must_use]
    pub fn local(self) -> Self {
        self.with_bind(Bind::Local)
    }

    /// Replaces the object if the field changes.
    #[must_use]
    pub fn replace(self) -> Self {
        Self {
            replace: true,
            ..self
        }
    }

    /// Marks the field as sensitive: the host redacts it, but stores it as plain text.
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

    /// Sets the values of a documented list, which may be out of date. The provider warns about
    /// other values and sends them unchanged. It sends known values in the spelling of the
    /// list, because the service compares some of them with case.
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

    /// Sets the function that compares two values.
    #[must_use]
    pub fn semantic_equality(self, same: SemanticEquality) -> Self {
        Self {
            semantic_equality: Some(same),
            ..self
        }
    }

    /// Changes who sets the field. Reports what that makes ineffective.
    fn with_presence(mut self, presence: Presence) -> Self {
        match &self.presence {
            Presence::Absent { empty, reset } => {
                if !empty.is_empty() {
                    self.unused.push("empty_means_absent");
                }
                if *reset != Reset::Omit {
                    self.unused.push("reset");
                }
            }
            Presence::Secret => self.unused.push("secret"),
            _ => {}
        }
        Self { presence, ..self }
    }

    /// Changes the place of the field. Reports what that makes ineffective.
    fn with_bind(mut self, bind: Bind) -> Self {
        match &self.bind {
            Bind::At(pointers) if pointers.len() > 1 => self.unused.push("also_at"),
            Bind::Action { first, .. } => {
                self.unused.push("by_action");
                self.unused.extend(first.map(|_| "first"));
            }
            _ => {}
        }
        Self { bind, ..self }
    }
}
