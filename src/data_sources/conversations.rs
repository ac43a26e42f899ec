//! Data sources for conversations: threads, the messages of a thread, and its pending approvals.

use serde_json::{Value as Json, json};
use tfplugin::Value;

use super::lookup::{Argument, Lookup, Part, Subject};
use super::lookups::{flag, objects, text};
use crate::conversation::{Asked, Page, What, newest_threads_first};
use crate::kind::{Node, Plane};

/// The default and maximum numbers of threads and messages to read.
const THREADS: (i64, i64) = (50, 1000);
const MESSAGES: (i64, i64) = (20, 500);

const THREAD: Argument = Argument::text("thread_id", "ID of the thread.");

pub(super) fn threads() -> Lookup {
    Lookup {
        name: "threads",
        about: "Reads the most recent threads of an agent. Users, triggers, tasks and incidents \
                start threads. The newest thread comes first.",
        subject: Subject::Agent,
        arguments: vec![Argument::count(
            "limit",
            "Maximum number of threads to read.",
            THREADS.0,
            THREADS.1,
        )],
        parts: &[Part {
            member: "threads",
            plane: Plane::DataPlane,
            path: "/api/v1/threads",
            query: &[("$top", "{limit}"), ("$orderby", "createdTimestamp desc")],
            list: None,
        }],
        arrange: Some(|document, config| {
            let answer = document.remove("threads").unwrap_or_default();
            let mut threads = newest_threads_first(answer);
            threads.truncate(limit(config, THREADS));
            document.insert("threads".to_owned(), Json::Array(threads));
        }),
        nodes: vec![objects(
            "threads",
            "/threads",
            "List of the threads, newest first.",
            [vec![text("id", "/id", "ID of the thread.")], about_thread()].concat(),
        )],
    }
}

pub(super) fn thread() -> Lookup {
    Lookup {
        name: "thread",
        about: "Reads a thread of an agent and its most recent messages.",
        subject: Subject::Agent,
        arguments: vec![
            THREAD,
            Argument::count(
                "limit",
                "Maximum number of messages to read.",
                MESSAGES.0,
                MESSAGES.1,
            ),
        ],
        parts: &[
            Part {
                member: "thread",
                plane: Plane::DataPlane,
                path: "/api/v1/threads/{thread_id}",
                query: &[],
                list: None,
            },
            Part {
                member: "messages",
                plane: Plane::DataPlane,
                path: "/api/v1/threads/{thread_id}/messages",
                query: &[("top", "{limit}"), ("orderby", "timestamp desc")],
                list: None,
            },
        ],
        arrange: Some(|document, config| {
            if let Some(Json::Object(thread)) = document.remove("thread") {
                document.extend(thread);
            }
            let answer = document.remove("messages").unwrap_or_default();
            let state = answer.get("state").cloned();
            let page = Page::new(answer);
            let messages = page.messages.into_iter().map(|message| message.0);
            let messages = messages.take(limit(config, MESSAGES)).collect();
            document.insert("messages".to_owned(), Json::Array(messages));
            document.insert("state".to_owned(), state.unwrap_or_default());
        }),
        nodes: [
            about_thread(),
            vec![
                text(
                    "state",
                    "/state",
                    "State of the agent in this thread: `Running` or `Idle`.",
                ),
                objects(
                    "messages",
                    "/messages",
                    "List of the messages, newest first.",
                    vec![
                        text("id", "/id", "ID of the message."),
                        text("sent_at", "/timeStamp", "Time when the message was sent."),
                        text(
                            "role",
                            "/author/role",
                            "Role of the author: `SREAgent`, `User` or `System`.",
                        ),
                        text(
                            "author",
                            "/author/displayName",
                            "Display name of the author.",
                        ),
                        text("text", "/text", "Text of the message."),
                        text(
                            "type",
                            "/messageType",
                            "Type of the message: `Reasoning` for the reasoning of the agent, \
                             otherwise null.",
                        ),
                        flag(
                            "complete",
                            "/isComplete",
                            "Whether the message is complete.",
                        ),
                        text(
                            "command",
                            "/azCliExecution/command",
                            "Command that the message contains.",
                        ),
                        text(
                            "command_status",
                            "/azCliExecution/status",
                            "Status of the command, such as `Pending` or `Completed`.",
                        ),
                        text(
                            "command_output",
                            "/azCliExecution/output",
                            "Output of the command.",
                        ),
                    ],
                ),
            ],
        ]
        .concat(),
    }
}

