//! Webhooks that set an agent to work.

use azure::ListShape;
use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Place, StoreKind};

/// `azuresre_http_trigger`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "http_trigger",
        title: "HTTP trigger",
        about: "An HTTP trigger of an agent: a URL that sets the agent to work on a prompt.",
        notes: vec![
            "The service gives each trigger an id of its own and lets several have the same name. The \
             provider refuses to create a second one of a name.",
            "An update keeps the id, the URL, the threads and the history.",
            "Callers of the URL need a token for the agent and the right \
             `Microsoft.App/agents/threads/write`; the URL is sensitive all the same, since it names \
             the agent.",
        ],
        store: StoreKind::ServerId {
            member: "id",
            create: "/create",
            created: "triggerId",
        },
        segment: "httpTriggers",
        places: vec![Place {
            list: ListShape::Bare,
            ..Place::data_plane("/api/v1/httptriggers", Envelope::Bare)
        }],
        nodes: vec![
            Field::string("name", "/name", "The name.")
                .required()
                .check(Validator::length(1, 256))
                .into(),
            shared::description("What the trigger is for."),
            shared::prompt(
                "What the agent is asked to do; `{payload.x}` stands for members of the request.",
            ),
            shared::subagent("/agent").into(),
            shared::mode(),
            Field::string(
                "thread_id",
                "/threadId",
                "The thread that all runs go on with; each run begins one of its own if it is not \
                 given.",
            )
            .empty_means_absent(json!(""))
            .into(),
            Field::bool("enabled", "/enabled", "Whether the URL works.")
                .default(json!(true))
                .by_action(&[("true", "enable"), ("false", "disable")])
                .into(),
            Field::string("trigger_url", "/triggerUrl", "The URL to call.")
                .computed()
                .sensitive()
                .into(),
        ],
        read_only: &[
            "/id",
            "/createdAt",
            "/createdBy",
            "/updatedAt",
            "/lastExecutedAt",
            "/executionCount",
        ],
        ..Kind::child()
    }
}
