//! Documents that an agent finds knowledge in.

use azure::ListShape;
use serde_json::json;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind, Upload, Wait};

/// `azuresre_knowledge_document`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "knowledge_document",
        title: "knowledge document",
        about: "A document in the memory of an agent: a file that is split, indexed and searched.",
        notes: vec![
            "The service gives no document back and no hash of it. The state holds the SHA-256 of what \
             was uploaded; somebody else's upload under the same name is noticed by its size only.",
            "A file named by `source` is read when it is planned and when it is uploaded, and its \
             content never enters the state. If it changes in between, nothing is uploaded: for a saved \
             plan, Terraform then says that the final plan is inconsistent. Plan again.",
            "A document is found only once it is indexed, which goes on after the upload: see `indexed`, \
             `error_reason` and `wait_for_index`.",
        ],
        store: StoreKind::Upload(Name {
            about: "The name of the file with its extension, by which the service knows what it is, \
                    such as `restart.md`. A change replaces the document.",
            validators: vec![
                Validator::length(1, 1_024),
                Validator::pattern("^[-A-Za-z0-9_.]+$", "letters, digits, hyphens, dots and underscores"),
            ],
        }, Upload {
            content: "content",
            source: "source",
            hash: "sha256",
            size: "size",
            path: "/api/v1/agentmemory/upload",
            delete: "/api/v1/agentmemory/document",
            limit: 16 * 1024 * 1024,
            foreign_prefix: "knowledge_",
        }),
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
            Field::string("content", "", "The content as text.").prose().local().into(),
            Field::string(
                "source",
                "",
                "The path of a file with the content, such as `\"${path.module}/runbooks/restart.md\"`.",
            )
            .local()
            .into(),
            Field::bool(
                "wait_for_index",
                "",
                "Whether to wait after an upload until the document is indexed.",
            )
            .default(json!(false))
            .local()
            .into(),
            Field::string("sha256", "", "The SHA-256 of the content that was uploaded.")
                .computed()
                .local()
                .into(),
            Field::number("size", "/size", "The size in bytes, as the service shows it.")
                .volatile()
                .into(),
            Field::bool("indexed", "/isIndexed", "Whether it is indexed.").volatile().into(),
            Field::string("error_reason", "/errorReason", "Why it could not be indexed, if so.")
                .volatile()
                .into(),
            Field::string("last_modified", "/lastModified", "When it was uploaded last.")
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
