//! Knowledge that is kept as connectors.

use serde_json::json;
use tfplugin::schema::Validator;

use super::{SETTINGS, https};
use crate::kind::{Field, Node, Variant, below, equality};

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
            "/fileContent",
            "Base64-encoded content of the file, such as `filebase64(\"runbooks/restart.md\")`. \
             Terraform stores the content in state. Use `azuresre_knowledge_document` for large \
             files.",
        )
        .required_unread()
        .semantic_equality(equality::base64)
        .check(Validator::length(1, 24_000_000))
        .into(),
        Field::string(
            "file_name",
            "/fileName",
            "Name of the file, including its extension. The service determines the file type from \
             the extension. The agent cannot find a file without an extension.",
        )
        .required_unread()
        .check(Validator::length(1, 1_024))
        .into(),
        Field::string(
            "content_type",
            "/contentType",
            "Media type of the file, such as `text/markdown`.",
        )
        .required_unread()
        .check(Validator::length(1, 256))
        .into(),
        display_name(),
    ];
    Variant {
        name_at: Some("/dataSource".into()),
        defaults: DEFAULTS,
        ..Variant::new(
            "knowledge_file",
            Some("KnowledgeFile"),
            "Knowledge from a file.",
            below(SETTINGS, nodes),
        )
    }
}

/// A text.
pub(super) fn text() -> Variant {
    let nodes = vec![
        Field::string("content", "/content", "Text of the knowledge.")
            .required_unread()
            .prose()
            .check(Validator::not_empty())
            .into(),
        display_name(),
        description(),
    ];
    Variant {
        fixed: vec![("/dataSource".into(), json!("n/a"))],
        defaults: DEFAULTS,
        ..Variant::new(
            "knowledge_text",
            Some("KnowledgeText"),
            "Knowledge from a text.",
            below(SETTINGS, nodes),
        )
    }
}

/// A page of the web.
pub(super) fn web_page() -> Variant {
    let nodes = vec![
        Field::string(
            "url",
            "/url",
            "URL of a public web page. The service reads the page once.",
        )
        .required_unread()
        .check(https())
        .into(),
        display_name(),
        description(),
    ];
    Variant {
        name_at: Some("/dataSource".into()),
        defaults: DEFAULTS,
        ..Variant::new(
            "knowledge_web_page",
            Some("KnowledgeWebPage"),
            "Knowledge from a web page.",
            below(SETTINGS, nodes),
        )
    }
}

fn display_name() -> Node {
    let about = "Display name.";
    Field::string("display_name", "/displayName", about)
        .required_unread()
        .check(Validator::length(1, 256))
        .into()
}

fn description() -> Node {
    Field::string(
        "description",
        "/description",
        "Description of the knowledge.",
    )
    .empty_means_absent(json!(""))
    .prose()
    .into()
}
