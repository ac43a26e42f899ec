//! Scheduled tasks in their first version, with ids that the service generates.
//!
//! Tasks created here may share a name, and exist only here. The named tasks of the second version
//! appear here too, with separate ids. Pausing one of them disables it in the second version.

use std::str::FromStr as _;

use axum::http::StatusCode;
use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fallback;
use super::threads::{self, Run};
use crate::context::Context;
use crate::documents::{member, text};
use crate::http::{Answer, Failure, Handled, Refusal};
use crate::kinds::{Check, SCHEDULED_TASKS};
use crate::objects::{Envelope, Objects};
use crate::store::{AgentRecord, Key, ObjectRecord, Tx, now};

const TASKS: &str = "tasks";
const RUNS: &str = "taskRuns";
const ACTIVE: &str = "Active";
const PAUSED: &str = "Paused";
/// The members that a client may set, in addition to `status`.
const MEMBERS: [&str; 8] = [
    "name",
    "description",
    "cronExpression",
    "agentPrompt",
    "agent",
    "agentMode",
    "modelTier",
    "maxExecutions",
];

/// A task that was created here.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Task {
    id: String,
    /// Its position in the list.
    sequence: usize,
    /// The properties as in the second version.
    properties: Map<String, Value>,
    created: String,
}

/// The runs of a task so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Runs {
    count: u64,
    last: Option<String>,
    thread: Option<String>,
}

/// A task of either version.
enum Found {
    Here(Task),
    Named(Box<ObjectRecord>),
}

/// The tasks of an agent.
struct Tasks<'a> {
    cx: Context<'a>,
    agent: &'a AgentRecord,
    named: Objects<'a>,
}

/// Answers a request. `rest` contains the segments below `scheduledtasks`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    let named = Objects::shared(cx, agent, &SCHEDULED_TASKS);
    let tasks = Tasks { cx, agent, named };
    match (cx.call.method.as_str(), rest) {
        ("GET", []) => tasks.list(tx),
        ("POST", []) => tasks.create(tx),
        ("GET", [id]) => {
            let task = tasks.find(tx, id)?;
            Ok(Answer::ok(tasks.show(tx, &task)?))
        }
        ("PUT", [id]) => {
            let task = tasks.find(tx, id)?;
            let properties = tasks.sent(Some(task.properties()))?;
            tasks.update(tx, task, properties)
        }
        ("DELETE", [id]) => tasks.delete(tx, id),
        ("POST", [id, switch @ ("pause" | "resume")]) => {
            let task = tasks.find(tx, id)?;
            let mut properties = task.properties().clone();
            set_status(
                &mut properties,
                if *switch == "resume" { ACTIVE } else { PAUSED },
            );
            tasks.update(tx, task, properties)
        }
        ("POST", [id, "execute"]) => tasks.execute(tx, id),
        _ => Ok(fallback::unknown(cx)),
    }
}

