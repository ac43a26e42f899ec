//! Threads as they are stored, and as they are shown.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::store::now;

/// How much of the first message becomes the title, in characters.
const TITLE: usize = 80;

/// A conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Thread {
    pub(super) id: String,
    /// Its place in the order of creation.
    pub(super) sequence: usize,
    /// `User`, `HttpTrigger` or `ScheduledTask`.
    pub(super) source: String,
    /// The subagent that was asked last.
    pub(super) subagent: Option<String>,
    /// The run mode of what started it; the agent's when absent.
    pub(super) mode: Option<String>,
    pub(super) created: String,
    pub(super) modified: String,
    pub(super) messages: Vec<Message>,
    /// The hooks on demand that are active here.
    pub(super) hooks: BTreeSet<String>,
}

/// A message of a thread.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    id: String,
    time: String,
    author: Author,
    text: String,
    /// Looks at the thread that still see it unfinished.
    looks: u32,
    pub(super) approval: Option<Approval>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Author {
    pub(super) role: Role,
    pub(super) user_id: String,
    pub(super) display_name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Role {
    #[serde(rename = "SREAgent")]
    Agent,
    User,
    System,
}

/// A request for leave to act.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Approval {
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) tool: String,
    pub(super) command: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Pending,
    Approved,
    Rejected,
}

impl Thread {
    /// The messages that are finished, or all that there is of them.
    pub(super) fn show(&self) -> Value {
        let waits = self.messages.iter().any(Message::is_pending);
        let first = self.messages.first();
        let title = first.map(Message::title).unwrap_or_default();
        json!({
            "id": self.id,
            "title": title,
            "source": self.source,
            "incidentSource": null,
            "status": {
                "actionsStatus": { "hasCriticalActions": waits, "hasWarningActions": false },
                "incidentStatus": null,
            },
            "createdTimestamp": self.created,
            "modifiedTimestamp": self.modified,
            "startMessage": first.map(Message::show),
            "lastMessage": self.messages.last().map(Message::show),
        })
    }

    /// Adds a message.
    pub(super) fn add(&mut self, message: Message) {
        self.modified.clone_from(&message.time);
        self.messages.push(message);
    }

    /// Counts a look at the thread: true if there was something unfinished to see.
    pub(super) fn look(&mut self) -> bool {
        let mut unfinished = self.messages.iter_mut().filter(|message| message.looks > 0);
        let first = unfinished.next();
        first.is_some_and(|message| {
            message.looks -= 1;
            true
        })
    }

    /// What was made of the conversation, once the agent has said something.
    pub(super) fn insight(&self) -> Option<Value> {
        let title = self.messages.first()?.title();
        let mut finished = self
            .messages
            .iter()
            .rev()
            .filter(|message| message.looks == 0);
        let last = finished.find(|message| message.author.role == Role::Agent)?;
        Some(json!({
            "id": Uuid::new_v5(&Uuid::NAMESPACE_OID, self.id.as_bytes()).to_string(),
            "threadId": self.id,
            "title": title,
            "generatedTimestamp": last.time,
            "insightMarkdown": format!("## {title}\n\n{}", last.text),
            "feedbackCount": 0,
            "positiveFeedbackCount": 0,
            "negativeFeedbackCount": 0,
        }))
    }
}

impl Message {
    /// A new message; the first `looks` at the thread see it unfinished.
    pub(super) fn new(author: Author, text: String, looks: u32) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            time: now(),
            author,
            text,
            looks,
            approval: None,
        }
    }

    /// As the API shows it: without text while the agent is still at it.
    pub(super) fn show(&self) -> Value {
        let complete = self.looks == 0;
        let approval = self.approval.as_ref().filter(|_| complete);
        json!({
            "id": self.id,
            "timeStamp": self.time,
            "author": self.author,
            "text": if complete { self.text.as_str() } else { "" },
            "messageType": if approval.is_some() { "Approval" } else { "Text" },
            "isComplete": complete,
            "approval": approval.map(Approval::show),
        })
    }

    /// Whether somebody can, and has to, decide.
    pub(super) fn is_pending(&self) -> bool {
        let approval = self.approval.as_ref();
        self.looks == 0 && approval.is_some_and(|approval| approval.status == Status::Pending)
    }

    fn title(&self) -> String {
        let line = self.text.lines().next().unwrap_or_default();
        line.chars().take(TITLE).collect()
    }
}

impl Approval {
    /// A request for leave to run a command with a tool.
    pub(super) fn new(tool: &str, command: &str) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            status: Status::Pending,
            tool: tool.to_owned(),
            command: command.to_owned(),
        }
    }

    pub(super) fn show(&self) -> Value {
        json!({
            "id": self.id,
            "title": format!("Run {}", self.tool),
            "description": self.command,
            "status": self.status,
        })
    }
}
