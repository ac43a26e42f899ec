//! Threads as they are stored, and as the API returns them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::store::precise_now;

/// How much of the first message becomes the title, in characters.
const TITLE: usize = 80;
/// Members of messages for actions that the script never takes.
const NEVER: [&str; 22] = [
    "kubectlExecution",
    "psqlExecution",
    "incidentDiscussionId",
    "memorySearchResult",
    "knowledgeGraphSearchResult",
    "grepSearchResult",
    "readFileResult",
    "fileWriteResult",
    "terminalResult",
    "pythonExecutionResult",
    "webSearchToolResult",
    "toolSearchToolResult",
    "userQuestion",
    "todoInfo",
    "taskToolExecutionGroup",
    "browserConnectionRequest",
    "mcpToolExecution",
    "genevaActionExecution",
    "hookExecution",
    "dGrepExecution",
    "similarIncidentSearchExecution",
    "liveReportCard",
];

/// A conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Thread {
    pub(super) id: String,
    /// The title from the request. Otherwise the first message has one.
    #[serde(default)]
    pub(super) title: Option<String>,
    /// Its place in the order of creation.
    pub(super) sequence: usize,
    /// `User`, `HttpTrigger` or `ScheduledTask`.
    pub(super) source: String,
    /// The subagent that was addressed last.
    pub(super) subagent: Option<String>,
    /// The run mode of the trigger or task that started it, or `None` for the agent's run mode.
    pub(super) mode: Option<String>,
    pub(super) created: String,
    pub(super) modified: String,
    pub(super) messages: Vec<Message>,
    /// The on-demand hooks that are active in this thread.
    pub(super) hooks: BTreeSet<String>,
}

/// A message of a thread.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    id: String,
    time: String,
    author: Author,
    text: String,
    /// How many more reads of the thread see the message unfinished.
    looks: u32,
    pub(super) approval: Option<Approval>,
}

/// The author of a message.
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

/// A command, and the request to approve it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Approval {
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) tool: String,
    pub(super) command: String,
    /// Whether the command needs approval, or is just run.
    asked: bool,
    /// Whether there is no command before the approval.
    #[serde(default)]
    first: bool,
    created: String,
    /// When it was decided, and by whom.
    ended: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Pending,
    Approved,
    Rejected,
}

impl Thread {
    /// Returns the thread as the API returns it.
    pub(super) fn show(&self) -> Value {
        let waits = self.messages.iter().any(Message::is_pending);
        let first = self.messages.first();
        json!({
            "id": self.id,
            "title": self.title(),
            "startMessage": first.map(Message::show),
            "lastMessage": self.messages.last().map(Message::show),
            "createdTimestamp": self.created,
            "modifiedTimestamp": self.modified,
            "featureConfig": {},
            "source": self.source,
            "waitReason": null,
            "waitUntil": null,
            "incidentSource": null,
            "type": "Prod",
            "incidentDetails": null,
            "lastReadTime": null,
            "status": {
                "actionsStatus": { "hasCriticalActions": waits, "hasWarningActions": false },
                "incidentStatus": null,
            },
            "evaluatedTimestamp": null,
            "trajectoryGeneratedTimestamp": null,
            "favorite": false,
            "favoritedByUserIds": [],
            "isIncidentTestModeEnabled": false,
            "onboardingStatus": null,
            "isInternal": false,
            "releaseHandlingAgent": false,
            "agentMode": self.mode,
            "threadOrigin": self.source,
            "startHookExecuted": false,
            "activatedHooks": self.hooks,
            "deactivatedHooks": [],
            "modelTier": null,
        })
    }

    /// Returns its own title, or that of its first message.
    fn title(&self) -> String {
        let first = || self.messages.first().map(Message::title);
        self.title.clone().or_else(first).unwrap_or_default()
    }

    /// Returns whether the agent is still working on its answer.
    pub(super) fn is_running(&self) -> bool {
        self.messages.iter().any(|message| !message.is_complete())
    }

    /// Adds a message.
    pub(super) fn add(&mut self, message: Message) {
        self.modified.clone_from(&message.time);
        self.messages.push(message);
    }

    /// Counts a read of the thread. Returns the message that was unfinished so far and that this
    /// read sees.
    pub(super) fn look(&mut self) -> Option<&Message> {
        let mut messages = self.messages.iter_mut();
        let unfinished = messages.find(|message| !message.is_complete())?;
        unfinished.looks -= 1;
        Some(unfinished)
    }

    /// Finishes the messages that the agent is working on, and returns them.
    pub(super) fn finish(&mut self) -> Vec<Message> {
        let messages = self.messages.iter_mut();
        let unfinished = messages.filter(|message| !message.is_complete());
        unfinished
            .map(|message| {
                message.finish();
                message.clone()
            })
            .collect()
    }

