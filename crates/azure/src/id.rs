//! The ids of agents and of their children, and safe path segments.
//!
//! An agent is identified by its ARM id,
//! `/subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.App/agents/{name}`; a child by the
//! id of its agent, the name of its collection and its own name, on whichever plane it is stored.
//! Azure compares ids case-insensitively and may answer in another case than the request, so
//! parsing accepts any case and [`Display`](fmt::Display) writes one.

mod parts;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use parts::Parts;

/// The ARM id of an agent. Equality, hashes and order ignore case.
#[derive(Clone, Debug)]
pub struct AgentId {
    subscription_id: String,
    resource_group_name: String,
    name: String,
}

/// The id of an object that belongs to an agent: `{agent id}/{segment}/{name}`.
///
/// The segment is compared case-insensitively, the name exactly. A name may contain any character:
/// in the written form, `%`, `/`, `?`, `#` and control characters are percent-encoded.
#[derive(Clone, Debug)]
pub struct ChildId {
    agent: AgentId,
    segment: String,
    name: String,
}

/// Why a text is not a valid id, name or path segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// A fixed part of the id is missing or wrong.
    #[error(
        "`{id}` is not {what}: expected `{expected}` {position}, found {found}. The form is \
         `{form}`"
    )]
    Part {
        /// The text that was parsed.
        id: String,
        /// What the text should have been.
        what: &'static str,
        /// The word that is missing.
        expected: &'static str,
        /// Where the word is missing.
        position: String,
        /// What was found instead.
        found: String,
        /// The expected form of the whole id.
        form: &'static str,
    },
    /// A variable part of the id is empty or contains a forbidden character.
    #[error("`{id}` is not {what}: the {part} {problem}. The form is `{form}`")]
    Value {
        /// The text that was parsed.
        id: String,
        /// What the text should have been.
        what: &'static str,
        /// Which part is wrong.
        part: &'static str,
        /// What is wrong with it.
        problem: String,
        /// The expected form of the whole id.
        form: &'static str,
    },
    /// The id has more parts than its form allows.
    #[error("`{id}` is not {what}: unexpected `{rest}` at the end. The form is `{form}`")]
    Trailing {
        /// The text that was parsed.
        id: String,
        /// What the text should have been.
        what: &'static str,
        /// The superfluous part.
        rest: String,
        /// The expected form of the whole id.
        form: &'static str,
    },
    /// The name of an agent violates the service's naming rule.
    #[error(
        "`{0}` is not a valid agent name: a name has 2 to 32 letters, digits and hyphens, begins \
         with a letter, and ends with a letter or digit"
    )]
    AgentName(String),
    /// A name cannot be a path segment.
    #[error("`{name}` is not a valid name: {problem}")]
    Segment {
        /// The name.
        name: String,
        /// Why it cannot be one.
        problem: &'static str,
    },
}

const AGENT_FORM: &str = "/subscriptions/{subscription}/resourceGroups/{resource group}\
                          /providers/Microsoft.App/agents/{agent}";
const CHILD_FORM: &str = "/subscriptions/{subscription}/resourceGroups/{resource group}\
                          /providers/Microsoft.App/agents/{agent}/{kind}/{name}";
const AGENT: &str = "the ID of an agent";
const CHILD: &str = "the ID of an object inside an agent";

impl AgentId {
    /// Creates an id from its parts.
    ///
    /// Fails if a part is empty or contains a character that an id cannot contain. Does not check
    /// the agent's name against the naming rule, because an existing agent is always right; see
    /// [`validate_agent_name`].
    pub fn new(
        subscription_id: impl Into<String>,
        resource_group_name: impl Into<String>,
        name: impl Into<String>,
    ) -> Result<Self, IdError> {
        let id = Self {
            subscription_id: subscription_id.into(),
            resource_group_name: resource_group_name.into(),
            name: name.into(),
        };
        let written = id.to_string();
        check_value(
            &written,
            AGENT,
            AGENT_FORM,
            "subscription ID",
            &id.subscription_id,
        )?;
        check_value(
            &written,
            AGENT,
            AGENT_FORM,
            "resource group name",
            &id.resource_group_name,
        )?;
        check_value(&written, AGENT, AGENT_FORM, "agent name", &id.name)?;
        Ok(id)
    }

    /// Parses an ARM id in any case, with or without a trailing slash.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let mut parts = Parts::new(text, AGENT, AGENT_FORM)?;
        let id = parts.agent()?;
        parts.end()?;
        Ok(id)
    }

    /// Returns the id of the subscription, as written.
    pub fn subscription_id(&self) -> &str {
        &self.subscription_id
    }

    /// Returns the name of the resource group, as written.
    pub fn resource_group_name(&self) -> &str {
        &self.resource_group_name
    }

    /// Returns the name of the agent, as written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the path of the agent on ARM, encoded for a URL.
    pub fn path(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.App/agents/{}",
            encode(&self.subscription_id),
            encode(&self.resource_group_name),
            encode(&self.name)
        )
    }

    /// Returns the id of one of the agent's objects, e.g. `child("skills", "triage")`.
    pub fn child(
        &self,
        segment: impl Into<String>,
        name: impl Into<String>,
    ) -> Result<ChildId, IdError> {
        let (segment, name) = (segment.into(), name.into());
        encode_segment(&name)?;
        check_value(&segment, CHILD, CHILD_FORM, "kind", &segment)?;
        Ok(ChildId {
            agent: self.clone(),
            segment,
            name,
        })
    }

    fn folded(&self) -> (String, String, String) {
        (
            self.subscription_id.to_lowercase(),
            self.resource_group_name.to_lowercase(),
            self.name.to_lowercase(),
        )
    }
}

