//! The places of objects in the service.

use std::fmt;
use std::str::FromStr;

use azure::ListShape;
use serde_json::{Value as Json, json};

/// One of the two interfaces of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Plane {
    /// Azure Resource Manager.
    Arm,
    /// The endpoint of the agent itself.
    DataPlane,
}

/// A text that names no plane. The message continues a sentence about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be `arm` or `data_plane`")]
pub struct UnknownPlane;

/// The place of a kind's objects on one plane.
#[derive(Clone, Debug)]
pub struct Place {
    /// The plane.
    pub plane: Plane,
    /// The collection, relative to the agent's id on ARM, and to the endpoint on the data plane.
    pub collection: &'static str,
    /// The path of a document below the object that it belongs to. Empty for the objects
    /// themselves.
    pub below: &'static str,
    /// How documents are wrapped there.
    pub envelope: Envelope,
    /// The shape of the list response of the collection.
    pub list: ListShape,
    /// The members of the document, as JSON pointers, that reads return as null or not at all.
    /// Nothing below them is written back.
    pub masked: &'static [&'static str],
    /// The member that identifies an object in the collection, if the service cannot read single
    /// objects.
    pub listed_by: Option<&'static str>,
    /// Whether a list returns complete objects, so that a refresh can rely on it if it matches the
    /// state.
    pub listed_whole: bool,
    /// Whether objects are created and updated by a POST to the collection instead of a PUT to
    /// their name.
    pub posted: bool,
    /// The spelling of keys in paths, before they are encoded.
    pub spelling: Spelling,
}

/// The conversion between a key and its spelling in a path.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    /// Converts a key to its spelling.
    pub write: fn(&str) -> String,
    /// Converts a spelling to its key.
    pub read: fn(&str) -> String,
}

impl Spelling {
    /// The spelling of keys that appear in paths unchanged.
    pub const PLAIN: Self = Self {
        write: str::to_owned,
        read: str::to_owned,
    };
}

/// The member of a document that holds the rest of its envelope, such as `tags` and `owner` on the
/// data plane. It returns to the envelope when the document is wrapped.
pub const ENVELOPE: &str = "$envelope";

/// The members of an envelope that only the service sets.
const OF_SERVICE: [&str; 5] = ["id", "name", "type", "systemData", "etag"];

/// The members that only the service sets in the `properties` of an object that ARM keeps in
/// Base64.
const OF_ARM: [&str; 3] = ["value", "provisioningState", "deploymentError"];

/// The members that only the service sets beside a `spec`.
const OF_SPEC: [&str; 2] = ["createdAt", "updatedAt"];

/// The members of an envelope that exist only on the data plane.
const OF_DATA_PLANE: [&str; 2] = ["tags", "owner"];

/// How a document is wrapped in the body of a request or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// The body is the document.
    Bare,
    /// `{"properties": document}`.
    Properties,
    /// The document itself in requests, and `{"properties": document}` in responses.
    Flattened,
    /// `{"properties": {"value": base64(document)}}`.
    Base64,
    /// `{"name", "type", "tags": [], "properties": document}` with this type.
    Extended(&'static str),
    /// Like `Extended`, with a type that depends on a member of the document.
    ExtendedBy(Types),
    /// `{"metadata": {"name"}, "spec": document}`. Some builds return `properties` instead of
    /// `spec`.
    Spec,
}

/// The types of an envelope, by the value of a member of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types {
    /// The member, as a JSON pointer.
    pub at: &'static str,
    /// The values that have types of their own.
    pub special: &'static [(&'static str, &'static str)],
    /// The type for all other values.
    pub otherwise: &'static str,
}

impl Plane {
    /// Returns the spelling in configuration and state.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arm => "arm",
            Self::DataPlane => "data_plane",
        }
    }
}

impl fmt::Display for Plane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arm => "ARM",
            Self::DataPlane => "the data plane",
        })
    }
}

impl FromStr for Plane {
    type Err = UnknownPlane;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Arm, Self::DataPlane]
            .into_iter()
            .find(|plane| plane.as_str() == text)
            .ok_or(UnknownPlane)
    }
}

impl Place {
    /// Creates a place on the data plane.
    pub const fn data_plane(collection: &'static str, envelope: Envelope) -> Self {
        Self {
            plane: Plane::DataPlane,
            collection,
            below: "",
            envelope,
            list: ListShape::Value,
            masked: &[],
            listed_by: None,
            listed_whole: false,
            posted: false,
            spelling: Spelling::PLAIN,
        }
    }

    /// Returns the places of an object that ARM keeps as Base64 and the data plane keeps under a
    /// type.
    pub fn extended(arm: &'static str, data_plane: &'static str, ty: &'static str) -> Vec<Self> {
        let arm = Self {
            plane: Plane::Arm,
            collection: arm,
            below: "",
            envelope: Envelope::Base64,
            list: ListShape::Value,
            masked: &[],
            listed_by: None,
            listed_whole: true,
            posted: false,
            spelling: Spelling::PLAIN,
        };
        let data_plane = Self::data_plane(data_plane, Envelope::Extended(ty));
        vec![
            arm,
            Self {
                listed_whole: true,
                ..data_plane
            },
        ]
    }
}