    /// Returns the insight about the conversation, once it has messages.
    pub(super) fn insight(&self) -> Option<Value> {
        self.messages.first()?;
        let title = self.title();
        let mut finished = self
            .messages
            .iter()
            .rev()
            .filter(|message| message.is_complete());
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
    /// Creates a message. The first `looks` reads of the thread see it unfinished.
    pub(super) fn new(author: Author, text: String, looks: u32) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            time: precise_now(),
            author,
            text,
            looks,
            approval: None,
        }
    }

    /// Returns the message as the API returns it: without text while the agent is still working on
    /// it. Most members are for tools that the script never uses.
    pub(super) fn show(&self) -> Value {
        let complete = self.is_complete();
        let known = self.approval.as_ref().filter(|_| complete);
        let approval = known.filter(|execution| execution.asked);
        let execution = known.filter(|execution| execution.has_command());
        let mut shown = Map::new();
        for (name, value) in [
            ("id", json!(self.id)),
            ("timeStamp", json!(self.time)),
            ("author", json!(self.author)),
            (
                "text",
                json!(if complete { self.text.as_str() } else { "" }),
            ),
            ("isImageContent", json!(false)),
            ("posted", json!(true)),
            ("approval", json!(approval.map(Approval::show))),
            (
                "azCliExecution",
                json!(execution.map(Approval::show_execution)),
            ),
            ("isDailyReport", json!(false)),
            ("isComplete", json!(complete)),
            ("messageType", Value::Null),
            ("attachments", json!([])),
        ] {
            shown.insert(name.to_owned(), value);
        }
        for name in NEVER {
            shown.insert(name.to_owned(), Value::Null);
        }
        Value::Object(shown)
    }

    /// Returns whether a user can and must decide.
    pub(super) fn is_pending(&self) -> bool {
        let approval = self.approval.as_ref();
        self.is_complete() && approval.is_some_and(|approval| approval.status == Status::Pending)
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether the agent has finished the message.
    pub(super) fn is_complete(&self) -> bool {
        self.looks == 0
    }

    /// Makes the next read see the message finished.
    pub(super) fn finish(&mut self) {
        self.looks = 0;
    }

    fn title(&self) -> String {
        let line = self.text.lines().next().unwrap_or_default();
        line.chars().take(TITLE).collect()
    }
}

impl Approval {
    /// Creates a command that waits for approval.
    pub(super) fn asked(tool: &str, command: &str, first: bool) -> Self {
        Self {
            id: Uuid::new_v4().to_string(),
            status: Status::Pending,
            tool: tool.to_owned(),
            command: command.to_owned(),
            asked: true,
            first,
            created: precise_now(),
            ended: None,
        }
    }

    /// Creates a command that was run without approval.
    pub(super) fn done(tool: &str, command: &str, agent: &str) -> Self {
        let mut done = Self::asked(tool, command, false);
        done.asked = false;
        done.end(true, agent);
        done
    }

    /// Returns whether there is a command to show and to decide about.
    pub(super) fn has_command(&self) -> bool {
        !self.first || self.status == Status::Approved
    }

    /// Records a decision.
    pub(super) fn end(&mut self, approved: bool, user: &str) {
        self.status = if approved {
            Status::Approved
        } else {
            Status::Rejected
        };
        self.ended = Some((precise_now(), user.to_owned()));
    }

    pub(super) fn show(&self) -> Value {
        json!({
            "id": self.id,
            "title": format!("Run {}", self.tool),
            "description": self.command,
            "status": self.status,
        })
    }

    /// Returns the execution of a command, with output once it was run.
    pub(super) fn show_execution(&self) -> Value {
        let (ended, by) = self.ended.clone().unzip();
        let ran = self.status == Status::Approved;
        let status = match self.status {
            Status::Pending => "Pending",
            Status::Approved => "Completed",
            Status::Rejected => "Cancelled",
        };
        json!({
            "id": self.id,
            "command": self.command,
            "description": format!("Run {}", self.tool),
            "status": status,
            "originalFunctionCall": null,
            "output": ran.then_some("The emulator has touched nothing."),
            "error": null,
            "createdTimestamp": self.created,
            "startedTimestamp": ended.as_ref().filter(|_| ran),
            "completedTimestamp": ended,
            "executedBy": by.map(|by| json!({ "role": "User", "userId": by, "displayName": by })),
            "agentContextId": null,
            "toolCallId": null,
            "expiredByTimeout": false,
            "requiredScopes": null,
        })
    }
}
