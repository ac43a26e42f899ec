//! Conversations with the agent: threads, their messages, and approvals.
//!
//! The agent that answers is a script ([`script`]).

mod approvals;
mod executions;
mod hooks;
mod hub;
mod record;
mod script;
mod stream;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(super) use approvals::route as route_approvals;
pub(super) use executions::route as route_executions;
pub(crate) use hub::{hear, invoke};

use self::record::{Author, Message, Role, Thread};
use super::fallback;
use crate::context::Context;
use crate::documents::{member, text};
use crate::http::{Answer, Handled, Refusal};
use crate::profile::UnknownThread;
use crate::store::{AgentRecord, Key, Tx, precise_now};

const THREADS: &str = "threads";
/// The answer to a message while the agent is still working on its previous answer.
const BUSY: &str = "The agent is currently busy with this thread. Try again when it has answered.";
/// The position of the thread's id in the path, in the case of the request.
const ID: usize = 5;

/// A run that is not started by a user.
pub(super) struct Run<'a> {
    /// The source: `HttpTrigger` or `ScheduledTask`.
    pub(super) source: &'static str,
    /// The id and the name of the trigger or task.
    pub(super) by: (&'a str, &'a str),
    /// The thread to continue, or `None` for a new one.
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

/// Answers a request. `rest` contains the segments below `threads`, in lower case.
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
        ("GET", [_, "messages"]) => threads.messages(tx, id),
        ("POST", [_, "messages"]) => threads.post(tx, id),
        (_, [_, "hooks", rest @ ..]) => {
            let thread = threads.find(tx, id)?;
            hooks::route(tx, &threads, thread, rest)
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Starts or continues a thread on behalf of a trigger or a task, and returns its id.
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
    fn list(&self, tx: &Tx<'_>) -> Handled {
        let mut all = self.all(tx)?;
        let (by, descending) = self.order()?;
        match by.as_deref() {
            None | Some("createdTimestamp") => {}
            Some("modifiedTimestamp") => all.sort_by(|a, b| a.modified.cmp(&b.modified)),
            Some(by) => return Err(Refusal::invalid(format!("Cannot order by '{by}'.")).into()),
        }
        if descending {
            all.reverse();
        }
        let (page, _) = self.page(all)?;
        let value: Vec<Value> = page.iter().map(Thread::show).collect();
        Ok(Answer::ok(json!({ "value": value })))
    }

    /// Returns the messages of a thread, and whether the agent is working on another one.
    fn messages(&self, tx: &mut Tx<'_>, id: &str) -> Handled {
        let thread = self.seen(tx, id)?;
        let mut messages: Vec<&Message> = thread.messages.iter().collect();
        let (by, descending) = self.order()?;
        match by.as_deref() {
            None | Some("timestamp" | "timeStamp") => {}
            Some(by) => return Err(Refusal::invalid(format!("Cannot order by '{by}'.")).into()),
        }
        if descending {
            messages.reverse();
        }
        let (page, next) = self.page(messages)?;
        let value: Vec<Value> = page.into_iter().map(Message::show).collect();
        let state = if thread.is_running() {
            "Running"
        } else {
            "Idle"
        };
        Ok(Answer::ok(
            json!({ "state": state, "value": value, "nextLink": next }),
        ))
    }

    /// Returns the field by which a list is sorted, and whether in descending order. By default,
    /// the oldest item comes first.
    fn order(&self) -> Result<(Option<String>, bool), Refusal> {
        let order = self.parameter("orderby").unwrap_or_default();
        let mut order = order.split_whitespace();
        let by = order.next().map(str::to_owned);
        match order.next() {
            None | Some("asc") => Ok((by, false)),
            Some("desc") => Ok((by, true)),
            Some(other) => Err(Refusal::invalid(format!("Cannot order '{other}'."))),
        }
    }

    /// Returns the requested page of a list, and the link to the next one.
    fn page<T>(&self, all: Vec<T>) -> Result<(Vec<T>, Option<String>), Refusal> {
        let skip = self.number("skip")?.unwrap_or(0);
        let top = self.number("top")?.unwrap_or(usize::MAX);
        let end = skip.saturating_add(top);
        let next = (end < all.len()).then(|| {
            let order = self.parameter("orderby").unwrap_or_default();
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("skip", &end.to_string())
                .append_pair("top", &top.to_string())
                .append_pair("orderby", &order)
                .finish();
            self.cx
                .call
                .base
                .url(&format!("{}?{query}", self.cx.call.path))
        });
        Ok((all.into_iter().skip(skip).take(top).collect(), next))
    }

    /// Creates a thread with its first message. `startMessage` is the message or only its text,
    /// with the name in any case.
    fn create(&self, tx: &mut Tx<'_>) -> Handled {
        let sent = self.cx.call.json_object()?;
        let thread = self.start(tx, &Uuid::new_v4().to_string(), &sent)?;
        Ok(Answer::json(StatusCode::CREATED, thread.show()))
    }

    /// Starts a thread with this id.
    fn start(&self, tx: &mut Tx<'_>, id: &str, sent: &Map<String, Value>) -> Handled<Thread> {
        let message = match member(sent, "startMessage") {
            Some(Value::Object(message)) => message.clone(),
            Some(Value::String(text)) => Map::from_iter([("text".to_owned(), json!(text))]),
            _ => return Err(Refusal::invalid("startMessage is required.").into()),
        };
        let thread = self.get_or_new(tx, id, "User")?;
        let thread = Thread {
            title: text(sent, "title").map(str::to_owned),
            ..thread
        };
        self.said(tx, thread, &message)
    }

    /// Adds a message to a thread. Refuses it while the agent is working on its previous answer.
    fn post(&self, tx: &mut Tx<'_>, id: &str) -> Handled {
        let message = self.cx.call.json_object()?;
        let thread = match self.cx.profile.unknown_thread {
            UnknownThread::Started => self.get_or_new(tx, id, "User")?,
            UnknownThread::Refused => self.find(tx, id)?,
        };
        if thread.is_running() {
            self.seen(tx, id)?;
            return Ok(Refusal::problem(StatusCode::UNPROCESSABLE_ENTITY, BUSY).into());
        }
        let thread = self.said(tx, thread, &message)?;
        // The last message is the answer to it.
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

    /// Adds a message of a user, and the answer: `{text, userId, displayName, agent}`. The text may
    /// begin with the subagent to address, as in `/agent db Look at the locks`.
    fn said(
        &self,
        tx: &mut Tx<'_>,
        mut thread: Thread,
        message: &Map<String, Value>,
    ) -> Handled<Thread> {
        let said = text(message, "text").ok_or_else(|| Refusal::invalid("text is required."))?;
        let addressed = said.strip_prefix("/agent ").map(str::split_whitespace);
        let addressed = addressed.and_then(|mut words| words.next());
        if let Some(subagent) = text(message, "agent").or(addressed) {
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
        let message = Message::new(author, said.to_owned(), 0);
        let is_first = thread.messages.is_empty();
        let profile = self.cx.profile;
        self.tell(tx, stream::echo(profile, &thread.id, &message, is_first));
        thread.add(message);
        let answer = script::answer(tx, self.cx, self.agent, &thread, said)?;
        self.add_answer(tx, &mut thread, answer);
        self.save(tx, &thread)?;
        Ok(thread)
    }

    /// Adds a message of the agent. If a client listens, the message is pushed, and no reads are
    /// needed to finish it.
    fn add_answer(&self, tx: &mut Tx<'_>, thread: &mut Thread, mut answer: Message) {
        if tx.is_heard(&self.agent.uid) {
            answer.finish();
            self.tell(tx, stream::answer(self.cx.profile, &thread.id, &answer));
        }
        thread.add(answer);
    }

    fn get_or_new(&self, tx: &Tx<'_>, id: &str, source: &str) -> Handled<Thread> {
        if let Some(thread) = tx.get(&Key::item(&self.agent.uid, THREADS, id))? {
            return Ok(thread);
        }
        let last = self.all(tx)?.pop();
        let moment = precise_now();
        Ok(Thread {
            id: id.to_owned(),
            title: None,
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

    /// Returns the thread as this read sees it, and counts the read.
    fn seen(&self, tx: &mut Tx<'_>, id: &str) -> Handled<Thread> {
        let thread = self.find(tx, id)?;
        let mut after = thread.clone();
        if let Some(looked_at) = after.look() {
            if looked_at.is_complete() {
                self.tell(tx, stream::answer(self.cx.profile, id, looked_at));
            }
            self.save(tx, &after)?;
        }
        Ok(thread)
    }

    fn find(&self, tx: &Tx<'_>, id: &str) -> Handled<Thread> {
        tx.get(&Key::item(&self.agent.uid, THREADS, id))?
            .ok_or_else(|| not_found().into())
    }

    /// Returns all threads, oldest first.
    fn all(&self, tx: &Tx<'_>) -> Handled<Vec<Thread>> {
        let threads = tx.scan(&Key::items(&self.agent.uid, THREADS))?;
        let mut threads: Vec<Thread> = threads.into_iter().map(|(_, thread)| thread).collect();
        threads.sort_by_key(|thread| thread.sequence);
        Ok(threads)
    }

    fn save(&self, tx: &mut Tx<'_>, thread: &Thread) -> Handled<()> {
        Ok(tx.put(&Key::item(&self.agent.uid, THREADS, &thread.id), thread)?)
    }

    /// Returns the thread's id from the path.
    fn segment(&self) -> &'a str {
        self.cx.call.segments.get(ID).map_or("", String::as_str)
    }

    /// Returns a query parameter, with or without the `$` of OData.
    fn parameter(&self, name: &str) -> Option<String> {
        let query = |name: &str| self.cx.call.query(name);
        query(name).or_else(|| query(&format!("${name}")))
    }

    fn number(&self, parameter: &str) -> Result<Option<usize>, Refusal> {
        let Some(value) = self.parameter(parameter) else {
            return Ok(None);
        };
        let number = value.parse().map_err(|_| {
            Refusal::invalid(format!("{parameter} is '{value}', which is no number."))
        })?;
        Ok(Some(number))
    }
}

/// Returns the refusal for a missing thread, or for something missing in one.
fn not_found() -> Refusal {
    Refusal::problem(StatusCode::NOT_FOUND, "Not Found")
}
