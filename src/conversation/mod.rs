//! What is said to an agent, what it answers, and what it asks leave for: threads of its data plane.
//!
//! - [`send`]: a message, which is never sent twice
//! - [`message`]: what a thread holds
//! - [`turn`]: how far the agent is with its answer
//! - [`narration`]: what it says meanwhile
//! - [`wait`]: until it has answered
//! - [`decide`]: what it asks leave for

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

/// The threads of a data plane.
pub(crate) const THREADS: &str = "/api/v1/threads";

/// How the service is asked for the last messages first.
pub(crate) const NEWEST_MESSAGES: (&str, &str) = ("orderby", "timestamp desc");

/// How the service is asked for the last threads first.
pub(crate) const NEWEST_THREADS: (&str, &str) = ("$orderby", "createdTimestamp desc");

/// How many of the last messages tell how a thread stands.
const LAST: &str = "50";

/// Why something about a conversation failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// A request.
    #[error(transparent)]
    Azure(#[from] azure::Error),
    /// What it says, as sentences.
    #[error("{0}")]
    Told(String),
}

/// The end of a thread.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// `Idle` or `Running`, where the build of the service tells.
    state: Option<String>,
    /// The last messages, the newest first.
    pub(crate) messages: Vec<Message>,
}

impl Trouble {
    /// The same for the user.
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
        // Builds that heed no order give the oldest first.
        messages.sort_by_key(|message| Reverse(message.sent_at()));
        Self { state, messages }
    }

    /// Whether the agent says that it is at work.
    pub(crate) fn is_running(&self) -> bool {
        self.state.as_deref() == Some("Running")
    }

    /// What the agent asks leave for and nobody has decided.
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

/// The end of a thread.
///
/// # Errors
/// When there is no such thread, too.
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

/// The end of a thread; nothing where there is no such thread, or none to be seen yet.
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

/// The path of a thread.
fn path_of(thread: &str) -> Result<String, azure::Error> {
    Ok(azure::id::join(THREADS, thread)?)
}

/// The threads of a list, the newest first, also of builds that heed no order.
pub(crate) fn newest_threads_first(mut answer: Json) -> Vec<Json> {
    let begun = |thread: &Json| -> Option<Timestamp> {
        thread.get("createdTimestamp")?.as_str()?.parse().ok()
    };
    let mut threads = items(&mut answer);
    threads.sort_by_key(|thread| Reverse(begun(thread)));
    threads
}

/// The items of a list, which some builds wrap.
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