impl Tasks<'_> {
    fn list(&self, tx: &mut Tx<'_>) -> Handled {
        let mut here = self.here(tx)?;
        here.sort_by_key(|task| task.sequence);
        let named = self.named.list(tx)?;
        let all = named
            .into_iter()
            .map(|record| Found::Named(Box::new(record)))
            .chain(here.into_iter().map(Found::Here));
        let mut items = Vec::new();
        for task in all {
            items.push(self.show(tx, &task)?);
        }
        Ok(Answer::ok(Value::Array(items)))
    }

    /// Creates a task, even if there is one with the same name.
    fn create(&self, tx: &mut Tx<'_>) -> Handled {
        let properties = self.prepared(&self.sent(None)?)?;
        let sequence = self.here(tx)?.iter().map(|task| task.sequence + 1).max();
        let task = Task {
            id: Uuid::new_v4().to_string(),
            sequence: sequence.unwrap_or(0),
            properties,
            created: now(),
        };
        self.save(tx, &task)?;
        let body = self.show(tx, &Found::Here(task))?;
        Ok(Answer::json(StatusCode::CREATED, body))
    }

    fn update(&self, tx: &mut Tx<'_>, task: Found, properties: Map<String, Value>) -> Handled {
        let task = match task {
            Found::Here(task) => {
                let properties = self.prepared(&properties)?;
                let task = Task { properties, ..task };
                self.save(tx, &task)?;
                Found::Here(task)
            }
            Found::Named(record) => {
                let envelope = Envelope {
                    object_type: record.object_type,
                    tags: record.tags,
                    owner: record.owner,
                    properties,
                };
                let (record, _) = self.named.write(tx, &record.name, envelope)?;
                Found::Named(Box::new(record))
            }
        };
        Ok(Answer::ok(self.show(tx, &task)?))
    }

    fn delete(&self, tx: &mut Tx<'_>, id: &str) -> Handled {
        match self.find(tx, id)? {
            Found::Here(task) => {
                tx.remove(&Key::item(&self.agent.uid, TASKS, &task.id))?;
            }
            Found::Named(record) => {
                self.named.delete(tx, &record.name)?;
            }
        }
        tx.remove(&Key::item(&self.agent.uid, RUNS, id))?;
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    fn execute(&self, tx: &mut Tx<'_>, id: &str) -> Handled {
        let task = self.find(tx, id)?;
        let properties = task.properties();
        let run = Run {
            source: "ScheduledTask",
            by: (id, text(properties, "name").unwrap_or_default()),
            thread: None,
            prompt: text(properties, "agentPrompt")
                .unwrap_or_default()
                .to_owned(),
            subagent: text(properties, "agent"),
            mode: text(properties, "agentMode"),
        };
        let thread = threads::run(tx, self.cx, self.agent, run)?;
        let mut runs = self.runs(tx, id)?;
        runs.count += 1;
        runs.last = Some(now());
        runs.thread = Some(thread.clone());
        tx.put(&Key::item(&self.agent.uid, RUNS, id), &runs)?;
        Ok(Answer::ok(
            json!({ "execution": { "success": true, "threadId": thread } }),
        ))
    }

    fn find(&self, tx: &Tx<'_>, id: &str) -> Handled<Found> {
        if let Some(task) = tx.get(&Key::item(&self.agent.uid, TASKS, id))? {
            return Ok(Found::Here(task));
        }
        let named = self.named.all_current(tx)?;
        named
            .into_iter()
            .find(|record| self.id_of(record) == id)
            .map(|record| Found::Named(Box::new(record)))
            .ok_or_else(|| missing(id))
    }

    fn here(&self, tx: &Tx<'_>) -> Handled<Vec<Task>> {
        let tasks = tx.scan(&Key::items(&self.agent.uid, TASKS))?;
        Ok(tasks.into_iter().map(|(_, task)| task).collect())
    }

    fn runs(&self, tx: &Tx<'_>, id: &str) -> Handled<Runs> {
        Ok(tx
            .get(&Key::item(&self.agent.uid, RUNS, id))?
            .unwrap_or_default())
    }

    fn save(&self, tx: &mut Tx<'_>, task: &Task) -> Handled<()> {
        Ok(tx.put(&Key::item(&self.agent.uid, TASKS, &task.id), task)?)
    }

    /// Returns the properties of a request, merged into the existing ones.
    fn sent(&self, existing: Option<&Map<String, Value>>) -> Result<Map<String, Value>, Refusal> {
        let sent = self.cx.call.json_object()?;
        let mut properties = existing.cloned().unwrap_or_default();
        for name in MEMBERS {
            // A task keeps its agent, whatever a later request contains.
            let lost = name == "agent" && existing.is_some() && self.cx.profile.silent_drops;
            if let Some(value) = member(&sent, name).filter(|_| !lost) {
                properties.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(status) = member(&sent, "status").and_then(Value::as_str) {
            set_status(&mut properties, status);
        }
        if properties
            .get("name")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(Refusal::invalid("name is required."));
        }
        Ok(properties)
    }

    /// Returns the properties, checked and completed like those of a named task.
    fn prepared(&self, properties: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
        SCHEDULED_TASKS.prepare(&Check {
            profile: self.cx.profile,
            name: "",
            properties,
            existing: None,
            siblings: &|_| false,
            platform: &self.agent.platform,
            workspace_mode: false,
        })
    }

    /// Returns the id of a named task. A successor of the same name has another id.
    fn id_of(&self, record: &ObjectRecord) -> String {
        let name = record.name.to_lowercase();
        let whole = format!("{}/tasks/{name}/{}", self.agent.uid, record.created);
        Uuid::new_v5(&Uuid::NAMESPACE_URL, whole.as_bytes()).to_string()
    }

    fn show(&self, tx: &Tx<'_>, task: &Found) -> Handled<Value> {
        let (id, created, fallback_name) = match task {
            Found::Here(task) => (task.id.clone(), &task.created, ""),
            Found::Named(record) => (self.id_of(record), &record.created, record.name.as_str()),
        };
        let runs = self.runs(tx, &id)?;
        let properties = task.properties();
        let of = |name: &str| properties.get(name).cloned().unwrap_or(Value::Null);
        let name = properties
            .get("name")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty())
            .unwrap_or(fallback_name);
        let status = status(properties);
        let active = status == ACTIVE;
        Ok(json!({
            "id": id,
            "taskId": id,
            "name": name,
            "description": of("description"),
            "status": status,
            "cronExpression": of("cronExpression"),
            "agentPrompt": of("agentPrompt"),
            "agent": of("agent"),
            "createdBy": "emulator",
            "createdAt": created,
            "lastExecutionTime": runs.last,
            "nextExecutionTime": active.then(|| next_time(properties)).flatten(),
            "executionCount": runs.count,
            "maxExecutions": of("maxExecutions"),
            "threadId": runs.thread,
            "agentMode": of("agentMode"),
            "modelTier": of("modelTier"),
        }))
    }
}

impl Found {
    fn properties(&self) -> &Map<String, Value> {
        match self {
            Self::Here(task) => &task.properties,
            Self::Named(record) => &record.properties,
        }
    }
}

/// Returns whether a task is enabled, from whichever member says so.
fn status(properties: &Map<String, Value>) -> &str {
    let enabled = properties.get("isEnabled");
    match (text(properties, "status"), enabled) {
        (_, Some(Value::Bool(true))) => ACTIVE,
        (_, Some(Value::Bool(false))) => PAUSED,
        (Some(status), _) => status,
        _ => ACTIVE,
    }
}

/// Sets both members. The kind removes the one that its build does not have.
fn set_status(properties: &mut Map<String, Value>, status: &str) {
    let active = status.eq_ignore_ascii_case(ACTIVE);
    properties.insert("status".to_owned(), json!(status));
    properties.insert("isEnabled".to_owned(), json!(active));
}

/// Returns the next time of a task. Expressions are in UTC.
fn next_time(properties: &Map<String, Value>) -> Option<String> {
    let expression = properties.get("cronExpression")?.as_str()?;
    let present = Timestamp::now().round(Unit::Second).ok()?;
    let next = Cron::from_str(expression)
        .ok()?
        .find_next_occurrence(&present.to_zoned(TimeZone::UTC), false)
        .ok()?;
    Some(next.timestamp().to_string())
}

fn missing(id: &str) -> Failure {
    Refusal::not_found(format!("Scheduled task '{id}' was not found.")).into()
}
