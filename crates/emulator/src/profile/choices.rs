//! What a switch can be set to that is neither a number nor on and off.

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

/// How many stores are behind the two planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreModel {
    /// Both planes see the same objects.
    One,
    /// Each plane has its own.
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

/// What becomes of a message to a thread that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownThread {
    /// It is refused with 404, as a client has seen it.
    Refused,
    /// It starts the thread, as the API reference has it.
    Started,
}

/// The name of the call by which a hub tells its clients of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HubEvent {
    /// As most agents have it.
    MessageUpdate,
    /// As one agent had it.
    #[serde(rename = "messageupdate")]
    LowerCase,
}

/// How the hub says that a turn has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnEnd {
    /// By the action `SignalProcessingComplete`.
    Signal,
    /// By an empty text, as on older builds.
    EmptyText,
}

/// What becomes of what an api-version does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownMembers {
    /// It is accepted and lost, and not shown.
    Dropped,
    /// It is refused.
    Refused,
    /// It is stored and shown as in any version.
    Kept,
}

/// What becomes of values that the lists of the typed API do not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnlistedValues {
    /// They are stored and shown like any other.
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

/// What counts as asking for JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// `application/json` must be named.
    Json,
    /// Anything, or nothing, is enough, as long as it is not a page: `text/html`.
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

/// What a body in base64 comes back as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base64Bodies {
    /// Written anew, with what the service adds.
    Completed,
    /// The text that was sent.
    AsSent,
}

/// The member that switches a scheduled task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// `isEnabled`: true or false.
    IsEnabled,
    /// `status`: `Active`, `Paused`, or `Completed` at its end.
    Status,
}

/// The member that has the text of a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkillText {
    /// `skillContent`.
    SkillContent,
    /// `skillMdContent`.
    SkillMdContent,
}

/// What becomes of a map of headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum McpHeaders {
    /// It is kept.
    Kept,
    /// It is lost.
    Lost,
}
