//! The kinds of objects, with one file for each.

mod agent;
mod common_prompt;
mod custom_instructions;
mod data_connector;
mod github_domain;
mod hook;
mod http_trigger;
mod incident_filter;
mod knowledge_document;
mod managed_connection;
mod managed_mcp_server;
mod plugin;
mod plugin_installation;
mod plugin_marketplace;
mod repo;
mod repo_instructions;
mod scheduled_task;
mod servicenow_indexing;
mod shared;
mod skill;
mod subagent;
mod subagent_permissions;
mod tool;
mod tool_enablement;
mod tool_permissions;

use std::sync::{Arc, LazyLock};

use crate::kind::Kind;

/// All kinds. A process declares them once, because resources, data sources and lists share them.
static KINDS: LazyLock<Vec<Arc<Kind>>> = LazyLock::new(|| {
    let mut kinds = declared();
    for kind in &mut kinds {
        let mut places = kind.places.iter();
        if places.any(|place| place.envelope.is_labelled()) {
            kind.nodes.extend(shared::labels());
        }
    }
    kinds.into_iter().map(Arc::new).collect()
});

/// Returns all kinds.
pub fn kinds() -> Vec<Arc<Kind>> {
    KINDS.clone()
}

fn declared() -> Vec<Kind> {
    [
        agent::kind(),
        common_prompt::kind(),
        custom_instructions::kind(),
        data_connector::kind(),
        github_domain::kind(),
        hook::kind(),
        http_trigger::kind(),
        incident_filter::kind(),
        knowledge_document::kind(),
        managed_connection::kind(),
        managed_mcp_server::kind(),
        plugin::kind(),
        plugin_installation::kind(),
        plugin_marketplace::kind(),
        repo::kind(),
        repo_instructions::kind(),
        scheduled_task::kind(),
        servicenow_indexing::kind(),
        skill::kind(),
        subagent::kind(),
        subagent_permissions::kind(),
        tool::kind(),
        tool_enablement::kind(),
        tool_permissions::kind(),
    ]
    .into()
}
