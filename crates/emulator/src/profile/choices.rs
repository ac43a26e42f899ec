//! The values of switches that are neither numbers nor booleans.

use serde::{Deserialize, Serialize};

/// Who may write children over ARM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tenant {
    /// A tenant in which children exist on ARM.
    Internal,
    /// A tenant in which they are refused.
    External,
}

/// The number of stores behind the two planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreModel {
    /// Both planes see the same objects.
    One,
    /// Each plane has separate objects.
    Two,
}

/// The roles of Azure SRE Agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Administrator,
    /// May write extended-agent configuration and incident management, and read threads.
    Author,
    /// May write threads, knowledge and scheduled tasks, and read incident management.
    User,
    /// May read threads, knowledge and incident management.
    Reader,
    /// May do nothing.
    None,
}

/// What happens to a message to a thread that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownThread {
    /// It is refused with 404, as observed by a client.
    Refused,
    /// It starts the thread, as in the API reference.
    Started,
}

/// The name of the call by which a hub sends messages to its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HubEvent {
    /// As on most agents.
    MessageUpdate,
    /// As on one agent.
    #[serde(rename = "messageupdate")]
    LowerCase,
}

/// How the hub signals the end of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnEnd {
    /// By the action `SignalProcessingComplete`.
    Signal,
    /// By an empty text, as on older builds.
    EmptyText,
}

/// What happens to members that do not exist in an api-version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownMembers {
    /// They are accepted but lost, and not returned.
    Dropped,
    /// They are refused.
    Refused,
    /// They are stored and returned as in any version.
    Kept,
}

/// What happens to values that are not in the lists of the typed API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnlistedValues {
    /// They are stored and returned like any other.
    Stored,
    /// They are refused.
    Refused,
}

/// Who may call a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Webhook {
    /// Callers with a data-plane token.
    Bearer,
    /// Everyone.
    None,
}

/// Which `Accept` headers count as a request for JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// `application/json` must be named.
    Json,
    /// Anything except HTML (`text/html`), including no header.
    Any,
}

/// The shape of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListShape {
    /// `{"value": […], "nextLink": null}`.
    Enveloped,
    /// `[…]`.
    Bare,
}

/// For which kinds a missing envelope type is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingType {
    /// None.
    Accepted,
    /// Hooks and common prompts.
    HooksAndPrompts,
    /// All.
    Refused,
}

/// The answer to a fired trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionShape {
    /// `{message, execution: {…}}`.
    Nested,
    /// `{message, executionTime, threadId, success}`.
    Flat,
}

/// How a base64 body is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base64Bodies {
    /// Encoded again, with what the service adds.
    Completed,
    /// The text that was sent.
    AsSent,
}

/// The member that enables a scheduled task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// `isEnabled`: true or false.
    IsEnabled,
    /// `status`: `Active`, `Paused`, or `Completed` at its end.
    Status,
}

/// The member that contains the text of a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkillText {
    /// `skillContent`.
    SkillContent,
    /// `skillMdContent`.
    SkillMdContent,
}

/// What happens to a map of headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum McpHeaders {
    /// It is kept.
    Kept,
    /// It is lost.
    Lost,
}
