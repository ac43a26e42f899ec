//! Conversations with the agent: threads, their messages, and what is asked and decided in them.
//!
//! The agent that answers is a script ([`script`]).

mod approvals;
mod hooks;
mod record;
mod script;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(super) use approvals::route as route_approvals;

use self::record::{Author, Message, Role, Thread};
use super::fallback;
use crate::documents::text;
use crate::http::{Answer, Handled, Refusal};
use crate::services::Context;
use crate::store::{AgentRecord, Key, Tx, now};

const THREADS: &str = "threads";
/// Where a path has the thread's id, in the casing of the request.
const ID: usize = 5;

/// A run that somebody else than a user starts.
pub(super) struct Run<'a> {
    /// What it is: `HttpTrigger` or `ScheduledTask`.
    pub(super) source: &'static str,
    /// The id and the name of what starts it.
    pub(super) by: (&'a str, &'a str),
    /// The thread to go on with; a new one when absent.
    pub(super) thread: Option<&'a str>,
    pub(super) prompt: String,
    pub(super) subagent: Option<&'a str>,
    pub(super) mode: Option<&'a str>,
}

/// The threads of an agent.
struct Threads<'a> {
    cx: Context<'a>,
    agent: &'a AgentRecord,
}

/// Answers a request; `rest` are the segments below `threads`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    let threads = Threads { cx, agent };
    let id = threads.segment();
    match (cx.call.method.as_str(), rest) {
        ("GET", []) => threads.list(tx),
        ("POST", []) => threads.create(tx),
        ("GET", ["insights"]) => threads.insights(tx),
        ("GET", [_]) => Ok(Answer::ok(threads.seen(tx, id)?.show())),
        ("DELETE", [_]) => {
            let thread = threads.find(tx, id)?;
            tx.remove(&Key::item(&agent.uid, THREADS, &thread.id))?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        ("GET", [_, "messages"]) => {
            let thread = threads.seen(tx, id)?;
            let messages: Vec<Value> = thread.messages.iter().map(Message::show).collect();
            Ok(Answer::ok(json!({ "value": messages })))
        }
        ("POST", [_, "messages"]) => threads.post(tx, id),
        (_, [_, "hooks", rest @ ..]) => {
            let thread = threads.find(tx, id)?;
            hooks::route(tx, &threads, thread, rest)
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Starts a thread, or goes on with one, on behalf of a trigger or a task; its id.
pub(super) fn run(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    run: Run<'_>,
) -> Handled<String> {
    let threads = Threads { cx, agent };
    let id = run
        .thread
        .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    let mut thread = threads.get_or_new(tx, &id, run.source)?;
    thread.subagent = run.subagent.map(str::to_owned);
    thread.mode = run.mode.map(str::to_owned);
    let author = Author {
        role: Role::System,
        user_id: run.by.0.to_owned(),
        display_name: run.by.1.to_owned(),
    };
    threads.say(tx, thread, author, &run.prompt)?;
    Ok(id)
}

impl<'a> Threads<'a> {
    /// `$orderby` is by a timestamp, `asc` or `desc`; oldest first when absent.
    fn list(&self, tx: &Tx<'_>) -> Handled {
        let mut all = self.all(tx)?;
        let order = self.cx.call.query("$orderby").unwrap_or_default();
        let mut order = order.split_whitespace();
        let by = order.next().unwrap_or("createdTimestamp");
        match by {
            "createdTimestamp" => {}
            // A stable sort: the moments are whole seconds.
            "modifiedTimestamp" => all.sort_by(|a, b| a.modified.cmp(&b.modified)),
            _ => return Err(Refusal::invalid(format!("Cannot order by '{by}'.")).into()),
        }
        match order.next() {
            None | Some("asc") => {}
            Some("desc") => all.reverse(),
            Some(other) => return Err(Refusal::invalid(format!("Cannot order '{other}'.")).into()),
        }
        let top = self.number("$top")?.unwrap_or(usize::MAX);
        let value: Vec<Value> = all.iter().take(top).map(Thread::show).collect();
        Ok(Answer::ok(json!({ "value": value })))
    }

    /// A thread with its first message, as `startMessage`.
    fn create(&self, tx: &mut Tx<'_>) -> Handled {
        let sent = self.cx.call.json_object()?;
        let Some(Value::Object(message)) = sent.get("startMessage") else {
            return Err(Refusal::invalid("startMessage is required.").into());
        };
        let thread = self.said(tx, &Uuid::new_v4().to_string(), message)?;
        Ok(Answer::json(StatusCode::CREATED, thread.show()))
    }

    /// A message to a thread, which comes into being with it.
    fn post(&self, tx: &mut Tx<'_>, id: &str) -> Handled {
        let message = self.cx.call.json_object()?;
        let thread = self.said(tx, id, &message)?;
        // The answer is behind it.
        let said = thread.messages.iter().nth_back(1).map(Message::show);
        Ok(Answer::json(StatusCode::CREATED, json!(said)))
    }

    fn insights(&self, tx: &Tx<'_>) -> Handled {
        let all = self.all(tx)?;
        let insights = all.iter().filter_map(Thread::insight);
        let insights: Vec<Value> = insights
            .skip(self.number("skip")?.unwrap_or(0))
            .take(self.number("take")?.unwrap_or(usize::MAX))
            .collect();
        Ok(Answer::ok(json!({ "insights": insights })))
    }

    /// Adds what a user says, and the answer: `{text, userId, displayName, agent}`.
    fn said(&self, tx: &mut Tx<'_>, id: &str, message: &Map<String, Value>) -> Handled<Thread> {
        let said = text(message, "text").ok_or_else(|| Refusal::invalid("text is required."))?;
        let mut thread = self.get_or_new(tx, id, "User")?;
        if let Some(subagent) = text(message, "agent") {
            thread.subagent = Some(subagent.to_owned());
        }
        let author = Author {
            role: Role::User,
            user_id: text(message, "userId").unwrap_or("user").to_owned(),
            display_name: text(message, "displayName").unwrap_or("User").to_owned(),
        };
        self.say(tx, thread, author, said)
    }

    /// Adds a message and the answer to it.
    fn say(
        &self,
        tx: &mut Tx<'_>,
        mut thread: Thread,
        author: Author,
        said: &str,
    ) -> Handled<Thread> {
        thread.add(Message::new(author, said.to_owned(), 0));
        let answer = script::answer(tx, self.cx, self.agent, &thread, said)?;
        thread.add(answer);
        self.save(tx, &thread)?;
        Ok(thread)
    }

    fn get_or_new(&self, tx: &Tx<'_>, id: &str, source: &str) -> Handled<Thread> {
        if let Some(thread) = tx.get(&Key::item(&self.agent.uid, THREADS, id))? {
            return Ok(thread);
        }
        let last = self.all(tx)?.pop();
        let moment = now();
        Ok(Thread {
            id: id.to_owned(),
            sequence: last.map_or(0, |last| last.sequence + 1),
            source: source.to_owned(),
            subagent: None,
            mode: None,
            created: moment.clone(),
            modified: moment,
            messages: Vec::new(),
            hooks: BTreeSet::new(),
        })
    }

    /// The thread as a look at it sees it; the look counts.
    fn seen(&self, tx: &mut Tx<'_>, id: &str) -> Handled<Thread> {
        let thread = self.find(tx, id)?;
        let mut after = thread.clone();
        if after.look() {
            self.save(tx, &after)?;
        }
        Ok(thread)
    }

    fn find(&self, tx: &Tx<'_>, id: &str) -> Handled<Thread> {
        tx.get(&Key::item(&self.agent.uid, THREADS, id))?
            .ok_or_else(|| Refusal::not_found(format!("Thread '{id}' was not found.")).into())
    }

    /// All threads, oldest first.
    fn all(&self, tx: &Tx<'_>) -> Handled<Vec<Thread>> {
        let threads = tx.scan(&Key::items(&self.agent.uid, THREADS))?;
        let mut threads: Vec<Thread> = threads.into_iter().map(|(_, thread)| thread).collect();
        threads.sort_by_key(|thread| thread.sequence);
        Ok(threads)
    }

    fn save(&self, tx: &mut Tx<'_>, thread: &Thread) -> Handled<()> {
        Ok(tx.put(&Key::item(&self.agent.uid, THREADS, &thread.id), thread)?)
    }

    /// The thread's id in the path.
    fn segment(&self) -> &'a str {
        self.cx.call.segments.get(ID).map_or("", String::as_str)
    }

    fn number(&self, parameter: &str) -> Result<Option<usize>, Refusal> {
        let Some(value) = self.cx.call.query(parameter) else {
            return Ok(None);
        };
        let number = value.parse().map_err(|_| {
            Refusal::invalid(format!("{parameter} is '{value}', which is no number."))
        })?;
        Ok(Some(number))
    }
}
