//! Knowledge that is kept as connectors.

use serde_json::json;
use tfplugin::schema::Validator;

use super::https;
use crate::kind::{Field, Node, Variant, same};

/// The data plane keeps these under a type of their own.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("KnowledgeFile", "KnowledgeItem"),
    ("KnowledgeText", "KnowledgeItem"),
    ("KnowledgeWebPage", "KnowledgeItem"),
    ("KnowledgeRepository", "KnowledgeItem"),
];

/// On ARM they hang in the installation that connectors go through.
const DEFAULTS: &[(&str, &str)] = &[("plane", "data_plane"), ("identity", "none")];

/// A file.
pub(super) fn file() -> Variant {
    let nodes = vec![
        Field::string(
            "content_base64",
            "/extendedProperties/fileContent",
            "The content, such as `filebase64(\"runbooks/restart.md\")`. It is stored in state; \
             `azuresre_knowledge_document` is for large files.",
        )
        .required_unread()
        .same(same::base64)
        .check(Validator::length(1, 24_000_000))
        .into(),
        Field::string(
            "file_name",
            "/extendedProperties/fileName",
            "The name of the file with its extension, by which the service knows what it is. A file \
             without one is stored and never found.",
        )
        .required_unread()
        .check(Validator::length(1, 1_024))
        .into(),
        Field::string(
            "content_type",
            "/extendedProperties/contentType",
            "The media type, such as `text/markdown`.",
        )
        .required_unread()
        .check(Validator::length(1, 256))
        .into(),
        display_name(),
    ];
    Variant {
        name_at: Some("/dataSource"),
        defaults: DEFAULTS,
        ..Variant::new(
            "knowledge_file",
            Some("KnowledgeFile"),
            "A file of knowledge.",
            nodes,
        )
    }
}

/// A text.
pub(super) fn text() -> Variant {
    let nodes = vec![
        Field::string("content", "/extendedProperties/content", "The text.")
            .required_unread()
            .prose()
            .check(Validator::not_empty())
            .into(),
        display_name(),
        description(),
    ];
    Variant {
        fixed: vec![("/dataSource", json!("n/a"))],
        defaults: DEFAULTS,
        ..Variant::new(
            "knowledge_text",
            Some("KnowledgeText"),
            "A text of knowledge.",
            nodes,
        )
    }
}

/// A page of the web.
pub(super) fn web_page() -> Variant {
    let nodes = vec![
        Field::string(
            "url",
            "/extendedProperties/url",
            "The URL of a page that anybody may read. The service reads it once.",
        )
        .required_unread()
        .check(https())
        .into(),
        display_name(),
        description(),
    ];
    Variant {
        name_at: Some("/dataSource"),
        defaults: DEFAULTS,
        ..Variant::new(
            "knowledge_web_page",
            Some("KnowledgeWebPage"),
            "A page of the web as knowledge.",
            nodes,
        )
    }
}

fn display_name() -> Node {
    let about = "The name to show.";
    Field::string("display_name", "/extendedProperties/displayName", about)
        .required_unread()
        .check(Validator::length(1, 256))
        .into()
}

fn description() -> Node {
    Field::string(
        "description",
        "/extendedProperties/description",
        "What it is about.",
    )
    .empty_means_absent(json!(""))
    .prose()
    .into()
}
