//! Documents in the knowledge base of an agent.

use azure::ListShape;
use serde_json::json;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind, Upload, Wait};

/// Returns the kind of `azuresre_knowledge_document`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "knowledge_document",
        title: "knowledge document",
        about: "A knowledge document of an agent: a file that the service splits and indexes so \
                that the agent can search it.",
        notes: vec![
            "The service returns neither the content of a document nor its hash. Terraform stores \
             the SHA-256 of the uploaded content in state. If somebody else uploads a document \
             with the same name, the provider notices it only if the size differs.",
            "The provider reads the `source` file during plan and again during apply, and never \
             stores its content in state. If the file changes in between, the provider uploads \
             nothing, and Terraform reports an inconsistent final plan for a saved plan. Run \
             `terraform plan` again.",
            "The agent finds a document only after the service has indexed it, which continues \
             after the upload. See `indexed`, `error_reason` and `wait_for_index`.",
        ],
        store: StoreKind::Upload(
            Name {
                about: "Name of the file, including its extension, such as `restart.md`. The \
                        service determines the file type from the extension.",
                validators: vec![
                    Validator::length(1, 1_024),
                    Validator::pattern(
                        "^[-A-Za-z0-9_.]+$",
                        "letters, digits, hyphens, dots and underscores",
                    ),
                ],
            },
            Upload {
                content: "content",
                source: "source",
                hash: "sha256",
                size: "size",
                path: "/api/v1/agentmemory/upload",
                delete: "/api/v1/agentmemory/document",
                limit: 16 * 1024 * 1024,
                foreign_prefix: "knowledge_",
            },
        ),
        segment: "knowledgeDocuments",
        aliases: &["files", "document"],
        places: vec![Place {
            list: ListShape::Files,
            listed_by: Some("name"),
            listed_whole: true,
            ..Place::data_plane("/api/v1/agentmemory/files", Envelope::Bare)
        }],
        additional_at: None,
        nodes: vec![
            Field::string(
                "content",
                "",
                "Content of the document as text. Exactly one of `content` and `source` must be \
                 set.",
            )
            .prose()
            .local()
            .into(),
            Field::string(
                "source",
                "",
                "Path of a file with the content, such as \
                 `\"${path.module}/runbooks/restart.md\"`. Exactly one of `content` and `source` \
                 must be set.",
            )
            .local()
            .into(),
            Field::bool(
                "wait_for_index",
                "",
                "Whether the provider waits after an upload until the service has indexed the \
                 document.",
            )
            .default(json!(false))
            .local()
            .into(),
            Field::string("sha256", "", "SHA-256 of the uploaded content.")
                .computed()
                .local()
                .into(),
            Field::number(
                "size",
                "/size",
                "Size of the document in bytes, as reported by the service.",
            )
            .volatile()
            .into(),
            Field::bool("indexed", "/isIndexed", "Whether the document is indexed.")
                .volatile()
                .into(),
            Field::string(
                "error_reason",
                "/errorReason",
                "Reason why the service could not index the document, if it failed.",
            )
            .volatile()
            .into(),
            Field::string("last_modified", "/lastModified", "Time of the last upload.")
                .volatile()
                .into(),
        ],
        waits: vec![Wait {
            argument: "wait_for_index",
            what: "the indexing",
            plane: None,
            at: "/isIndexed",
            done: &["true"],
            failed: &[],
            reason_at: Some("/errorReason"),
        }],
        ..Kind::child()
    }
}
