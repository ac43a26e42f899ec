//! The kinds of named objects of an agent, with one row each.
//!
//! A row contains the routes of a kind on both planes, the envelope types that it accepts, what the
//! service adds when it returns an object, and what it refuses. To add a kind, add a row.

mod checks;
mod table;

use serde_json::{Map, Value};

pub(crate) use table::{
    CONNECTORS, HOOKS, INCIDENT_FILTERS, KINDS, REPOSITORIES, SCHEDULED_TASKS, SKILLS, SUBAGENTS,
    TOOLS,
};

use crate::documents;
use crate::http::Refusal;
use crate::profile::{MissingType, Profile};
use crate::store::ObjectRecord;

/// A kind of object.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Its name in the store, which is also that of its collection on ARM unless `arm_name` is
    /// set.
    pub(crate) name: &'static str,
    /// The name of its collection on ARM, if it differs.
    pub(crate) arm_name: Option<&'static str>,
    /// Its representation on ARM.
    pub(crate) arm: ArmForm,
    /// The segments of its collection below `/api/v2` on the data plane, in lower case.
    pub(crate) route: &'static [&'static str],
    /// The accepted envelope types. A missing type becomes the first one.
    pub(crate) types: &'static [&'static str],
    /// Whether a missing type is refused by default.
    pub(crate) type_required: bool,
    /// The status of a PUT that creates an object.
    pub(crate) created: u16,
    /// Defaults for members that are absent or null, as a JSON object.
    pub(crate) defaults: &'static str,
    /// JSON pointers of long texts, whose line ends the service may rewrite.
    pub(crate) texts: &'static [&'static str],
    /// Members that the service accepts but loses.
    pub(crate) dropped: &'static [&'static str],
    /// Whether the tags of an envelope are kept. Otherwise they are accepted but lost.
    pub(crate) keeps_tags: bool,
    /// Checks what the service refuses.
    pub(crate) check: fn(&Check<'_>) -> Result<(), Refusal>,
    /// Rewrites the properties like the service, after defaults were filled in.
    pub(crate) finish: fn(&Check<'_>, &mut Map<String, Value>),
}

/// The form of a kind on ARM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArmForm {
    /// The properties, encoded in base64, in `properties.value`.
    Base64,
    /// The properties themselves.
    Typed,
}

/// A document to be stored, with what its checks depend on.
pub(crate) struct Check<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) name: &'a str,
    pub(crate) properties: &'a Map<String, Value>,
    /// The object that it replaces.
    pub(crate) existing: Option<&'a ObjectRecord>,
    /// The names of the agent's objects of this kind.
    pub(crate) siblings: &'a dyn Fn(&str) -> bool,
    /// The incident platform that the agent's data plane uses.
    pub(crate) platform: &'a str,
    /// Whether the agent uses the workspace loop, which does not support new handoffs.
    pub(crate) workspace_mode: bool,
}

impl Kind {
    /// Returns the name of the collection on ARM.
    pub(crate) fn collection(&self) -> &'static str {
        self.arm_name.unwrap_or(self.name)
    }

    /// Returns the kind with this collection on ARM. `segment` is in lower case.
    pub(crate) fn on_arm(segment: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| {
            kind.arm == ArmForm::Base64 && kind.collection().eq_ignore_ascii_case(segment)
        })
    }

    /// Returns the kind whose collection is the prefix of the segments below `/api/v2`, and the
    /// remaining segments.
    pub(crate) fn on_data_plane<'s>(
        segments: &'s [&'s str],
    ) -> Option<(&'static Self, &'s [&'s str])> {
        KINDS.iter().find_map(|kind| {
            let (route, rest) = segments.split_at_checked(kind.route.len())?;
            route
                .iter()
                .zip(kind.route)
                .all(|(sent, known)| sent == known)
                .then_some((*kind, rest))
        })
    }

    /// Returns the envelope type under which an object is stored.
    pub(crate) fn envelope_type(
        &self,
        sent: Option<&Value>,
        profile: &Profile,
    ) -> Result<String, Refusal> {
        let expected = self.types.first().copied().unwrap_or_default();
        match sent {
            None | Some(Value::Null) => self.missing_type(expected, profile),
            Some(Value::String(sent)) if sent.is_empty() => self.missing_type(expected, profile),
            Some(Value::String(sent)) if self.accepts(sent, profile) => Ok(sent.clone()),
            Some(sent) => Err(Refusal::bad_request(
                "InvalidObjectType",
                format!("Invalid object type {sent}: expected '{expected}'."),
            )),
        }
    }

    /// Checks and completes properties before they are stored.
    pub(crate) fn prepare(&self, check: &Check<'_>) -> Result<Map<String, Value>, Refusal> {
        (self.check)(check)?;
        let mut properties = check.properties.clone();
        if check.profile.silent_drops {
            for member in self.dropped {
                properties.shift_remove(*member);
            }
        }
        documents::fill(&mut properties, &self.default_members());
        (self.finish)(check, &mut properties);
        let mut document = Value::Object(properties);
        if check.profile.crlf {
            for pointer in self.texts {
                documents::to_crlf(&mut document, pointer);
            }
        }
        match document {
            Value::Object(properties) => Ok(properties),
            _ => Ok(Map::new()),
        }
    }

    /// Returns the members that have defaults, with their defaults.
    pub(crate) fn default_members(&self) -> Map<String, Value> {
        serde_json::from_str(self.defaults).unwrap_or_default()
    }

    fn accepts(&self, sent: &str, profile: &Profile) -> bool {
        self.types.contains(&sent)
            || (self.name == TOOLS.name && sent == "Tool" && profile.accept_tool_type)
    }

    fn missing_type(&self, expected: &str, profile: &Profile) -> Result<String, Refusal> {
        let refused = match profile.missing_type {
            MissingType::Accepted => false,
            MissingType::HooksAndPrompts => self.type_required,
            // The API reference itself sends repositories without an envelope.
            MissingType::Refused => self.name != REPOSITORIES,
        };
        if refused {
            Err(Refusal::bad_request(
                "InvalidObjectType",
                "type is required",
            ))
        } else {
            Ok(expected.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{KINDS, Kind};

    #[test]
    fn every_row_is_well_formed() {
        for kind in KINDS {
            let defaults: Value = serde_json::from_str(kind.defaults).unwrap();
            assert!(defaults.is_object(), "{}", kind.name);
            assert!(!kind.types.is_empty(), "{}", kind.name);
            for pointer in kind.texts {
                assert!(pointer.starts_with('/'), "{}", kind.name);
            }
            for segment in kind.route {
                assert_eq!(*segment, segment.to_lowercase(), "{}", kind.name);
            }
        }
    }

    #[test]
    fn kinds_are_found_on_both_planes() {
        assert_eq!(
            Kind::on_arm("scheduledtasks").unwrap().name,
            "scheduledTasks"
        );
        assert!(Kind::on_arm("repos").is_none());
        let segments = ["extendedagent", "agents", "a"];
        let (kind, rest) = Kind::on_data_plane(&segments).unwrap();
        assert_eq!((kind.name, rest), ("subagents", &segments[2..]));
    }
}
