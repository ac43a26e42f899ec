//! Webhooks that start an agent.

use azure::ListShape;
use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Place, StoreKind};

/// Returns the kind of `azuresre_http_trigger`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "http_trigger",
        title: "HTTP trigger",
        about: "An HTTP trigger of an agent: a URL that starts the agent with a prompt.",
        notes: vec![
            "The service identifies triggers by an ID and accepts several triggers with the same \
             name. The provider does not create a second trigger with the same name.",
            "An update keeps the ID, the URL, the threads and the history of the trigger.",
            "To call the URL, a client needs a token for the agent and the permission \
             `Microsoft.App/agents/threads/write`. The URL is sensitive nevertheless, because it \
             identifies the agent.",
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
            Field::string("name", "/name", "Name of the trigger.")
                .required()
                .check(Validator::length(1, 256))
                .into(),
            shared::description("Description of the trigger."),
            shared::prompt(
                "Prompt for the agent. Use `{payload.x}` to insert the property `x` of the request \
                 body.",
            ),
            shared::subagent("/agent").into(),
            shared::mode(),
            Field::string(
                "thread_id",
                "/threadId",
                "ID of the thread in which the trigger runs.",
            )
            .when_set("If you omit this argument, each run starts a new thread.")
            .empty_means_absent(json!(""))
            .into(),
            Field::bool("enabled", "/enabled", "Whether the trigger accepts calls.")
                .default(json!(true))
                .by_action(&[("true", "enable"), ("false", "disable")])
                .into(),
            Field::string("trigger_url", "/triggerUrl", "URL that starts the trigger.")
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
