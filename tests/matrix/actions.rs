//! Actions: their requests, and their progress messages.

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, Profile};
use plugin_host::Failure;
use plugin_host::value::unknown;
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::kinds::{self, agent_id};
use crate::object::Object;
use crate::world::World;

const POWER: &str = "azuresre_agent_power";
const TRIGGER: &str = "azuresre_http_trigger_run";
const TASK: &str = "azuresre_scheduled_task_run";

async fn object<'a>(
    world: &'a World,
    kind: &'a kinds::Kind,
    plane: &'static str,
    config: Json,
) -> Result<Object<'a>> {
    let mut object = Object::new(world, kind, plane, "work").await?;
    object
        .apply(&crate::json::merged(kind.minimal(), &config))
        .await?;
    Ok(object)
}

#[tokio::test(start_paused = true)]
async fn trigger_is_run_once_with_its_content() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("http_trigger");
    let trigger = object(&world, &kind, "data_plane", json!({})).await?;
    let state = trigger.resource.state().context("no state")?;
    let id = state["object_id"].as_str().context("no id")?;
    world.take_requests();
    let config = json!({ "agent_id": trigger.agent, "object_id": id, "body": { "a": [1, "x"] } });
    let invoked = world.session.invoke(TRIGGER, config).await?;
    ensure!(
        invoked.progress[0].starts_with("the agent is working in thread "),
        "{invoked:?}"
    );
    let requests = world.emulator.requests();
    let sent: Vec<_> = requests.iter().filter(|one| one.method == "POST").collect();
    ensure!(
        sent.len() == 1 && sent[0].path.ends_with(&format!("/{id}/execute")),
        "{sent:?}"
    );
    ensure!(sent[0].body == json!({ "a": [1, "x"] }), "{sent:?}");

    let none = json!({ "agent_id": trigger.agent, "object_id": "none" });
    let failure = Failure::of(world.session.invoke(TRIGGER, none).await)?;
    ensure!(
        failure
            .to_string()
            .contains("Cannot run the HTTP trigger \"none\""),
        "{failure}"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn unclear_answer_does_not_run_a_trigger_twice() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("http_trigger");
    let trigger = object(&world, &kind, "data_plane", json!({})).await?;
    let state = trigger.resource.state().context("no state")?;
    world.take_requests();
    world
        .emulator
        .fault(Fault::on("POST", "/execute$").apply_then_reset())?;
    let config = json!({ "agent_id": trigger.agent, "object_id": state["object_id"] });
    Failure::of(world.session.invoke(TRIGGER, config).await)?;
    let requests = world.take_requests();
    let runs = requests
        .iter()
        .filter(|one| one.ends_with("/execute"))
        .count();
    ensure!(runs == 1, "{requests:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_task_is_found_by_its_name() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("scheduled_task");
    let task = object(&world, &kind, "data_plane", json!({})).await?;
    let config = |name: &str| json!({ "agent_id": task.agent, "name": name });
    let invoked = world.session.invoke(TASK, config(&task.name)).await?;
    ensure!(
        invoked.progress[0].starts_with("the agent is working in thread "),
        "{invoked:?}"
    );
    let failure = Failure::of(world.session.invoke(TASK, config("none")).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("Nothing with this name"), "{error}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn agent_is_stopped_and_started_only_if_needed() -> Result<()> {
    let world = World::new().await?;
    let kind = kinds::named("agent");
    let agent = object(&world, &kind, "arm", json!({})).await?;
    let config =
        |state: &str| json!({ "agent_id": agent.id().unwrap_or_default(), "power_state": state });
    for (state, path) in [("Stopped", "/stop"), ("Running", "/start")] {
        for times in [1, 0] {
            world.take_requests();
            let invoked = world.session.invoke(POWER, config(state)).await?;
            ensure!(invoked.progress.len() == 1, "{invoked:?}");
            let requests = world.take_requests();
            let sent = requests.iter().filter(|one| one.ends_with(path)).count();
            ensure!(sent == times, "{state}: {requests:?}");
        }
        let document = agent.document()?;
        ensure!(document["properties"]["powerState"] == state, "{document}");
    }
    let none = json!({ "agent_id": agent_id("none"), "power_state": "Stopped" });
    let failure = Failure::of(world.session.invoke(POWER, none).await)?;
    ensure!(failure.to_string().contains("does not exist"), "{failure}");
    Ok(())
}

/// Creates an object in the shared agent as another client.
async fn put(world: &World, path: &str, body: Json) -> Result<String> {
    let agent = world.shared_agent().await?;
    let reply = world.data_plane(agent, Method::PUT, path, body).await?;
    reply.success()?;
    Ok(agent.to_owned())
}

#[tokio::test(start_paused = true)]
async fn test_of_an_unreachable_repository_fails() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let mut agent = String::new();
    for (name, host) in [("good", "github.com"), ("bad", "git.contoso.invalid")] {
        let properties = json!({ "url": format!("https://{host}/contoso/shop"), "type": "GitHub" });
        let body = json!({ "name": name, "type": "CodeRepo", "properties": properties });
        agent = put(&world, &format!("/api/v2/repos/{name}"), body).await?;
    }
    let test = |name: &str| {
        let config = json!({ "agent_id": agent, "name": name });
        world.session.invoke("azuresre_repo_test", config)
    };
    let good = test("good").await?;
    ensure!(
        good.progress == ["the repository is reachable; the clone status is Ready"],
        "{good:?}"
    );
    for (name, told) in [("bad", "could not be resolved"), ("none", "does not exist")] {
        let failure = Failure::of(test(name).await)?;
        ensure!(failure.to_string().contains(told), "{failure}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_data_connector_is_tested_with_its_secrets() -> Result<()> {
    let world = World::with(Profile {
        mask_bearer_tokens: true,
        ..Profile::default()
    })
    .await?;
    let mut agent = String::new();
    for (name, host) in [("good", "mcp.contoso.com"), ("bad", "mcp.contoso.invalid")] {
        let extended = json!({
            "type": "http",
            "endpoint": format!("https://{host}/mcp"),
            "bearerToken": "s3cret",
            "selectedTools": ["dql"],
        });
        let properties = json!({
            "dataConnectorType": "Mcp",
            "dataSource": "placeholder",
            "extendedProperties": extended,
        });
        let body = json!({ "name": name, "type": "AgentConnector", "properties": properties });
        agent = put(
            &world,
            &format!("/api/v2/extendedAgent/connectors/{name}"),
            body,
        )
        .await?;
    }
    let test = |name: &str| {
        world.emulator.clear_requests();
        let config = json!({ "agent_id": agent, "name": name });
        world.session.invoke("azuresre_data_connector_test", config)
    };
    let good = test("good").await?;
    ensure!(
        good.progress == ["the data connector works, with 1 tool"],
        "{good:?}"
    );
    let sent = || {
        let requests = world.emulator.requests();
        let tested = requests
            .iter()
            .find(|one| one.path.ends_with("/testconnection"));
        tested
            .map(|one| one.body.to_string())
            .context("nothing is tested")
    };
    ensure!(sent()?.contains("s3cret"), "{}", sent()?);
    let forbidden = Fault::on("POST", "/listSecrets$").error(403, "Forbidden", "No.");
    world.emulator.fault(forbidden.forever())?;
    test("good").await?;
    ensure!(!sent()?.contains("s3cret"), "{}", sent()?);
    for (name, told) in [("bad", "could not be resolved"), ("none", "does not exist")] {
        let failure = Failure::of(test(name).await)?;
        ensure!(failure.to_string().contains(told), "{failure}");
        let noted = name == "none" || failure.to_string().contains("listSecrets");
        ensure!(
            noted && !failure.to_string().contains("s3cret"),
            "{failure}"
        );
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_signed_in_to_azure_devops_in_three_ways() -> Result<()> {
    const AUTH: &str = "azuresre_azure_devops_auth";
    const ORGANIZATION: &str = "https://dev.azure.com/contoso";
    let world = World::new().await?;
    let kind = kinds::named("agent");
    let identity = json!({ "identity": { "type": "SystemAssigned" } });
    let agent = object(&world, &kind, "arm", identity).await?;
    let id = agent.id().unwrap_or_default();
    let config = json!({ "agent_id": id, "organization": ORGANIZATION });
    for (given, path, body) in [
        (json!({}), "/auth/mi", Json::Null),
        (
            json!({ "personal_access_token": "s3cret-pat" }),
            "/auth/pat",
            json!({ "accessToken": "s3cret-pat" }),
        ),
        (
            json!({ "access_token": "s3cret-jwt" }),
            "/aadauth/complete",
            json!({ "aadAccessToken": "s3cret-jwt" }),
        ),
    ] {
        world.emulator.clear_requests();
        let config = crate::json::merged(&config, &given);
        let invoked = world.session.invoke(AUTH, config).await?;
        ensure!(
            invoked.progress == [format!("the agent is signed in to {ORGANIZATION}")],
            "{invoked:?}"
        );
        let requests = world.emulator.requests();
        let sent = requests.iter().filter(|one| one.method == "POST");
        let sent: Vec<_> = sent
            .filter(|one| one.path.contains("/AzureDevOps/"))
            .collect();
        ensure!(sent.len() == 1 && sent[0].path.ends_with(path), "{sent:?}");
        ensure!(sent[0].body == body, "{sent:?}");
    }
    let both = json!({ "personal_access_token": "s3cret-pat", "access_token": "s3cret-jwt" });
    let failure = Failure::of(
        world
            .session
            .invoke(AUTH, crate::json::merged(&config, &both))
            .await,
    )?;
    let noted = failure.to_string();
    ensure!(
        noted.contains("Conflicting sign-in arguments") && !noted.contains("s3cret"),
        "{noted}"
    );
    // The error does not contain what was sent.
    world.emulator.fault(Fault::on("POST", "/auth/pat").answer(
        400,
        json!({ "error": { "code": "Bad", "message": "not s3cret-pat" } }),
    ))?;
    let pat = json!({ "personal_access_token": "s3cret-pat" });
    let failure = Failure::of(
        world
            .session
            .invoke(AUTH, crate::json::merged(&config, &pat))
            .await,
    )?;
    let noted = failure.to_string();
    ensure!(
        noted.contains("Cannot sign") && !noted.contains("s3cret"),
        "{noted}"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn plans_of_actions_send_nothing() -> Result<()> {
    let world = World::new().await?;
    world.take_requests();
    for (name, key) in [
        (POWER, "power_state"),
        (TRIGGER, "object_id"),
        (TASK, "name"),
        ("azuresre_message", "text"),
        ("azuresre_azure_devops_auth", "organization"),
        ("azuresre_repo_test", "name"),
        ("azuresre_data_connector_test", "name"),
    ] {
        let config = json!({ "agent_id": unknown(), key: unknown() });
        ensure!(
            world.session.plan_action(name, config).await?.is_empty(),
            "{name}"
        );
        let config = json!({ "agent_id": "x", key: "y" });
        Failure::of(world.session.plan_action(name, config).await)?;
    }
    ensure!(world.take_requests().is_empty(), "requests were sent");
    Ok(())
}
