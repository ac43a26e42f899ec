//! What tests need to know of each kind besides its schema: where the service keeps its objects, and
//! sample values.
//!
//! A kind is added in this file: a module with its samples, and a line in [`each_kind`]. Every test
//! that is made for all kinds then runs for it. What is missing in the samples, tests in
//! `tests/matrix/coverage.rs` name.
//!
//! - [`sample`]: attributes and their values
//! - [`home`]: where the service keeps objects, and by which requests
//! - [`records`]: objects as the emulator keeps them
//! - [`others`]: objects as another client changes them

mod home;
mod others;
mod records;
mod sample;

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
mod skill;
mod subagent;
mod subagent_permissions;
mod tool;
mod tool_enablement;
mod tool_permissions;

use serde_json::json;

pub use home::Home;
pub use records::{Record, says_something};
pub use sample::{Removal, Row, Secret, Variant};
use sample::{local, row, secret};

/// Calls a macro, whose path is in brackets, with what follows and the list of kinds, each with the
/// planes that it is on.
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
            skill: arm data_plane;
            subagent: arm data_plane;
            subagent_permissions: data_plane;
            tool: arm data_plane;
            tool_enablement: data_plane;
            tool_permissions: data_plane;
        }
    };
}

/// The same with one kind and plane for each way in which objects are stored, for tests of what
/// stores do when the service misbehaves.
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
            skill: arm data_plane;
            subagent_permissions: data_plane;
            tool_enablement: data_plane;
            tool_permissions: data_plane;
        }
    };
}

macro_rules! list_of_kinds {
    ($name:ident $($kind:ident: $($plane:ident)+;)*) => {
        /// All kinds.
        pub fn $name() -> Vec<Kind> {
            vec![$({
                let Samples { home, mut variants } = $kind::samples();
                if let Home::Objects { stored, .. } = home {
                    let all = variants.iter_mut();
                    all.for_each(|variant| variant.rows.extend(labels(stored)));
                }
                Kind {
                    type_name: concat!("azuresre_", stringify!($kind)),
                    planes: &[$(stringify!($plane)),+],
                    home,
                    variants,
                }
            }),*]
        }
    };
}

each_kind! { [list_of_kinds] all }

/// What the envelopes of objects hold. The service keeps the tags of subagents alone.
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

/// A kind by its noun, such as `skill`.
pub fn named(noun: &str) -> Kind {
    let found = all().into_iter().find(|kind| kind.noun() == noun);
    found.unwrap_or_else(|| panic!("there are no samples of {noun}"))
}

/// The kinds whose documents take members that nobody has declared, on each of their planes, with
/// the object in the document that they are in.
pub fn open_kinds(
    kinds: &[Kind],
) -> impl Iterator<Item = (String, (&Kind, &'static str, &'static str))> {
    let open = kinds
        .iter()
        .filter_map(|kind| Some((kind, kind.home.members_at()?)));
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
    /// Where the emulator keeps its objects.
    pub home: Home,
    /// The choices of a one-of, or one variant.
    pub variants: Vec<Variant>,
}

/// What the module of a kind gives.
struct Samples {
    home: Home,
    variants: Vec<Variant>,
}

impl Kind {
    /// The type name without the provider's.
    pub fn noun(&self) -> &'static str {
        self.type_name.trim_start_matches("azuresre_")
    }

    /// Whether the user chooses between two planes.
    pub fn is_dual(&self) -> bool {
        self.planes.len() > 1
    }

    /// The first variant's least configuration.
    pub fn minimal(&self) -> &serde_json::Value {
        &self.variants[0].minimal
    }
}
