//! Checks of the subscription, the resource group, the agent, and the response of its data plane.

use azure::ErrorKind;
use azure::id::AgentId;
use serde_json::Value as Json;
use url::Url;

use super::trouble;
use crate::doctor::check::{Outcome, Seen};
use crate::doctor::scene::Scene;

/// The api-version for subscriptions and resource groups.
const SUBSCRIPTIONS: &str = "2022-12-01";
const GROUPS: &str = "2021-04-01";
/// A collection that every build supports.
const COLLECTION: &str = "/api/v2/extendedAgent/skills";
/// The maximum number of agents to list if there are several.
const MOST_NAMES: usize = 10;

/// Checks whether the caller can read the subscription.
pub(super) async fn subscription(scene: &mut Scene) -> Seen {
    let Some(id) = scene.subscription.clone() else {
        return Seen::skipped("no subscription is set")
            .remedy("set --subscription-id or --agent-id")
            .block("subscription_id", "\"…\"");
    };
    let found = scene
        .arm(&format!("/subscriptions/{id}"), Some(SUBSCRIPTIONS))
        .await;
    let document = match found {
        Ok(response) => response.json().cloned().unwrap_or_default(),
        Err(error) => return refused(scene, &format!("the subscription {id}"), &error),
    };
    let name = document["displayName"].as_str().unwrap_or_default();
    let state = document["state"].as_str().unwrap_or("in an unknown state");
    let told = format!("{name:?} ({id}) is {state}");
    let is_usable = ["enabled", "warned", "pastdue"].contains(&state.to_lowercase().as_str());
    let seen = match is_usable {
        true => Seen::passed(told),
        false => Seen::failed(told).ask(format!("enable the subscription {id}")),
    };
    let given = scene.arguments().text("subscription_id");
    match given.is_none() && scene.arguments().text("emulator").is_none() {
        true => seen.block("subscription_id", format!("{id:?}")),
        false => seen,
    }
}

/// Checks whether the resource group exists.
pub(super) async fn resource_group(scene: &mut Scene) -> Seen {
    let Some(agent) = scene.agent.clone() else {
        return Seen::skipped("no agent is set, so there is no resource group to check");
    };
    let group = agent.resource_group_name();
    let path = format!(
        "/subscriptions/{}/resourceGroups/{group}",
        agent.subscription_id()
    );
    match scene.arm(&path, Some(GROUPS)).await {
        Ok(response) => {
            let location = response.json().map(|document| document["location"].clone());
            let location = location.unwrap_or_default();
            Seen::passed(format!(
                "{group} in {}",
                location.as_str().unwrap_or("an unknown region")
            ))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Seen::failed(format!("the resource group {group} does not exist"))
                .remedy("correct --agent-id, or create the resource group")
        }
        Err(error) => refused(scene, &format!("the resource group {group}"), &error),
    }
}

