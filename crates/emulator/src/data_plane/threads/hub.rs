//! Conversations over the agent's hub: the calls of clients, and what is sent to them.

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::record::Thread;
use super::{BUSY, THREADS, Threads, stream};
use crate::context::Context;
use crate::http::{Failure, Handled, Refusal};
use crate::hub::{HubError, Session};
use crate::profile::UnknownThread;
use crate::shared::Shared;
use crate::store::{AgentRecord, Key, StoreError, Tx};
use crate::{data_plane, roles};

/// Handles a call of a client of the hub.
pub(crate) fn invoke(
    shared: &Shared,
    session: &Session,
    target: &str,
    arguments: &[Value],
) -> Result<(), HubError> {
    let creates = target.eq_ignore_ascii_case("CreateThread");
    if !creates && !target.eq_ignore_ascii_case("CreateMessage") {
        return Err(HubError::UnknownMethod);
    }
    if !roles::allows(session.role, &Method::POST, &["api", "v1", "threads"]) {
        return Err(HubError::Unauthorized);
    }
    let (id, sent) = arguments_of(arguments)?;
    let done = with_agent(shared, session, |tx, cx, agent| {
        let threads = Threads { cx, agent };
        if creates {
            threads.create_over_hub(tx, id, sent)
        } else {
            threads.post_over_hub(tx, id, sent)
        }
    });
    done.map_err(|failure| match failure {
        Failure::Refused(refusal) => HubError::Refused(refusal.message().to_owned()),
        Failure::Store(error) => HubError::Refused(format!("The emulator {error}.")),
    })
}

/// Finishes the agent's answers when a client starts to listen. The answers are pushed, so no reads
/// are needed.
pub(crate) fn hear(shared: &Shared, session: &Session) -> Result<(), StoreError> {
    let heard = with_agent(shared, session, |tx, cx, agent| {
        let threads = Threads { cx, agent };
        for mut thread in threads.all(tx)? {
            if thread.is_running() {
                threads.finish(tx, &mut thread);
                threads.save(tx, &thread)?;
            }
        }
        Ok(())
    });
    match heard {
        Err(Failure::Store(error)) => Err(error),
        Ok(()) | Err(Failure::Refused(_)) => Ok(()),
    }
}

/// Parses `CreateThread(id, {startMessage, title}, false)` and `CreateMessage(id, {text, …},
/// false)`. The meaning of the third argument is unknown.
fn arguments_of(arguments: &[Value]) -> Result<(&str, &Map<String, Value>), HubError> {
    match arguments {
        [Value::String(id), Value::Object(sent), Value::Bool(_)] if !id.is_empty() => {
            Ok((id, sent))
        }
        [_, _, _] => Err(HubError::Arguments(
            "Error binding arguments. Make sure that the types of the provided values match the \
             types of the hub method being invoked: a thread's id, an object, and false."
                .to_owned(),
        )),
        other => Err(HubError::Arguments(format!(
            "Invocation provides {} argument(s) but target expects 3.",
            other.len()
        ))),
    }
}

/// Runs work with the agent of a session, in one transaction.
fn with_agent<T>(
    shared: &Shared,
    session: &Session,
    work: impl FnOnce(&mut Tx<'_>, Context<'_>, &AgentRecord) -> Handled<T>,
) -> Handled<T> {
    let profile = shared.profile();
    let cx = Context {
        profile: &profile,
        call: &session.call,
        rehearses: false,
    };
    shared.store.transaction(|tx| {
        let agent = data_plane::find(tx, cx)?.filter(|agent| agent.uid == session.uid);
        let agent = agent.ok_or_else(|| {
            Refusal::problem(StatusCode::NOT_FOUND, "The agent does not exist any more.")
        })?;
        work(tx, cx, &agent)
    })
}

impl Threads<'_> {
    fn create_over_hub(&self, tx: &mut Tx<'_>, id: &str, sent: &Map<String, Value>) -> Handled<()> {
        let existing: Option<Thread> = tx.get(&Key::item(&self.agent.uid, THREADS, id))?;
        if existing.is_some() {
            let message = format!("The thread '{id}' exists already.");
            return Err(Refusal::problem(StatusCode::CONFLICT, message).into());
        }
        self.start(tx, id, sent).map(drop)
    }

    fn post_over_hub(&self, tx: &mut Tx<'_>, id: &str, sent: &Map<String, Value>) -> Handled<()> {
        let thread = match self.cx.profile.unknown_thread {
            UnknownThread::Started => self.get_or_new(tx, id, "User")?,
            UnknownThread::Refused => self.find(tx, id)?,
        };
        if thread.is_running() {
            return Err(Refusal::problem(StatusCode::UNPROCESSABLE_ENTITY, BUSY).into());
        }
        self.said(tx, thread, sent).map(drop)
    }

    /// Finishes the agent's answers, and sends them to listeners.
    pub(super) fn finish(&self, tx: &mut Tx<'_>, thread: &mut Thread) {
        for finished in thread.finish() {
            self.tell(tx, stream::answer(self.cx.profile, &thread.id, &finished));
        }
    }

    /// Sends updates to all listeners of the agent.
    pub(super) fn tell(&self, tx: &mut Tx<'_>, updates: Vec<Value>) {
        if !tx.is_heard(&self.agent.uid) {
            return;
        }
        for update in updates {
            let told = stream::invocation(self.cx.profile, &update);
            tx.tell(&self.agent.uid, told);
        }
    }
}
