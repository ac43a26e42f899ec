//! Connectors to servers of the Model Context Protocol.

use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use super::{https, with_settings};
use crate::kind::{Beside, Field, Node, Variant};

/// The place of headers. The only client that is known to have reached a server with them sends
/// each header among the other settings.
pub(super) const HEADERS: Beside = Beside {
    only_with: ("dataConnectorType", "Mcp"),
    level: "extendedProperties",
    ours: "$headers",
    others: &[
        "type",
        "endpoint",
        "authType",
        "bearerToken",
        "headers",
        "command",
        "args",
        "envs",
        "selectedTools",
        "toolsVisibleToMetaAgent",
        "partnerType",
        "keyVaultUri",
        "source",
    ],
};

/// Returns the variant for servers of the Model Context Protocol.
pub(super) fn variant() -> Variant {
    let set = |name, at, about| Node::from(Field::string_set(name, at, about));
    let settings = vec![
        Field::string(
            "transport",
            "/type",
            "Transport of the MCP server. Known values are `http`, `sse` and `stdio`.",
        )
        .required_unread()
        .known_values(&["http", "stdio", "sse"])
        .into(),
        Field::string(
            "endpoint",
            "/endpoint",
            "URL of the server. Required if `transport` is `http` or `sse`.",
        )
        .check(https())
        .into(),
        Field::string(
            "auth_type",
            "/authType",
            "Authentication method for the URL. Known values are `BearerToken`, `CustomHeaders`, \
             `ManagedIdentity`, `OAuth` and `None`.",
        )
        .known_values(&[
            "BearerToken",
            "CustomHeaders",
            "ManagedIdentity",
            "OAuth",
            "None",
        ])
        .into(),
        Field::secret(
            "bearer_token",
            "/bearerToken",
            "Token to send if `auth_type` is `BearerToken`.",
        )
        .only_where(&[("auth_type", &["BearerToken"])])
        .into(),
        Field::secret_map(
            "headers",
            "/$headers",
            "Headers to send if `auth_type` is `CustomHeaders`. The service stores headers next to \
             the other settings of the connector, and treats every text setting that it does not \
             know as a header.",
        )
        .only_where(&[("auth_type", &["CustomHeaders"])])
        .into(),
        Field::string(
            "command",
            "/command",
            "Program that runs the server, such as `npx` or `uvx`. Required if `transport` is \
             `stdio`.",
        )
        .into(),
        Field::strings("args", "/args", "Arguments of the program.").into(),
        Field::secret_map(
            "environment",
            "/envs",
            "Environment variables of the program.",
        )
        .only_where(&[("transport", &["stdio"])])
        .into(),
        set(
            "selected_tools",
            "/selectedTools",
            "Names of the tools to offer. Use `[\"*\"]` to offer all tools.",
        ),
        set(
            "tools_visible_to_meta_agent",
            "/toolsVisibleToMetaAgent",
            "Names of the tools that the main agent can use in addition to its subagents. Use \
             `[\"*\"]` for all tools.",
        ),
        Field::string(
            "partner_type",
            "/partnerType",
            "Partner preset, such as `DynatraceMcp`.",
        )
        .into(),
    ];
    let data_source = super::data_source(
        "Data source of the connector. The service requires a value and does not use it.",
        "placeholder",
    );
    let nodes = with_settings(data_source, settings);
    Variant::new(
        "mcp",
        Some("Mcp"),
        "Model Context Protocol (MCP) server.",
        nodes,
    )
}

/// Checks that no header has the name of a setting, because both are members of the same object.
fn check_headers(mcp: &Value, diagnostics: &mut Diagnostics) {
    for argument in ["headers", "headers_wo"] {
        let names = mcp.get(argument).as_map().into_iter().flatten();
        for (name, _) in names.filter(|(name, _)| HEADERS.others.contains(&name.as_str())) {
            let path = Path::from("mcp").attribute(argument).key(name);
            let detail = format!(
                "The service stores headers next to the other settings of a connector, and one of \
                 these settings has the name `{name}`. Header names are not case-sensitive, so \
                 write the header as `{}`.",
                capitalized(name)
            );
            let diagnostic = Diagnostic::error("Header name conflicts with a setting", detail);
            diagnostics.push(diagnostic.at(path));
        }
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Checks that a server is reached by either a command or a URL.
pub(super) fn check(config: &Value, diagnostics: &mut Diagnostics) {
    let mcp = config.get("mcp");
    check_headers(mcp, diagnostics);
    let Some(transport) = mcp.get("transport").as_str() else {
        return;
    };
    let stdio = transport.eq_ignore_ascii_case("stdio");
    let needed = if stdio { "command" } else { "endpoint" };
    if mcp.get(needed).is_null() {
        let path = Path::from("mcp").attribute(needed);
        let detail = format!("The transport `{transport}` requires `{needed}`.");
        diagnostics.push(Diagnostic::error("Missing argument of an MCP server", detail).at(path));
    }
}
