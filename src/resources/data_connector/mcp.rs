//! Servers of the Model Context Protocol.

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use super::https;
use crate::kind::{Field, Node, Variant, same};

/// A server of the Model Context Protocol.
pub(super) fn variant() -> Variant {
    let set = |name, at, about| Node::from(Field::string_set(name, at, about));
    let nodes = vec![
        Field::string(
            "transport",
            "/extendedProperties/type",
            "How it is spoken to: `http`, `sse` or `stdio`.",
        )
        .required()
        .same(same::ignoring_case)
        .check(Validator::known_values(&["http", "stdio", "sse"]))
        .into(),
        Field::string(
            "endpoint",
            "/extendedProperties/endpoint",
            "The URL of the server, for `http` and `sse`.",
        )
        .check(https())
        .into(),
        Field::string(
            "auth_type",
            "/extendedProperties/authType",
            "How to sign in to the URL: `BearerToken`, `CustomHeaders`, `ManagedIdentity`, `OAuth` \
                 or `None`.",
        )
        .same(same::ignoring_case)
        .check(Validator::known_values(&[
            "BearerToken",
            "CustomHeaders",
            "ManagedIdentity",
            "OAuth",
            "None",
        ]))
        .into(),
        Field::secret(
            "bearer_token",
            "/extendedProperties/bearerToken",
            "The token for `BearerToken`.",
        )
        .into(),
        Field::secret_map(
            "headers",
            "/extendedProperties/headers",
            "The headers for `CustomHeaders`.",
        )
        .into(),
        Field::string(
            "command",
            "/extendedProperties/command",
            "The program, for `stdio`, such as `npx` or `uvx`.",
        )
        .into(),
        Field::strings(
            "args",
            "/extendedProperties/args",
            "The arguments of the program.",
        )
        .into(),
        Field::secret_map(
            "environment",
            "/extendedProperties/envs",
            "The environment of the program.",
        )
        .into(),
        set(
            "selected_tools",
            "/extendedProperties/selectedTools",
            "The tools to offer; `[\"*\"]` means all.",
        ),
        set(
            "tools_visible_to_meta_agent",
            "/extendedProperties/toolsVisibleToMetaAgent",
            "The tools that the main agent sees, besides its subagents; `[\"*\"]` means all.",
        ),
        Field::string(
            "partner_type",
            "/extendedProperties/partnerType",
            "The partner preset, such as `DynatraceMcp`.",
        )
        .into(),
    ];
    Variant {
        // The service wants some data source, and this one uses none.
        fixed: vec![("/dataSource", json!("placeholder"))],
        ..Variant::new(
            "mcp",
            Some("Mcp"),
            "A server of the Model Context Protocol.",
            nodes,
        )
    }
}

/// A server is reached by a program or by a URL.
pub(super) fn check(config: &Value, diagnostics: &mut Diagnostics) {
    let mcp = config.get("mcp");
    let Some(transport) = mcp.get("transport").as_str() else {
        return;
    };
    let stdio = transport.eq_ignore_ascii_case("stdio");
    let needed = if stdio { "command" } else { "endpoint" };
    if mcp.get(needed).is_null() {
        let path = Path::from("mcp").attribute(needed);
        let detail = format!("The transport `{transport}` needs `{needed}`.");
        diagnostics.push(Diagnostic::error("The MCP server cannot be reached", detail).at(path));
    }
}