impl Types {
    fn of(self, document: &Json) -> &'static str {
        let tag = document.pointer(self.at).and_then(Json::as_str);
        let mut special = self.special.iter();
        let found =
            special.find(|(value, _)| tag.is_some_and(|tag| tag.eq_ignore_ascii_case(value)));
        found.map_or(self.otherwise, |(_, ty)| ty)
    }
}

impl Envelope {
    /// Returns whether objects have tags and an owner beside their document.
    pub const fn is_labelled(self) -> bool {
        matches!(self, Self::Extended(_) | Self::ExtendedBy(_))
    }

    /// Removes members from a document that this envelope has no place for.
    pub fn trim(self, document: &mut Json) {
        let Some(around) = document.get_mut(ENVELOPE).filter(|_| !self.is_labelled()) else {
            return;
        };
        OF_DATA_PLANE
            .iter()
            .for_each(|member| remove(around, member));
        if around.as_object().is_none_or(serde_json::Map::is_empty) {
            remove(document, ENVELOPE);
        }
    }

    /// Wraps a document in a body.
    pub fn wrap(self, name: &str, mut document: Json) -> Json {
        self.trim(&mut document);
        let mut around = match &mut document {
            Json::Object(members) if self != Self::Bare => members.shift_remove(ENVELOPE),
            _ => None,
        }
        .unwrap_or_else(|| json!({}));
        let ty = match self {
            Self::Bare => return document,
            Self::Flattened => {
                put_beside(&mut document, around);
                return document;
            }
            Self::Properties | Self::Base64 => {
                if self == Self::Base64 {
                    around["properties"]["value"] = encode(&document);
                } else {
                    around["properties"] = document;
                }
                return around;
            }
            Self::Spec => {
                around["metadata"]["name"] = name.into();
                around["spec"] = document;
                return around;
            }
            Self::Extended(ty) => ty,
            Self::ExtendedBy(types) => types.of(&document),
        };
        let mut body = json!({ "name": name, "type": ty, "tags": [] });
        put_beside(&mut body, around);
        body["properties"] = document;
        body
    }

    /// Extracts the document from a body.
    ///
    /// # Errors
    /// Returns the reason why the body does not match the envelope.
    pub fn unwrap(self, mut body: Json) -> Result<Json, EnvelopeError> {
        let mut document = match self {
            Self::Bare => return is_object(body),
            Self::Flattened if body.get("properties").is_none() => return is_object(body),
            Self::Properties | Self::Flattened | Self::Extended(_) | Self::ExtendedBy(_) => {
                member(&mut body, "properties")?
            }
            Self::Spec => {
                OF_SPEC.iter().for_each(|member| remove(&mut body, member));
                if let Some(metadata) = body.get_mut("metadata") {
                    remove(metadata, "name");
                    if metadata.as_object().is_none_or(serde_json::Map::is_empty) {
                        remove(&mut body, "metadata");
                    }
                }
                let spec = member(&mut body, "spec");
                spec.or_else(|missing| member(&mut body, "properties").map_err(|_| missing))?
            }
            Self::Base64 => {
                let mut properties = member(&mut body, "properties")?;
                let value = member(&mut properties, "value")?;
                OF_ARM
                    .iter()
                    .for_each(|member| remove(&mut properties, member));
                if properties.as_object().is_some_and(|rest| !rest.is_empty()) {
                    body["properties"] = properties;
                }
                decode(value)?
            }
        };
        OF_SERVICE
            .iter()
            .for_each(|member| remove(&mut body, member));
        if document.is_object() && body.as_object().is_some_and(|rest| !rest.is_empty()) {
            document[ENVELOPE] = body;
        }
        is_object(document)
    }
}

