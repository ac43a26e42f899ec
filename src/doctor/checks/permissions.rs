//! Checks of the caller's permissions, without using them. ARM lists permissions, and data planes
//! allow or deny reads.

use azure::ErrorKind;
use serde_json::Value as Json;

use super::trouble;
use crate::doctor::areas::{self, AREAS, Area};
use crate::doctor::check::Seen;
use crate::doctor::scene::Scene;

const PERMISSIONS: &str = "providers/Microsoft.Authorization/permissions";
const PERMISSIONS_VERSION: &str = "2022-04-01";
/// The actions that are required to manage an agent.
const ACTIONS: [&str; 3] = [
    "Microsoft.App/agents/read",
    "Microsoft.App/agents/write",
    "Microsoft.App/agents/delete",
];
/// An action for objects in agents, which stands for all of their types.
const CHILD: &str = "Microsoft.App/agents/skills/write";
const CONNECTOR: &str = "Microsoft.App/agents/connectors/write";

/// Checks the permissions of the caller on ARM.
pub(super) async fn on_arm(scene: &mut Scene) -> Seen {
    let Some(agent) = scene.agent.clone() else {
        return Seen::skipped("no agent is set");
    };
    let path = format!("{}/{PERMISSIONS}", agent.path());
    let listed = match scene.arm(&path, Some(PERMISSIONS_VERSION)).await {
        Ok(response) => response.json().cloned().unwrap_or_default(),
        // This is not a failure, because later reads show some of the permissions.
        Err(error) if error.status().is_some_and(|status| status < 500) => {
            return Seen::skipped(format!("ARM does not list your permissions: {error}"));
        }
        Err(error) => return trouble("ARM does not list your permissions", &error),
    };
    let permissions = listed["value"].as_array().cloned().unwrap_or_default();
    let may = |action: &&str| areas::allows(&permissions, "actions", "notActions", action);
    let (granted, missing): (Vec<&str>, Vec<&str>) =
        ACTIONS.into_iter().chain([CONNECTOR, CHILD]).partition(may);
    scene.permissions = Some(permissions);
    if missing.is_empty() {
        return Seen::passed(
            "you can manage the agent, its connectors and all other objects inside it",
        );
    }
    let granted = match granted.is_empty() {
        true => "nothing".to_owned(),
        false => granted.join(", "),
    };
    Seen::failed(format!(
        "you have permission for {granted}, but not for {}",
        missing.join(", ")
    ))
    .ask(format!(
        "assign the role Contributor on the resource group {} to {}. A new role assignment takes a \
         few minutes to take effect",
        agent.resource_group_name(),
        scene
            .caller
            .as_deref()
            .unwrap_or("the identity that runs Terraform"),
    ))
}

/// Checks the permissions of the caller on the data plane, from the list of ARM if it contains data
/// actions, and from reads.
pub(super) async fn on_data_plane(scene: &mut Scene) -> Seen {
    let mut readable = Vec::new();
    for area in AREAS {
        let Some(path) = area.read else {
            continue;
        };
        match scene.data(path).await {
            Ok(_) => readable.push(area.name),
            Err(error) if error.kind() == ErrorKind::Forbidden => {}
            // The build may lack a route, which is unrelated to permissions.
            Err(error) if is_another_build(&error) => readable.push(area.name),
            Err(error) => return trouble(&format!("cannot read {}", area.name), &error),
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
        Some(role) => format!("you can read what the role {} can read", role.name),
        None if readable.is_empty() => "you cannot read anything".to_owned(),
        None => format!("you can read {}", readable.join(", ")),
    };
    let kinds = |areas: &[&Area]| {
        let kinds: Vec<&str> = areas.iter().flat_map(|area| area.kinds).copied().collect();
        kinds.join(", ")
    };
    if missing.iter().all(|area| area.kinds.is_empty()) {
        return Seen::passed(format!("{role}; you can manage every kind of object"));
    }
    let told = match granted.iter().all(|area| area.kinds.is_empty()) {
        true => format!("{role}; you cannot manage any kind of object"),
        false => format!(
            "{role}; you can manage {}, but not {}",
            kinds(&granted),
            kinds(&missing)
        ),
    };
    let agent = scene.agent.as_ref().map(|agent| agent.name().to_owned());
    Seen::failed(told).ask(format!(
        "assign the role SRE Agent Administrator on the agent {} to {}. A new role assignment \
         takes a few minutes to take effect. {}",
        agent.unwrap_or_default(),
        scene
            .caller
            .as_deref()
            .unwrap_or("the identity that runs Terraform"),
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
