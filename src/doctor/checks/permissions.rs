//! What the caller may do, found out without doing it: ARM lists rights, and data planes let read or not.

use azure::ErrorKind;
use serde_json::Value as Json;

use super::trouble;
use crate::doctor::areas::{self, AREAS, Area};
use crate::doctor::check::Seen;
use crate::doctor::scene::Scene;

const PERMISSIONS: &str = "providers/Microsoft.Authorization/permissions";
const PERMISSIONS_VERSION: &str = "2022-04-01";
/// What managing an agent comes down to.
const ACTIONS: [&str; 3] = [
    "Microsoft.App/agents/read",
    "Microsoft.App/agents/write",
    "Microsoft.App/agents/delete",
];
/// The types inside agents, by one of them.
const CHILD: &str = "Microsoft.App/agents/skills/write";
const CONNECTOR: &str = "Microsoft.App/agents/connectors/write";

/// What the caller may do on ARM.
pub(super) async fn on_arm(scene: &mut Scene) -> Seen {
    let Some(agent) = scene.agent.clone() else {
        return Seen::skipped("no agent is named");
    };
    let path = format!("{}/{PERMISSIONS}", agent.path());
    let listed = match scene.arm(&path, Some(PERMISSIONS_VERSION)).await {
        Ok(response) => response.json().cloned().unwrap_or_default(),
        // Not to be told is no failure: reading shows some of it.
        Err(error) if error.status().is_some_and(|status| status < 500) => {
            return Seen::skipped(format!("ARM does not tell what you may do: {error}"));
        }
        Err(error) => return trouble("ARM does not tell what you may do", &error),
    };
    let permissions = listed["value"].as_array().cloned().unwrap_or_default();
    let may = |action: &&str| areas::allows(&permissions, "actions", "notActions", action);
    let (granted, missing): (Vec<&str>, Vec<&str>) =
        ACTIONS.into_iter().chain([CONNECTOR, CHILD]).partition(may);
    scene.permissions = Some(permissions);
    if missing.is_empty() {
        return Seen::passed("you may manage the agent, its connectors and what else is inside it");
    }
    let granted = match granted.is_empty() {
        true => "nothing".to_owned(),
        false => granted.join(", "),
    };
    Seen::failed(format!(
        "you may do {granted}, and not {}",
        missing.join(", ")
    ))
    .ask(format!(
        "the role Contributor on the resource group {}, for {}; a new role takes minutes",
        agent.resource_group_name(),
        scene.caller.as_deref().unwrap_or("whoever is signed in"),
    ))
}

/// What the caller may do on the data plane: by the rights that ARM lists, if it lists any, and by reading.
pub(super) async fn on_data_plane(scene: &mut Scene) -> Seen {
    let mut readable = Vec::new();
    for area in AREAS {
        let Some(path) = area.read else {
            continue;
        };
        match scene.data(path).await {
            Ok(_) => readable.push(area.name),
            Err(error) if error.kind() == ErrorKind::Forbidden => {}
            // A build may lack a route: that says nothing of rights.
            Err(error) if is_another_build(&error) => readable.push(area.name),
            Err(error) => return trouble(&format!("{} cannot be read", area.name), &error),
        }
    }
    let listed = scene
        .permissions
        .as_deref()
        .filter(|permissions| names_data_actions(permissions));
    let may = |area: &&Area| match listed {
        Some(permissions) => {
            let action = format!("Microsoft.App/agents/{}/write", area.name);
            areas::allows(permissions, "dataActions", "notDataActions", &action)
        }
        None => areas::role_of(&readable).is_some_and(|role| role.writes.contains(&area.name)),
    };
    let (granted, missing): (Vec<&Area>, Vec<&Area>) = AREAS.iter().partition(may);
    let role = match areas::role_of(&readable) {
        Some(role) => format!("you read what the role {} reads", role.name),
        None if readable.is_empty() => "you may read nothing".to_owned(),
        None => format!("you read {}", readable.join(", ")),
    };
    let kinds = |areas: &[&Area]| {
        let kinds: Vec<&str> = areas.iter().flat_map(|area| area.kinds).copied().collect();
        kinds.join(", ")
    };
    if missing.iter().all(|area| area.kinds.is_empty()) {
        return Seen::passed(format!("{role}, and may manage every kind of object"));
    }
    let told = match granted.iter().all(|area| area.kinds.is_empty()) {
        true => format!("{role}, and may manage no kind of object"),
        false => format!(
            "{role}; you may manage {}, and not {}",
            kinds(&granted),
            kinds(&missing)
        ),
    };
    let agent = scene.agent.as_ref().map(|agent| agent.name().to_owned());
    Seen::failed(told).ask(format!(
        "the role SRE Agent Administrator on the agent {}, for {}; a new role takes minutes. {}",
        agent.unwrap_or_default(),
        scene.caller.as_deref().unwrap_or("whoever is signed in"),
        areas::lesser_roles(),
    ))
}

fn names_data_actions(permissions: &[Json]) -> bool {
    let mut entries = permissions.iter();
    entries.any(|entry| {
        entry["dataActions"]
            .as_array()
            .is_some_and(|actions| !actions.is_empty())
    })
}

fn is_another_build(error: &azure::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotJson | ErrorKind::NotFound | ErrorKind::MethodNotAllowed
    )
}
