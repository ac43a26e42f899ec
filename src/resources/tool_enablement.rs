//! Which tools of the catalogue the main agent may use.

use azure::ListShape;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind};

/// `azuresre_tool_enablement`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "tool_enablement",
        title: "tool enablement",
        about: "The switch of one tool in the catalogue of an agent: whether the main agent may use it. \
                Tools of MCP servers are off until they are switched on.",
        notes: vec![
            "The tool exists before it is managed, so that creating the resource only sets its switch; \
             destroying the resource sets it back to what the service does by default. Tools of an MCP \
             server appear once the connector has reached it; creation waits for that up to three \
             minutes.",
            "`azuresre_available_tools` lists the catalogue. Tools of the mode `always` cannot be \
             switched off.",
        ],
        store: StoreKind::Switch(Name {
            about: "The name of the tool, such as `connector_tool` for one of an MCP server. A change \
                    replaces the switch.",
            validators: vec![Validator::length(1, 256)],
        }),
        segment: "toolEnablements",
        places: vec![Place {
            list: ListShape::Data,
            listed_by: Some("name"),
            listed_whole: true,
            ..Place::data_plane("/api/v2/agent/tools", Envelope::Bare)
        }],
        additional_at: None,
        nodes: vec![
            Field::bool(
                "enabled",
                "/enabled",
                "Whether the main agent may use the tool.",
            )
            .required()
            .into(),
            Field::string(
                "default_mode",
                "/defaultMode",
                "`always`, `enabled` or `disabled`.",
            )
            .computed()
            .into(),
            Field::string(
                "source",
                "/source",
                "Where the tool is from, such as `system` or `mcp`.",
            )
            .computed()
            .into(),
            Field::string("category", "/category", "The category of the tool.")
                .computed()
                .into(),
        ],
        ..Kind::child()
    }
}