/// A body that does not match its envelope. Messages are part of a sentence and contain no values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The document is a list, a string, or another kind of JSON.
    #[error("the document is not a JSON object")]
    NotAnObject,
    /// A property is missing.
    #[error("the property `{0}` is missing")]
    Missing(&'static str),
    /// Like [`EnvelopeError::Missing`], because the body has no properties at all.
    #[error("the property `{0}` is missing, because the body is not a JSON object")]
    NoBody(&'static str),
    /// The document is not encoded as a string.
    #[error("`properties.value` is not a string")]
    NotText,
    /// The document is not encoded as Base64.
    #[error("`properties.value` is not valid base64: {0}")]
    NotBase64(#[from] base64::DecodeError),
    /// The decoded document is not JSON.
    #[error("`properties.value` does not contain JSON: {0}")]
    NotJson(String),
}

impl From<azure::json::JsonError> for EnvelopeError {
    fn from(error: azure::json::JsonError) -> Self {
        Self::NotJson(error.to_string())
    }
}

fn put_beside(body: &mut Json, around: Json) {
    if let (Json::Object(body), Json::Object(around)) = (body, around) {
        body.extend(around);
    }
}

fn is_object(document: Json) -> Result<Json, EnvelopeError> {
    match document {
        Json::Object(_) => Ok(document),
        _ => Err(EnvelopeError::NotAnObject),
    }
}

fn remove(object: &mut Json, name: &str) {
    if let Json::Object(members) = object {
        members.shift_remove(name);
    }
}

fn member(body: &mut Json, name: &'static str) -> Result<Json, EnvelopeError> {
    let Json::Object(members) = body else {
        return Err(EnvelopeError::NoBody(name));
    };
    let found = members.shift_remove(name);
    found.ok_or(EnvelopeError::Missing(name))
}

fn encode(document: &Json) -> Json {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .encode(document.to_string())
        .into()
}

/// Decodes Base64 that may contain white space, as some tools write it. An empty string is an empty
/// document.
fn decode(value: Json) -> Result<Json, EnvelopeError> {
    use base64::Engine as _;
    let Json::String(text) = value else {
        return Err(EnvelopeError::NotText);
    };
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if text.is_empty() {
        return Ok(json!({}));
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(text)?;
    Ok(azure::json::read(&bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Envelope::Bare)]
    #[case(Envelope::Properties)]
    #[case(Envelope::Flattened)]
    #[case(Envelope::Base64)]
    #[case(Envelope::Extended("Skill"))]
    #[case(Envelope::Spec)]
    fn envelopes_round_trip_documents(#[case] envelope: Envelope) {
        let document = json!({"description": "a \u{e9}", "n": 1.5});
        let body = envelope.wrap("triage", document.clone());
        let mut again = envelope.unwrap(body).unwrap();
        if envelope.is_labelled() {
            assert_eq!(again[ENVELOPE].take(), json!({"tags": []}));
            remove(&mut again, ENVELOPE);
        }
        assert_eq!(again, document);
    }

    #[test]
    fn rest_of_an_envelope_round_trips() {
        let body = json!({
            "name": "triage", "type": "Skill", "tags": ["team-a"], "owner": "ops", "more": {"n": 1},
            "properties": {"description": "d"},
        });
        let envelope = Envelope::Extended("Skill");
        let document = envelope.unwrap(body.clone()).unwrap();
        assert_eq!(envelope.wrap("triage", document.clone()), body);
        // ARM has neither tags nor an owner.
        let child = Envelope::Base64.wrap("triage", document);
        let value = &child["properties"]["value"];
        assert_eq!(
            child,
            json!({"more": {"n": 1}, "properties": {"value": value}})
        );
        let shown = json!({
            "id": "/subscriptions/x", "name": "triage", "type": "Microsoft.App/agents/skills",
            "systemData": {}, "properties": {"value": value, "provisioningState": "Succeeded", "m": 1},
        });
        let document = Envelope::Base64.unwrap(shown).unwrap();
        assert_eq!(
            document,
            json!({"description": "d", ENVELOPE: {"properties": {"m": 1}}})
        );
        assert_eq!(
            Envelope::Base64.wrap("triage", document),
            json!({"properties": {"m": 1, "value": value}})
        );
    }

    #[test]
    fn flattened_documents_are_read_from_properties() {
        let shown = json!({ "name": "jira", "more": 1, "properties": { "connectorName": "jira" } });
        let document = Envelope::Flattened.unwrap(shown).unwrap();
        assert_eq!(
            document,
            json!({ "connectorName": "jira", ENVELOPE: { "more": 1 } })
        );
        assert_eq!(
            Envelope::Flattened.wrap("jira", document),
            json!({ "connectorName": "jira", "more": 1 })
        );
    }

    #[test]
    fn wrapped_lines_and_empty_values_are_read() {
        let body = |value: &str| json!({"properties": {"value": value}});
        assert_eq!(
            Envelope::Base64.unwrap(body("eyJh\nIjox\r\nfQ==")),
            Ok(json!({"a": 1}))
        );
        assert_eq!(Envelope::Base64.unwrap(body("")), Ok(json!({})));
    }

    #[rstest]
    #[case(json!({}), "`properties` is missing")]
    #[case(json!({"properties": {"value": 1}}), "not a string")]
    #[case(json!({"properties": {"value": "%%%"}}), "not valid base64")]
    #[case(json!({"properties": {"value": "eA=="}}), "does not contain JSON")]
    #[case(json!({"properties": {"value": "MQ=="}}), "not a JSON object")]
    #[case(json!([]), "not a JSON object")]
    fn invalid_bodies_are_rejected(#[case] body: Json, #[case] reason: &str) {
        let error = Envelope::Base64.unwrap(body).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}