impl ChildId {
    /// Parses an id in any case, and percent-decodes the name.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let mut parts = Parts::new(text, CHILD, CHILD_FORM)?;
        let agent = parts.agent()?;
        let segment = parts.value("kind")?.to_owned();
        let name = decode(parts.raw("name")?);
        parts.end()?;
        encode_segment(&name)?;
        Ok(Self {
            agent,
            segment,
            name,
        })
    }

    /// Returns the agent.
    pub fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// Returns the name of the collection, as written, e.g. `skills`.
    pub fn segment(&self) -> &str {
        &self.segment
    }

    /// Returns the name of the object, decoded.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the path of the object on ARM, encoded for a URL.
    pub fn path(&self) -> String {
        format!(
            "{}/{}/{}",
            self.agent.path(),
            encode(&self.segment),
            encode(&self.name)
        )
    }
}

/// Checks the name of an agent against the service's rule,
/// `^[A-Za-z]([-A-Za-z0-9]{0,30}[A-Za-z0-9])$`.
pub fn validate_agent_name(name: &str) -> Result<(), IdError> {
    let bytes = name.as_bytes();
    let fits = (2..=32).contains(&bytes.len())
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric);
    if fits {
        Ok(())
    } else {
        Err(IdError::AgentName(name.to_owned()))
    }
}

/// Encodes `name` as one segment of a URL path.
///
/// Everything except letters, digits, `-`, `_`, `.` and `~` is percent-encoded, so that no name can
/// reach into another path, a query or a header. Fails for names that a URL cannot express: the
/// empty one, which would address the collection, and `.` and `..`, which every client resolves,
/// encoded or not.
pub fn encode_segment(name: &str) -> Result<String, IdError> {
    let problem = match name {
        "" => "it is empty",
        "." | ".." => "it would refer to another path in a URL",
        _ => return Ok(encode(name)),
    };
    Err(IdError::Segment {
        name: name.to_owned(),
        problem,
    })
}

/// Returns the path of `name` inside `collection`. Fails if `name` cannot be a path segment.
pub fn join(collection: &str, name: &str) -> Result<String, IdError> {
    Ok(format!(
        "{}/{}",
        collection.trim_end_matches('/'),
        encode_segment(name)?
    ))
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.App/agents/{}",
            self.subscription_id, self.resource_group_name, self.name
        )
    }
}

impl fmt::Display for ChildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.agent, self.segment)?;
        let must = |c: char| matches!(c, '%' | '/' | '?' | '#') || c.is_control();
        for piece in self.name.split_inclusive(must) {
            let readable = piece.trim_end_matches(must);
            f.write_str(readable)?;
            write!(
                f,
                "{}",
                utf8_percent_encode(&piece[readable.len()..], NON_ALPHANUMERIC)
            )?;
        }
        Ok(())
    }
}

impl FromStr for AgentId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl FromStr for ChildId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl PartialEq for AgentId {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}

impl Eq for AgentId {}

impl PartialOrd for AgentId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AgentId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(&other.folded())
    }
}

impl Hash for AgentId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}

impl PartialEq for ChildId {
    fn eq(&self, other: &Self) -> bool {
        self.agent == other.agent
            && self.segment.eq_ignore_ascii_case(&other.segment)
            && self.name == other.name
    }
}

impl Eq for ChildId {}

impl Hash for ChildId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.agent.hash(state);
        self.segment.to_ascii_lowercase().hash(state);
        self.name.hash(state);
    }
}

/// Rejects characters that end or change a path, because the parts of an ARM id appear unencoded in
/// paths and messages.
fn check_value(
    id: &str,
    what: &'static str,
    form: &'static str,
    part: &'static str,
    value: &str,
) -> Result<(), IdError> {
    let problem = if value.is_empty() {
        "is missing".to_owned()
    } else if value == "." || value == ".." {
        format!("is `{value}`")
    } else if let Some(c) = value
        .chars()
        .find(|c| matches!(c, '/' | '\\' | '?' | '#' | '%') || c.is_control() || c.is_whitespace())
    {
        format!("contains {c:?}")
    } else {
        return Ok(());
    };
    Err(IdError::Value {
        id: id.to_owned(),
        what,
        part,
        problem,
        form,
    })
}

/// Characters that RFC 3986 calls unreserved are not encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Decodes percent escapes. Anything that is not an escape, or would not be UTF-8, is kept
/// unchanged.
fn decode(text: &str) -> String {
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) => decoded.into_owned(),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