/// Checks whether the agent exists. Without a name, uses the only agent of the subscription.
pub(super) async fn agent(scene: &mut Scene) -> Seen {
    let mut told = String::new();
    if scene.agent.is_none() {
        let id = scene.subscription.clone().unwrap_or_default();
        let path = format!("/subscriptions/{id}/providers/Microsoft.App/agents");
        let first = match scene.arm(&path, None).await {
            Ok(response) => response.json().cloned().unwrap_or_default(),
            Err(error) => return refused(scene, "the agents of the subscription", &error),
        };
        let agents = first["value"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&str> = agents
            .iter()
            .filter_map(|agent| agent["id"].as_str())
            .collect();
        match ids.as_slice() {
            [] => return Seen::skipped("the subscription has no agents that you can see"),
            [only] => {
                scene.agent = AgentId::parse(only).ok();
                told = "the only agent of the subscription, ".to_owned();
            }
            several => {
                let names: Vec<&str> = several.iter().copied().take(MOST_NAMES).collect();
                let count = several.len();
                return Seen::skipped(format!("the subscription has at least {count} agents"))
                    .remedy(format!("choose one with --agent-id: {}", names.join(", ")));
            }
        }
    }
    let Some(agent) = scene.agent.clone() else {
        return Seen::failed("the agent has an invalid ID");
    };
    match scene.arm(&agent.path(), None).await {
        Ok(response) => {
            scene.document = response.json().cloned().unwrap_or_default();
            let document = &scene.document;
            let location = document["location"].as_str().unwrap_or("an unknown region");
            Seen::passed(format!("{told}{} in {location}", agent.name()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Seen::failed(format!("the agent {} does not exist", agent.name()))
                .remedy("correct --agent-id, or create the agent")
        }
        Err(error) => refused(scene, &format!("the agent {}", agent.name()), &error),
    }
}

/// Checks whether the agent is provisioned and running, and whether its endpoint can be trusted
/// with a token.
pub(super) fn state(scene: &mut Scene) -> Seen {
    let properties = &scene.document["properties"];
    let state = properties["provisioningState"]
        .as_str()
        .unwrap_or("unknown");
    let power = properties["powerState"].as_str();
    let running = properties["runningState"].as_str();
    let told = format!(
        "provisioning state {state}, power state {}, running state {}",
        power.unwrap_or("unknown"),
        running.unwrap_or("unknown"),
    );
    if state != "Succeeded" {
        let seen = Seen::failed(told);
        return match state {
            "Failed" | "Canceled" => seen.remedy(
                "apply the agent again, or delete it. For the reason, see `deploymentError` and \
                 the activity log",
            ),
            _ => seen.remedy("wait until the operation has finished"),
        };
    }
    if power == Some("Stopped") {
        return Seen::failed(told).remedy(
            "start the agent, for example with `power_state = \"Running\"` on its \
             `azuresre_agent`. The data plane of a stopped agent does not respond",
        );
    }
    let Some(endpoint) = endpoint(&scene.document) else {
        return Seen::failed(format!("{told}, and there is no `agentEndpoint`"))
            .remedy("wait until the agent is ready. Its data plane has no address before that");
    };
    let (Ok(url), Some(config)) = (Url::parse(&endpoint), &scene.client_config) else {
        return Seen::failed(format!("{told}; its address is not a URL"));
    };
    match config.hosts.check(&url) {
        Ok(()) => Seen::passed(format!("{told}; its data plane is at {endpoint}")),
        Err(refused) => {
            let host = url.host_str().unwrap_or_default();
            let domain = host.split_once('.').map_or(host, |(_, domain)| domain);
            Seen::failed(format!("{told}; {refused}"))
                .remedy("trust this domain only if it belongs to your cloud")
                .block("data_plane_hosts", format!("[{domain:?}]"))
        }
    }
}

/// Checks whether the data plane responds like an API.
pub(super) async fn data_plane(scene: &mut Scene) -> Seen {
    let Some(agent) = scene.agent.clone() else {
        return Seen::skipped("no agent is set");
    };
    let found = match scene.client() {
        Ok(client) => client.data_plane(&agent, &scene.budget()).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(plane) => scene.data_plane = Some(plane),
        Err(error) => return trouble("cannot find the data plane", &error),
    }
    let seen = collection(scene).await;
    if seen.outcome == Outcome::Failed {
        // Later checks would fail for the same reason.
        scene.data_plane = None;
    }
    seen
}

async fn collection(scene: &Scene) -> Seen {
    match scene.data(COLLECTION).await {
        Ok(response) if response.json().is_some() => Seen::passed("the data plane returns JSON"),
        Ok(_) => Seen::failed("the data plane responds, but not with JSON").ask(
            "find out what responds in place of *.azuresre.ai, and allow traffic to *.azuresre.ai",
        ),
        // Without permission to read skills, other reads may still be allowed. The next check finds
        // out.
        Err(error) if error.kind() == ErrorKind::Forbidden => {
            Seen::passed("the data plane responds, but you do not have permission to list skills")
        }
        Err(error) if error.kind() == ErrorKind::Unauthorized => {
            let audience = scene.client_config.as_ref();
            let audience = audience.map(|config| config.data_plane_audience.clone());
            let audience = audience.unwrap_or_default();
            let seen = Seen::failed(format!(
                "the data plane does not accept a token for {audience}: {error}"
            ));
            match audience.trim_end_matches('/') == azure::config::DATA_PLANE_AUDIENCE {
                true => seen.ask("allow you to sign in to the tenant of the agent"),
                false => seen.block(
                    "data_plane_audience",
                    format!("{:?}", azure::config::DATA_PLANE_AUDIENCE),
                ),
            }
        }
        Err(error) => trouble("unexpected response from the data plane", &error),
    }
}

/// Returns the endpoint of the data plane from the agent's document.
pub(super) fn endpoint(document: &Json) -> Option<String> {
    document["properties"]["agentEndpoint"]
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// Returns the result for a failed read on ARM.
fn refused(scene: &Scene, what: &str, error: &azure::Error) -> Seen {
    let who = scene
        .caller
        .as_deref()
        .unwrap_or("the identity that runs Terraform");
    match error.kind() {
        ErrorKind::Forbidden | ErrorKind::NotFound => {
            Seen::failed(format!("cannot read {what}: {error}"))
                .ask(format!(
                    "assign a role such as Contributor on the resource group to {who}. A new role \
                     assignment takes a few minutes to take effect"
                ))
                .remedy("check that this is the correct subscription and tenant")
        }
        ErrorKind::Unauthorized => {
            let custom = scene
                .arguments()
                .text("resource_manager_audience")
                .is_some();
            let seen = Seen::failed(format!("ARM does not accept the token: {error}"))
                .remedy("check that `tenant_id` is the tenant of the subscription");
            match custom {
                true => seen.block(
                    "resource_manager_audience",
                    "\"https://management.azure.com\"",
                ),
                false => seen,
            }
        }
        _ => trouble(&format!("cannot read {what}"), error),
    }
}
