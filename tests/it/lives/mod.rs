//! The lives of the objects in an agent: created, updated in place, changed by others and repaired,
//! stripped of what is optional, replaced, imported, deleted by others, and destroyed.
//!
//! [`life`] is what all kinds have in common; a file for each kind holds what is particular to it.
//! The kinds of a plane live side by side in one configuration.

mod common_prompt;
mod custom_instructions;
mod github_domain;
mod hook;
mod http_trigger;
mod incident_filter;
mod knowledge_document;
mod life;
mod plugin;
mod repo;
mod repo_instructions;
mod scheduled_task;
mod skill;
mod subagent;
mod tool;
mod tool_enablement;
mod tool_permissions;

use rstest::rstest;

use self::life::live;
pub(crate) use self::life::{Life, configuration, prepare};
use crate::world::{On, World};

/// What lives here, of every kind.
pub(crate) fn all() -> Vec<Life> {
    of_both_planes()
        .into_iter()
        .chain(of_the_data_plane())
        .collect()
}

#[rstest]
fn objects_of_both_planes_live(#[values("arm", "data_plane")] plane: &str) {
    lives(On::Newest, plane, &of_both_planes());
}

#[test]
fn objects_of_the_data_plane_live() {
    lives(On::Newest, "data_plane", &of_the_data_plane());
}

#[test]
fn objects_live_with_installed_hosts() {
    let kinds = [custom_instructions::life(), repo::life(), skill::life()];
    lives(On::Installed, "arm", &kinds);
}

fn of_both_planes() -> [Life; 7] {
    [
        common_prompt::life(),
        hook::life(),
        incident_filter::life(),
        scheduled_task::life(),
        skill::life(),
        subagent::life(),
        tool::life(),
    ]
}

fn of_the_data_plane() -> [Life; 9] {
    [
        custom_instructions::life(),
        github_domain::life(),
        http_trigger::life(),
        knowledge_document::life(),
        plugin::life(),
        repo::life(),
        repo_instructions::life(),
        tool_enablement::life(),
        tool_permissions::life(),
    ]
}

fn lives(on: On, plane: &str, kinds: &[Life]) {
    for host in on.hosts() {
        live(&World::with_agent(&host), plane, kinds);
    }
}
