//! What tests need to know about each kind in addition to its schema: where the service stores its
//! objects, and sample values.
//!
//! To add a kind, add a module with its samples, and a line in [`each_kind`] in this file. Every
//! test for all kinds then covers it. Tests in `tests/matrix/coverage.rs` report missing samples.
//!
//! - [`sample`]: attributes and their values
//! - [`storage`]: where the service stores objects, and the requests for them
//! - [`records`]: objects as the emulator stores them
//! - [`others`]: changes to objects by another client

mod others;
mod records;
mod sample;
mod storage;

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
mod skill;
mod subagent;
mod subagent_permissions;
mod tool;
mod tool_enablement;
mod tool_permissions;

use serde_json::json;

pub use records::{Record, has_content};
pub use sample::{Removal, Row, Secret, Variant};
use sample::{local, row, secret};
pub use storage::Storage;

/// Calls a macro, whose path is in brackets, with the following tokens and the list of kinds, each
/// with its planes.
#[macro_export]
macro_rules! each_kind {
    ([$($then:tt)+] $($more:tt)*) => {
        $($then)+! { $($more)*
            agent: arm;
            common_prompt: arm data_plane;
            custom_instructions: data_plane;
            data_connector: arm data_plane;
            github_domain: data_plane;
            hook: arm data_plane;
            http_trigger: data_plane;
            incident_filter: arm data_plane;
            knowledge_document: data_plane;
            managed_connection: data_plane;
            managed_mcp_server: data_plane;
            plugin: data_plane;
            plugin_installation: data_plane;
            plugin_marketplace: data_plane;
            repo: arm data_plane;
            repo_instructions: data_plane;
            scheduled_task: arm data_plane;
            servicenow_indexing: data_plane;
            skill: arm data_plane;
            subagent: arm data_plane;
            subagent_permissions: data_plane;
            tool: arm data_plane;
            tool_enablement: data_plane;
            tool_permissions: data_plane;
        }
    };
}

/// The same with one kind and plane for each way in which objects are stored, for tests in which
/// the service misbehaves.
#[macro_export]
macro_rules! each_store {
    ([$($then:tt)+] $($more:tt)*) => {
        $($then)+! { $($more)*
            agent: arm;
            custom_instructions: data_plane;
            data_connector: arm;
            github_domain: data_plane;
            http_trigger: data_plane;
            knowledge_document: data_plane;
            plugin_marketplace: data_plane;
            repo: data_plane;
            repo_instructions: data_plane;
            servicenow_indexing: data_plane;
            skill: arm data_plane;
            subagent_permissions: data_plane;
            tool_enablement: data_plane;
            tool_permissions: data_plane;
        }
    };
}

macro_rules! list_of_kinds {
    ($name:ident $($kind:ident: $($plane:ident)+;)*) => {
        /// Returns all kinds.
        pub fn $name() -> Vec<Kind> {
            vec![$({
                let Samples { storage, mut variants } = $kind::samples();
                if let Storage::Objects { stored, .. } = storage {
                    let all = variants.iter_mut();
                    all.for_each(|variant| variant.rows.extend(labels(stored)));
                }
                Kind {
                    type_name: concat!("azuresre_", stringify!($kind)),
                    planes: &[$(stringify!($plane)),+],
                    storage,
                    variants,
                }
            }),*]
        }
    };
}

each_kind! { [list_of_kinds] all }

/// Returns the rows for the labels in envelopes. The service only keeps the tags of subagents.
fn labels(stored: &str) -> [Row; 2] {
    let label = |path, at, values| {
        let row = row(path, at, values).removal(Removal::Keeps);
        row.on_data_plane_only()
    };
    let tags = label("tags", "/$envelope/tags", json!([["b", "a"], ["c"], []]));
    let tags = match stored {
        "subagents" => tags,
        _ => tags.dropped(),
    };
    [
        tags,
        label("owner", "/$envelope/owner", json!(["team-a", "team-b"])),
    ]
}

/// Returns a kind by its noun, such as `skill`.
pub fn named(noun: &str) -> Kind {
    let found = all().into_iter().find(|kind| kind.noun() == noun);
    found.unwrap_or_else(|| panic!("there are no samples of {noun}"))
}

/// Returns the kinds whose documents accept undeclared members, on each of their planes, with the
/// object in the document that contains them.
pub fn open_kinds(
    kinds: &[Kind],
) -> impl Iterator<Item = (String, (&Kind, &'static str, &'static str))> {
    let open = kinds
        .iter()
        .filter_map(|kind| Some((kind, kind.storage.members_at()?)));
    open.flat_map(|(kind, members_at)| {
        let planes = kind.planes.iter();
        planes.map(move |plane| {
            let case = format!("{} on {plane}", kind.noun());
            (case, (kind, *plane, members_at))
        })
    })
}

/// A kind and its samples.
pub struct Kind {
    /// The type name.
    pub type_name: &'static str,
    /// The planes that its objects can be on.
    pub planes: &'static [&'static str],
    /// Where the emulator stores its objects.
    pub storage: Storage,
    /// The choices of a one-of, or a single variant.
    pub variants: Vec<Variant>,
}

/// What the module of a kind provides.
struct Samples {
    storage: Storage,
    variants: Vec<Variant>,
}

impl Kind {
    /// Returns the type name without that of the provider.
    pub fn noun(&self) -> &'static str {
        self.type_name.trim_start_matches("azuresre_")
    }

    /// Returns whether the user chooses between two planes.
    pub fn is_dual(&self) -> bool {
        self.planes.len() > 1
    }

    /// Returns the minimal configuration of the first variant.
    pub fn minimal(&self) -> &serde_json::Value {
        &self.variants[0].minimal
    }
}
