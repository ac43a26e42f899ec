//! Conversations with agents, in threads of their data planes.
//!
//! - [`send`]: sends a message, and never sends it twice
//! - [`message`]: the contents of a thread
//! - [`turn`]: the progress of the agent's answer
//! - [`narration`]: what the agent says while it works
//! - [`wait`]: waits for the answer
//! - [`decide`]: decides the approvals that the agent asks for

mod decide;
mod message;
mod narration;
mod send;
mod turn;
mod wait;

use std::cmp::Reverse;

use azure::{Budget, DataPlane, Presence, Request};
use jiff::Timestamp;
use serde_json::Value as Json;

pub(crate) use self::decide::{Decision, decide};
pub(crate) use self::message::{Asked, Message, What};
pub(crate) use self::send::{Sent, send};
pub(crate) use self::wait::{AtApproval, Wait, listen};
use crate::data_sources::told;

/// The path of threads on the data plane.
pub(crate) const THREADS: &str = "/api/v1/threads";

/// The query parameter that requests the newest messages first.
pub(crate) const NEWEST_MESSAGES: (&str, &str) = ("orderby", "timestamp desc");

/// The query parameter that requests the newest threads first.
pub(crate) const NEWEST_THREADS: (&str, &str) = ("$orderby", "createdTimestamp desc");

/// The number of recent messages that determine the status of a thread.
const LAST: &str = "50";

/// An error in a conversation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// A request failed.
    #[error(transparent)]
    Azure(#[from] azure::Error),
    /// Another error, described in sentences.
    #[error("{0}")]
    Told(String),
}

/// The most recent part of a thread.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// `Idle` or `Running`, if this build of the service reports it.
    state: Option<String>,
    /// The most recent messages, newest first.
    pub(crate) messages: Vec<Message>,
}

impl Trouble {
    /// Returns the description for the user.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Azure(error) => told(error),
            Self::Told(text) => text.clone(),
        }
    }
}

impl Page {
    pub(crate) fn new(mut answer: Json) -> Self {
        let state = answer.get("state").and_then(Json::as_str);
        let state = state.map(str::to_owned);
        let mut messages: Vec<Message> = items(&mut answer).into_iter().map(Message).collect();
        // Builds that ignore the order return the oldest message first.
        messages.sort_by_key(|message| Reverse(message.sent_at()));
        Self { state, messages }
    }

    /// Returns whether the service reports that the agent is working.
    pub(crate) fn is_running(&self) -> bool {
        self.state.as_deref() == Some("Running")
    }

    /// Returns the approvals that the agent asks for and that are pending.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        let mut asked: Vec<Asked> = Vec::new();
        for one in self.messages.iter().flat_map(Message::asked) {
            if !asked.iter().any(|known| known.id == one.id) {
                asked.push(one);
            }
        }
        asked
    }
}

/// Reads the most recent part of a thread.
///
/// # Errors
/// Returns an error if the request fails, or if the thread does not exist.
pub(crate) async fn read(
    plane: &DataPlane,
    thread: &str,
    budget: &Budget,
) -> Result<Page, Trouble> {
    let found = find(plane, thread, budget).await?;
    found.ok_or_else(|| {
        let agent = plane.agent();
        Trouble::Told(format!("The thread {thread} does not exist in {agent}."))
    })
}

/// Reads the most recent part of a thread. Returns `None` if the thread does not exist, or is not
/// visible yet.
async fn find(
    plane: &DataPlane,
    thread: &str,
    budget: &Budget,
) -> Result<Option<Page>, azure::Error> {
    let path = format!("{}/messages", path_of(thread)?);
    let request = Request::get(path)
        .query("top", LAST)
        .query(NEWEST_MESSAGES.0, NEWEST_MESSAGES.1);
    Ok(match plane.read(request, budget).await? {
        Presence::Found(answer) => Some(Page::new(answer)),
        Presence::Absent => None,
    })
}

/// Returns the path of a thread.
fn path_of(thread: &str) -> Result<String, azure::Error> {
    Ok(azure::id::join(THREADS, thread)?)
}

/// Returns the threads of a list, newest first. Sorts them itself, because some builds ignore the
/// order.
pub(crate) fn newest_threads_first(mut answer: Json) -> Vec<Json> {
    let begun = |thread: &Json| -> Option<Timestamp> {
        thread.get("createdTimestamp")?.as_str()?.parse().ok()
    };
    let mut threads = items(&mut answer);
    threads.sort_by_key(|thread| Reverse(begun(thread)));
    threads
}

/// Takes the items of a list, which some builds wrap in an object.
pub(crate) fn items(answer: &mut Json) -> Vec<Json> {
    let list = match answer {
        Json::Array(_) => Some(answer),
        _ => answer.get_mut("value"),
    };
    match list.map(Json::take) {
        Some(Json::Array(items)) => items,
        _ => Vec::new(),
    }
}
