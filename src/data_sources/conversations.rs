//! What was said to agents and by them: threads, the messages of one, and what is asked leave for in it.

use serde_json::{Value as Json, json};
use tfplugin::Value;

use super::lookup::{Argument, Lookup, Part, Subject};
use super::lookups::{flag, objects, text};
use crate::conversation::{Asked, Page, What, newest_threads_first};
use crate::kind::{Node, Plane};

/// How many threads or messages are read where nothing is said, and at most.
const THREADS: (i64, i64) = (50, 1000);
const MESSAGES: (i64, i64) = (20, 500);

const THREAD: Argument = Argument::text("thread_id", "The id of the thread.");

pub(super) fn threads() -> Lookup {
    Lookup {
        name: "threads",
        about: "Reads the last threads of an agent: what people, triggers, tasks and incidents have begun, the newest \
                first.",
        subject: Subject::Agent,
        arguments: vec![Argument::count(
            "limit",
            "How many threads to read.",
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
            "The threads, the newest first.",
            [
                vec![text("id", "/id", "The id of the thread.")],
                about_thread(),
            ]
            .concat(),
        )],
    }
}

pub(super) fn thread() -> Lookup {
    Lookup {
        name: "thread",
        about: "Reads a thread of an agent with its last messages.",
        subject: Subject::Agent,
        arguments: vec![
            THREAD,
            Argument::count(
                "limit",
                "How many messages to read.",
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
                    "Whether the agent is at work: `Running` or `Idle`.",
                ),
                objects(
                    "messages",
                    "/messages",
                    "The messages, the newest first.",
                    vec![
                        text("id", "/id", "The id of the message."),
                        text("sent_at", "/timeStamp", "When it was sent."),
                        text("role", "/author/role", "`SREAgent`, `User` or `System`."),
                        text("author", "/author/displayName", "Who has sent it."),
                        text("text", "/text", "What it says."),
                        text(
                            "type",
                            "/messageType",
                            "`Reasoning` where the agent thinks; not set otherwise.",
                        ),
                        flag(
                            "complete",
                            "/isComplete",
                            "Whether the agent has come to the end of it.",
                        ),
                        text("command", "/azCliExecution/command", "A command in it."),
                        text(
                            "command_status",
                            "/azCliExecution/status",
                            "How far the command is, such as `Pending` or `Completed`.",
                        ),
                        text(
                            "command_output",
                            "/azCliExecution/output",
                            "What the command has put out.",
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
        about: "Reads what an agent asks approval for in a thread and nobody has decided: commands, and the use of \
                tools. `azuresre_approval` decides.",
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
            "What waits for approval, the newest first.",
            vec![
                text(
                    "id",
                    "/id",
                    "The id, which is the `approval_id` of `azuresre_approval`.",
                ),
                text(
                    "type",
                    "/type",
                    "`command` of the Azure CLI; `approval` of anything else; `portal` where only the portal decides.",
                ),
                text("title", "/title", "What would be done."),
            ],
        )],
    }
}

/// What is told of a thread itself.
fn about_thread() -> Vec<Node> {
    vec![
        text("title", "/title", "The title."),
        text(
            "source",
            "/source",
            "What has begun it, such as `User` or `HttpTrigger`.",
        ),
        text("created_at", "/createdTimestamp", "When it was begun."),
        text(
            "modified_at",
            "/modifiedTimestamp",
            "When something was said last.",
        ),
        text(
            "agent_mode",
            "/agentMode",
            "The run mode that it was begun with, if any.",
        ),
        text(
            "incident_id",
            "/incidentSource/incidentId",
            "The incident that it is about, if any.",
        ),
        text(
            "incident_status",
            "/status/incidentStatus/status",
            "How the incident stands, if there is one.",
        ),
        flag(
            "waits_for_approval",
            "/status/actionsStatus/hasCriticalActions",
            "Whether the agent asks for approval in it.",
        ),
        text(
            "text",
            "/startMessage/text",
            "The message that has begun it.",
        ),
    ]
}

fn limit(config: &Value, (default, _): (i64, i64)) -> usize {
    let limit = config.get("limit").as_i64().unwrap_or(default);
    usize::try_from(limit).unwrap_or_default()
}

/// What nobody has decided, by the messages of a thread and the approvals of it.
fn pending(approvals: Json, messages: Json) -> Vec<Asked> {
    let mut pending = Page::new(messages).asked();
    // As if each were in a message of its own.
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
    fn approvals_of_the_thread_and_of_its_messages_are_the_same_once() {
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
