//! Knowledge that is stored as connectors.

use serde_json::json;
use tfplugin::schema::Validator;

use super::{SETTINGS, https};
use crate::kind::{Field, Node, Variant, below, equality};

/// The types of the envelope on the data plane, by the type of connector.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("KnowledgeFile", "KnowledgeItem"),
    ("KnowledgeText", "KnowledgeItem"),
    ("KnowledgeWebPage", "KnowledgeItem"),
    ("KnowledgeRepository", "KnowledgeItem"),
];

/// The defaults that differ for knowledge. On ARM, these connectors hang in the installation step
/// that other connectors complete.
const DEFAULTS: &[(&str, &str)] = &[("plane", "data_plane"), ("identity", "none")];

/// Returns the variant for files.
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

/// Returns the variant for texts.
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

/// Returns the variant for web pages.
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
