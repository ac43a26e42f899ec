//! Sending a message exactly once. If the response does not tell whether it arrived, the provider
//! looks for it.

use std::collections::HashSet;
use std::time::Duration;

use azure::poll::{Schedule, Step, poll_until};
use azure::{Budget, DataPlane, Request};
use serde_json::{Value as Json, json};
use tfplugin::Progress;

use super::{NEWEST_THREADS, THREADS, Trouble, items, path_of, read};

/// The id and name of the sender, as the portal displays them.
const USER: (&str, &str) = ("terraform", "Terraform");

/// The status of the response while the agent is still answering another message.
const BUSY: u16 = 422;

/// How often to check whether the agent has finished.
const FREE: Schedule = Schedule::every(Duration::from_secs(5));

/// How often and how long to look for a message whose delivery is uncertain.
const FOUND: Schedule = Schedule::every(Duration::from_secs(3)).at_most(Duration::from_secs(20));

/// The number of recent threads in which to look for it.
const THREADS_TO_SEARCH: &str = "20";

/// A message that was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The id of the thread.
    pub(crate) thread: String,
    /// The ids of the earlier messages.
    pub(crate) before: HashSet<String>,
}

/// Sends a message to a thread, as soon as the agent has finished, or to a new thread.
pub(crate) async fn send(
    plane: &DataPlane,
    thread: Option<&str>,
    text: &str,
    progress: &Progress,
    budget: &Budget,
) -> Result<Sent, Trouble> {
    match thread {
        Some(thread) => continue_thread(plane, thread, text, progress, budget).await,
        None => start(plane, text, budget).await,
    }
}

async fn start(plane: &DataPlane, text: &str, budget: &Budget) -> Result<Sent, Trouble> {
    let ids = |threads: Vec<Json>| {
        threads
            .iter()
            .filter_map(|one| id(one).map(str::to_owned))
            .collect()
    };
    let before: HashSet<String> = ids(newest_threads(plane, budget).await?);
    let body = json!({ "startMessage": said(text) });
    let sent = plane.send(Request::post(THREADS).json(body), budget).await;
    let (thread, unclear) = match sent {
        Ok(answer) => (answer.json().and_then(id).map(str::to_owned), None),
        Err(error) if is_unclear(&error, budget) => (None, Some(error)),
        Err(error) => return Err(error.into()),
    };
    let thread = match thread {
        Some(thread) => thread,
        // The service has not returned the id of the thread.
        None => {
            let found = poll_until(&FOUND, budget, || async {
                let threads = newest_threads(plane, budget).await?;
                let new = threads.iter().filter(|one| begins_with(one, text));
                let new = new
                    .filter_map(|one| id(one))
                    .filter(|id| !before.contains(*id));
                Ok(one_of(new.map(str::to_owned).collect()))
            });
            found.await.map_err(|_: Trouble| lost(unclear.as_ref()))??
        }
    };
    Ok(Sent {
        thread,
        before: HashSet::new(),
    })
}

async fn continue_thread(
    plane: &DataPlane,
    thread: &str,
    text: &str,
    progress: &Progress,
    budget: &Budget,
) -> Result<Sent, Trouble> {
    let path = format!("{}/messages", path_of(thread)?);
    let sent = |before| Sent {
        thread: thread.to_owned(),
        before,
    };
    poll_until(&FREE, budget, || async {
        let page = read(plane, thread, budget).await?;
        let ids = page.messages.iter().map(|message| message.id().to_owned());
        let before: HashSet<String> = ids.collect();
        let busy = || {
            progress.tell("the agent is busy in this thread");
            Ok(Step::again("the agent is busy in this thread"))
        };
        if page.is_running() {
            return busy();
        }
        let request = Request::post(path.as_str()).json(said(text));
        match plane.send(request, budget).await {
            Ok(_) => Ok(Step::Done(sent(before))),
            // The message was not accepted, so it can be sent again.
            Err(error) if error.status() == Some(BUSY) => busy(),
            Err(error) if is_unclear(&error, budget) => {
                let found = poll_until(&FOUND, budget, || async {
                    let page = read(plane, thread, budget).await?;
                    let new = page.messages.iter().filter(|one| one.text() == text);
                    let new = new.map(|one| one.id().to_owned());
                    Ok(one_of(new.filter(|id| !before.contains(id)).collect()))
                });
                found.await.map_err(|_: Trouble| lost(Some(&error)))??;
                Ok(Step::Done(sent(before)))
            }
            Err(error) => Err(error.into()),
        }
    })
    .await
}

/// Returns the most recent threads of the agent.
async fn newest_threads(plane: &DataPlane, budget: &Budget) -> Result<Vec<Json>, Trouble> {
    let request = Request::get(THREADS)
        .query("$top", THREADS_TO_SEARCH)
        .query(NEWEST_THREADS.0, NEWEST_THREADS.1);
    let mut answer = plane.send(request, budget).await?.into_json()?;
    Ok(items(&mut answer))
}

fn said(text: &str) -> Json {
    json!({ "text": text, "userId": USER.0, "displayName": USER.1 })
}

fn id(thread: &Json) -> Option<&str> {
    ["id", "threadId"]
        .iter()
        .find_map(|name| thread.get(name)?.as_str())
}

fn begins_with(thread: &Json, text: &str) -> bool {
    thread.pointer("/startMessage/text").and_then(Json::as_str) == Some(text)
}

/// Returns whether a message may have arrived, and there is time to look for it.
fn is_unclear(error: &azure::Error, budget: &Budget) -> bool {
    error.may_have_been_applied() && budget.ended().is_none()
}

/// Returns the new message with our text, if it is unambiguous. Other clients may send the same
/// text at the same time.
fn one_of(found: Vec<String>) -> Step<Result<String, Trouble>> {
    match found.as_slice() {
        [] => Step::again("the message has not appeared yet"),
        [one] => Step::Done(Ok(one.clone())),
        several => Step::Done(Err(Trouble::Told(format!(
            "Other clients sent the same message at the same time, so the provider does not know \
             which of these it sent: {}.",
            several.join(", ")
        )))),
    }
}

fn lost(error: Option<&azure::Error>) -> Trouble {
    let why = error.map_or_else(
        || "The service accepted the message, but did not return the ID of the thread.".to_owned(),
        azure::Error::detail,
    );
    Trouble::Told(format!(
        "The provider does not know whether the message arrived. It looked for the message and did \
         not find it. It did not send the message again. Before you send it again, check the \
         threads of the agent.\n\n{why}"
    ))
}
