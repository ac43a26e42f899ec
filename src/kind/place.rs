//! Where objects live.

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

/// Where the objects of a kind live on one plane.
#[derive(Debug)]
pub struct Place {
    /// The plane.
    pub plane: Plane,
    /// The collection: below the agent's id on ARM, below the endpoint on the data plane.
    pub collection: &'static str,
    /// How documents are wrapped there.
    pub envelope: Envelope,
    /// The shape of the collection's answer.
    pub list: ListShape,
    /// Members of the document, as JSON pointers, that reading answers with null or not at all.
    /// Nothing below them is ever written back.
    pub masked: &'static [&'static str],
    /// The member by which an object is found in the collection, where the service has no way to
    /// read a single one.
    pub listed_by: Option<&'static str>,
    /// How a key is spelled in a path, before it is encoded.
    pub spelling: Spelling,
}

/// How a key is spelled in a path, and how a spelling is read.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    /// The spelling of a key.
    pub write: fn(&str) -> String,
    /// The key of a spelling.
    pub read: fn(&str) -> String,
}

impl Spelling {
    /// Keys stand in paths as they are.
    pub const PLAIN: Self = Self {
        write: str::to_owned,
        read: str::to_owned,
    };
}

/// How a document is wrapped in the body of a request or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// Not at all: the body is the document.
    Bare,
    /// `{"properties": document}`.
    Properties,
    /// `{"properties": {"value": base64(document)}}`.
    Base64,
    /// `{"name", "type", "tags": [], "properties": document}` with this type.
    Extended(&'static str),
    /// The same with a type that follows from a member of the document.
    ExtendedBy(Types),
}

/// The types of an envelope by a member of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types {
    /// The member, as a JSON pointer.
    pub at: &'static str,
    /// Values of it with types of their own.
    pub special: &'static [(&'static str, &'static str)],
    /// The type otherwise.
    pub otherwise: &'static str,
}

/// What reads and writes the objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// A tracked ARM resource: created by PUT, changed by PATCH.
    Tracked,
    /// Objects under names of the user's choice, created and changed by PUT.
    Named,
    /// Objects under ids of the service's making, created by POST and changed by PUT.
    ServerId,
    /// Documents that every agent has one of, changed by PUT.
    Singleton,
    /// Files that are uploaded under their name, listed, and never downloaded.
    Upload,
    /// Entries of a catalogue that are switched on and off.
    Switch,
    /// Sets of text files that are sent and read as one archive.
    Archive,
}

impl Plane {
    /// The spelling in configuration and state.
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
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Arm, Self::DataPlane]
            .into_iter()
            .find(|plane| plane.as_str() == text)
            .ok_or(())
    }
}

impl Place {
    /// A collection on the data plane.
    pub const fn data_plane(collection: &'static str, envelope: Envelope) -> Self {
        Self {
            plane: Plane::DataPlane,
            collection,
            envelope,
            list: ListShape::Value,
            masked: &[],
            listed_by: None,
            spelling: Spelling::PLAIN,
        }
    }

    /// The places of an object that ARM keeps as base64, and the data plane under a type.
    pub fn extended(arm: &'static str, data_plane: &'static str, ty: &'static str) -> Vec<Self> {
        let arm = Self {
            plane: Plane::Arm,
            collection: arm,
            envelope: Envelope::Base64,
            list: ListShape::Value,
            masked: &[],
            listed_by: None,
            spelling: Spelling::PLAIN,
        };
        vec![arm, Self::data_plane(data_plane, Envelope::Extended(ty))]
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
    /// The body for a document.
    pub fn wrap(self, name: &str, document: Json) -> Json {
        match self {
            Self::Bare => document,
            Self::Properties => json!({ "properties": document }),
            Self::Base64 => {
                use base64::Engine as _;
                let text = document.to_string();
                let value = base64::engine::general_purpose::STANDARD.encode(text);
                json!({ "properties": { "value": value } })
            }
            Self::Extended(ty) => {
                json!({ "name": name, "type": ty, "tags": [], "properties": document })
            }
            Self::ExtendedBy(types) => {
                let ty = types.of(&document);
                json!({ "name": name, "type": ty, "tags": [], "properties": document })
            }
        }
    }

    /// The document in a body.
    ///
    /// # Errors
    /// What about the body is not as the envelope says.
    pub fn unwrap(self, body: Json) -> Result<Json, String> {
        let document = match self {
            Self::Bare => body,
            Self::Properties | Self::Extended(_) | Self::ExtendedBy(_) => {
                member(body, "properties")?
            }
            Self::Base64 => decode(member(member(body, "properties")?, "value")?)?,
        };
        match document {
            Json::Object(_) => Ok(document),
            _ => Err("the document is no JSON object".to_owned()),
        }
    }
}

fn member(body: Json, name: &str) -> Result<Json, String> {
    match body {
        Json::Object(mut members) => members
            .remove(name)
            .ok_or_else(|| format!("the member `{name}` is missing")),
        _ => Err(format!(
            "the member `{name}` is missing: the body is no JSON object"
        )),
    }
}

/// Base64 with white space between, as some tools write it. An empty text is an empty document.
fn decode(value: Json) -> Result<Json, String> {
    use base64::Engine as _;
    let Json::String(text) = value else {
        return Err("`properties.value` is no string".to_owned());
    };
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if text.is_empty() {
        return Ok(json!({}));
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|error| format!("`properties.value` is no base64: {error}"))?;
    azure::json::read(&bytes).map_err(|error| format!("`properties.value` holds no JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Envelope::Bare)]
    #[case(Envelope::Properties)]
    #[case(Envelope::Base64)]
    #[case(Envelope::Extended("Skill"))]
    fn envelopes_give_back_what_they_took(#[case] envelope: Envelope) {
        let document = json!({"description": "a \u{e9}", "n": 1.5});
        let body = envelope.wrap("triage", document.clone());
        assert_eq!(envelope.unwrap(body), Ok(document));
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
    #[case(json!({"properties": {"value": 1}}), "no string")]
    #[case(json!({"properties": {"value": "%%%"}}), "no base64")]
    #[case(json!({"properties": {"value": "eA=="}}), "no JSON")]
    #[case(json!({"properties": {"value": "MQ=="}}), "no JSON object")]
    #[case(json!([]), "no JSON object")]
    fn other_bodies_are_refused(#[case] body: Json, #[case] reason: &str) {
        let error = Envelope::Base64.unwrap(body).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}
