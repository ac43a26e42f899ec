//! Tools of the catalog that the main agent may use.

use azure::ListShape;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind};

/// Returns the kind of `azuresre_tool_enablement`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "tool_enablement",
        title: "tool enablement",
        about: "The enablement of one tool in the tool catalog of an agent. It defines whether the \
                main agent may use the tool. Tools of MCP servers are disabled until you enable \
                them.",
        notes: vec![
            "The tool itself already exists. Creating this resource only enables or disables the \
             tool, and destroying it restores the default of the service. The tools of an MCP \
             server appear after the data connector has reached the server. The provider waits up \
             to three minutes for this.",
            "The data source `azuresre_available_tools` lists the catalog. You cannot disable a \
             tool whose `default_mode` is `always`.",
        ],
        store: StoreKind::Switch(Name {
            about: "Name of the tool, such as `connector_tool` for a tool of an MCP server.",
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
                "Default mode of the tool: `always`, `enabled` or `disabled`.",
            )
            .computed()
            .into(),
            Field::string(
                "source",
                "/source",
                "Origin of the tool, such as `system` or `mcp`.",
            )
            .computed()
            .into(),
            Field::string("category", "/category", "Category of the tool.")
                .computed()
                .into(),
        ],
        ..Kind::child()
    }
}