pub(super) fn approvals() -> Lookup {
    Lookup {
        name: "approvals",
        about: "Reads the pending approvals in a thread of an agent: commands and tools for which \
                the agent asks for approval. Use the action `azuresre_approval` to approve or \
                reject one.",
        subject: Subject::Agent,
        arguments: vec![THREAD],
        parts: &[
            Part {
                member: "approvals",
                plane: Plane::DataPlane,
                path: "/api/v1/approvals/{thread_id}",
                query: &[],
                list: None,
            },
            Part {
                member: "messages",
                plane: Plane::DataPlane,
                path: "/api/v1/threads/{thread_id}/messages",
                query: &[("top", "50"), ("orderby", "timestamp desc")],
                list: None,
            },
        ],
        arrange: Some(|document, _| {
            let approvals = document.remove("approvals").unwrap_or_default();
            let messages = document.remove("messages").unwrap_or_default();
            let pending = pending(approvals, messages).iter().map(shown).collect();
            document.insert("pending".to_owned(), Json::Array(pending));
        }),
        nodes: vec![objects(
            "approvals",
            "/pending",
            "List of the pending approvals, newest first.",
            vec![
                text(
                    "id",
                    "/id",
                    "ID of the approval. Use it as the `approval_id` of `azuresre_approval`.",
                ),
                text(
                    "type",
                    "/type",
                    "Type of the approval: `command` for a command of the Azure CLI, `portal` for \
                     an approval that you can only decide in the portal, or `approval` for \
                     anything else.",
                ),
                text("title", "/title", "Description of what the agent would do."),
            ],
        )],
    }
}

/// Returns the attributes of a thread.
fn about_thread() -> Vec<Node> {
    vec![
        text("title", "/title", "Title of the thread."),
        text(
            "source",
            "/source",
            "Origin of the thread, such as `User` or `HttpTrigger`.",
        ),
        text(
            "created_at",
            "/createdTimestamp",
            "Time when the thread was started.",
        ),
        text(
            "modified_at",
            "/modifiedTimestamp",
            "Time of the last message.",
        ),
        text(
            "agent_mode",
            "/agentMode",
            "Run mode with which the thread was started, if there is one.",
        ),
        text(
            "incident_id",
            "/incidentSource/incidentId",
            "ID of the incident that the thread is about, if there is one.",
        ),
        text(
            "incident_status",
            "/status/incidentStatus/status",
            "Status of the incident, if there is one.",
        ),
        flag(
            "waits_for_approval",
            "/status/actionsStatus/hasCriticalActions",
            "Whether the agent asks for approval in the thread.",
        ),
        text(
            "text",
            "/startMessage/text",
            "Message that started the thread.",
        ),
    ]
}

fn limit(config: &Value, (default, _): (i64, i64)) -> usize {
    let limit = config.get("limit").as_i64().unwrap_or(default);
    usize::try_from(limit).unwrap_or_default()
}

/// Returns the pending approvals, from the messages of a thread and from its list of approvals.
fn pending(approvals: Json, messages: Json) -> Vec<Asked> {
    let mut pending = Page::new(messages).asked();
    // Each approval is parsed like one in a message of its own.
    let mut approvals = approvals;
    let approvals = crate::conversation::items(&mut approvals);
    let messages = approvals
        .into_iter()
        .map(|one| json!({ "approval": one }))
        .collect();
    for asked in Page::new(Json::Array(messages)).asked() {
        if !pending.iter().any(|known| known.id == asked.id) {
            pending.push(asked);
        }
    }
    pending
}

fn shown(asked: &Asked) -> Json {
    let what = match asked.what {
        What::Command => "command",
        What::Approval => "approval",
        What::Elsewhere => "portal",
    };
    json!({ "id": asked.id, "type": what, "title": asked.title })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn approvals_of_thread_and_messages_are_deduplicated() {
        let approval = |id: &str| json!({ "id": id, "title": "Run", "status": "Pending" });
        let command = json!({ "id": "a", "command": "az x", "status": "Pending" });
        let messages =
            json!({ "value": [{ "azCliExecution": command, "approval": approval("a") }] });
        let approvals = json!({ "value": [approval("a"), approval("b")] });
        let pending: Vec<Json> = pending(approvals, messages).iter().map(shown).collect();
        let expected = [
            json!({ "id": "a", "type": "command", "title": "az x" }),
            json!({ "id": "b", "type": "approval", "title": "Run" }),
        ];
        assert_eq!(pending, expected);
    }
}
