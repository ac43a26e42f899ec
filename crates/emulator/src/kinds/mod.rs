//! The kinds of named objects that an agent has, one row each.
//!
//! A row says where a kind is on either plane, which envelope types it takes, what the service adds
//! on read-back, and what it refuses. Adding a kind is adding a row.

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
    /// Its name in the store, and that of its collection on ARM unless there is another.
    pub(crate) name: &'static str,
    /// The other name.
    pub(crate) arm_name: Option<&'static str>,
    /// Its representation on ARM.
    pub(crate) arm: ArmForm,
    /// The segments of its collection below `/api/v2` on the data plane, in lower case.
    pub(crate) route: &'static [&'static str],
    /// The envelope types that are accepted; the first is what a missing one becomes.
    pub(crate) types: &'static [&'static str],
    /// Whether a missing type is refused by default.
    pub(crate) type_required: bool,
    /// The status of an accepted PUT that creates.
    pub(crate) created: u16,
    /// What is filled in where it is absent or null, as a JSON object.
    pub(crate) defaults: &'static str,
    /// JSON pointers of long texts, whose line ends the service may rewrite.
    pub(crate) texts: &'static [&'static str],
    /// Members that the service accepts and loses.
    pub(crate) dropped: &'static [&'static str],
    /// Whether the tags of an envelope are kept, and not accepted and lost.
    pub(crate) keeps_tags: bool,
    /// What the service refuses.
    pub(crate) check: fn(&Check<'_>) -> Result<(), Refusal>,
    /// What the service does to the properties after filling in.
    pub(crate) finish: fn(&Check<'_>, &mut Map<String, Value>),
}

/// How a kind looks on ARM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArmForm {
    /// The properties, in base64, as `properties.value`.
    Base64,
    /// The properties themselves.
    Typed,
}

/// A document on its way into the store, with what its checks may depend on.
pub(crate) struct Check<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) name: &'a str,
    pub(crate) properties: &'a Map<String, Value>,
    /// The object that is replaced.
    pub(crate) existing: Option<&'a ObjectRecord>,
    /// The names of the agent's objects of this kind.
    pub(crate) siblings: &'a dyn Fn(&str) -> bool,
    /// The incident platform that the agent's data plane works with.
    pub(crate) platform: &'a str,
    /// Whether the agent runs the workspace loop, which knows no new handoffs.
    pub(crate) workspace_mode: bool,
}

impl Kind {
    /// The name of the collection on ARM.
    pub(crate) fn collection(&self) -> &'static str {
        self.arm_name.unwrap_or(self.name)
    }

    /// The kind with this collection on ARM; `segment` in lower case.
    pub(crate) fn on_arm(segment: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| {
            kind.arm == ArmForm::Base64 && kind.collection().eq_ignore_ascii_case(segment)
        })
    }

    /// The kind whose collection begins the segments below `/api/v2`, and what follows it.
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

    /// The envelope type under which an object is stored.
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

    /// Checks and completes properties on their way into the store.
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

    /// The members that are filled in, with their defaults.
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
