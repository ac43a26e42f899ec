//! Moves between planes with separate stores: existing objects at the target, leftovers at the
//! source, and values that other clients have set.

use anyhow::{Context as _, Result, ensure};
use emulator::profile::StoreModel;
use emulator::{Fault, Profile};
use plugin_host::core::Action;
use plugin_host::{Failure, Resource};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind};
use crate::world::World;

const SKILLS: &str = "/api/v2/extendedAgent/skills";

/// A skill on ARM, and another one, so that the lists of the planes differ.
struct Case {
    world: World,
    kind: Kind,
    agent: String,
    resource: Resource,
}

impl Case {
    async fn new() -> Result<Self> {
        let profile = Profile {
            store: StoreModel::Two,
            silent_drops: false,
            ..Profile::default()
        };
        let world = World::with(profile).await?;
        let kind = kinds::named("skill");
        let agent = world.agent("moves").await?;
        let mut resource = world.resource(kind.type_name)?;
        let mut case = Self {
            resource: resource.clone(),
            world,
            kind,
            agent,
        };
        resource.apply(case.config("moved", "arm")).await?;
        case.resource = resource;
        let mut beside = case.world.resource(case.kind.type_name)?;
        beside.apply(case.config("beside", "arm")).await?;
        Ok(case)
    }

    fn config(&self, name: &str, plane: &'static str) -> Json {
        json::merged(
            self.kind.minimal(),
            &self.kind.key(&self.agent, name, plane),
        )
    }

    /// Creates a skill on the data plane as another client.
    async fn put(&self, name: &str, description: &str) -> Result<()> {
        let properties = json!({
            "description": description,
            "skillMdContent": self.kind.minimal()["content"],
        });
        let body = json!({ "name": name, "type": "Skill", "properties": properties });
        let path = format!("{SKILLS}/{name}");
        let sent = self.world.data_plane(&self.agent, Method::PUT, &path, body);
        sent.await?.success()?;
        Ok(())
    }

    /// Continues in another run.
    async fn go_on(&mut self) -> Result<()> {
        self.world.renew_plugin().await?;
        self.resource = self.resource.in_session(&self.world.session)?;
        Ok(())
    }

    /// Returns the stores that contain a skill.
    fn stores(&self, name: &str) -> Result<Vec<String>> {
        let state = self.world.emulator.state()?;
        let of_name = state
            .iter()
            .filter(|(_, record)| record["name"] == name && record["deleted"] == false);
        Ok(of_name
            .filter_map(|(key, _)| key.split('/').nth(2).map(str::to_owned))
            .collect())
    }

    /// Completes the move after an earlier failure, and expects that nothing is left.
    async fn ends(&mut self) -> Result<()> {
        self.go_on().await?;
        let config = self.config("moved", "data_plane");
        let plan = self.resource.plan(config.clone()).await?;
        ensure!(
            plan.action == Action::Update,
            "the plan is to {}",
            plan.action
        );
        ensure!(plan.changed().contains("plane"), "{:?}", plan.changed());
        let applied = self.resource.apply_plan(&plan, config.clone()).await?;
        ensure!(applied.diagnostics.is_empty(), "{:?}", applied.diagnostics);
        ensure!(
            self.stores("moved")? == ["shared"],
            "{:?}",
            self.stores("moved")?
        );
        self.go_on().await?;
        ensure!(self.resource.plan(config).await?.is_empty());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn object_of_another_owner_is_not_overwritten() -> Result<()> {
    let mut case = Case::new().await?;
    case.put("moved", "Somebody else's.").await?;
    let before = case.world.emulator.state()?;
    let config = case.config("moved", "data_plane");
    let failure = Failure::of(case.resource.apply(config).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.summary.contains("already exists"), "{error}");
    ensure!(
        error.detail.contains("import {") && error.detail.contains("Nothing was changed"),
        "{error}"
    );
    ensure!(
        error
            .path
            .as_ref()
            .is_some_and(|path| path.to_string() == "plane"),
        "{error}"
    );
    ensure!(case.world.emulator.state()? == before);
    case.go_on().await?;
    ensure!(
        case.resource
            .plan(case.config("moved", "arm"))
            .await?
            .is_empty()
    );
    Ok(())
}

/// Moves the object in a run that is killed when this fault hits the deletion.
async fn killed(fault: impl FnOnce(Fault) -> Fault) -> Result<Case> {
    let mut case = Case::new().await?;
    let deletion = Fault::on("DELETE", "/skills/moved");
    let held = case.world.emulator.fault(fault(deletion))?;
    let (mut resource, config) = (case.resource.clone(), case.config("moved", "data_plane"));
    let moving = tokio::spawn(async move { resource.apply(config).await.err() });
    held.held().await;
    case.world.kill().await?;
    moving.abort();
    held.release();
    case.go_on().await?;
    Ok(case)
}

#[tokio::test(start_paused = true)]
async fn run_killed_before_the_deletion_leaves_nothing_in_the_end() -> Result<()> {
    let mut case = killed(|fault| fault.hold().reset()).await?;
    ensure!(
        case.stores("moved")?.len() == 2,
        "{:?}",
        case.stores("moved")?
    );
    case.ends().await
}

#[tokio::test(start_paused = true)]
async fn run_killed_after_the_deletion_has_moved_the_object() -> Result<()> {
    let case = killed(Fault::hold_applied).await?;
    ensure!(
        case.stores("moved")? == ["shared"],
        "{:?}",
        case.stores("moved")?
    );
    let config = case.config("moved", "data_plane");
    ensure!(case.resource.plan(config).await?.is_empty());
    // A run whose state has it on ARM sees it move back.
    let plan = case.resource.plan(case.config("moved", "arm")).await?;
    ensure!(
        plan.action == Action::Update,
        "the plan is to {}",
        plan.action
    );
    // An object that differs is another one.
    case.put("moved", "Somebody else's.").await?;
    let plan = case.resource.plan(case.config("moved", "arm")).await?;
    ensure!(
        plan.action == Action::Create,
        "the plan is to {}",
        plan.action
    );
    Ok(())
}

/// If the stores cannot be distinguished, possible leftovers are destroyed with the object.
#[tokio::test(start_paused = true)]
async fn possible_leftovers_are_destroyed_too() -> Result<()> {
    let mut case = Case::new().await?;
    case.put("beside", "Beside.").await?;
    case.put(
        "moved",
        case.kind.minimal()["description"]
            .as_str()
            .context("no text")?,
    )
    .await?;
    let config = case.config("moved", "data_plane");
    case.resource.apply(config.clone()).await?;
    ensure!(case.stores("moved")?.len() == 2);
    case.go_on().await?;
    ensure!(case.resource.plan(config).await?.is_empty());
    case.resource.destroy().await?;
    ensure!(
        case.stores("moved")?.is_empty(),
        "{:?}",
        case.stores("moved")?
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn failed_deletion_is_repeated_by_the_next_run() -> Result<()> {
    let mut case = Case::new().await?;
    let refused = Fault::on("DELETE", "/skills/moved").error(400, "BadRequest", "no");
    case.world.emulator.fault(refused)?;
    let config = case.config("moved", "data_plane");
    let applied = case.resource.apply(config).await?;
    ensure!(
        applied.diagnostics[0]
            .summary
            .contains("still exists on ARM"),
        "{applied:?}"
    );
    case.ends().await
}

#[tokio::test(start_paused = true)]
async fn leftover_that_disappears_is_no_change() -> Result<()> {
    let mut case = Case::new().await?;
    let refused = Fault::on("DELETE", "/skills/moved").error(400, "BadRequest", "no");
    case.world.emulator.fault(refused)?;
    let config = case.config("moved", "data_plane");
    case.resource.apply(config.clone()).await?;
    let path = format!("{}/skills/moved", case.agent);
    case.world
        .arm(Method::DELETE, &path, Json::Null)
        .await?
        .success()?;
    case.go_on().await?;
    ensure!(case.resource.plan(config).await?.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn leftover_is_destroyed_without_an_apply_in_between() -> Result<()> {
    for refreshes in [true, false] {
        let mut case = Case::new().await?;
        let refused = Fault::on("DELETE", "/skills/moved").error(400, "BadRequest", "no");
        case.world.emulator.fault(refused)?;
        case.resource
            .apply(case.config("moved", "data_plane"))
            .await?;
        case.go_on().await?;
        let plan = match refreshes {
            true => case.resource.plan_destroy().await?,
            false => case.resource.plan_destroy_all().await?,
        };
        case.resource.apply_plan(&plan, Json::Null).await?;
        ensure!(
            case.stores("moved")?.is_empty(),
            "{:?}",
            case.stores("moved")?
        );
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn values_of_other_clients_are_moved() -> Result<()> {
    let mut case = Case::new().await?;
    let path = format!("{}/skills/moved", case.agent);
    let found = case
        .world
        .arm(Method::GET, &path, Json::Null)
        .await?
        .success()?;
    // ARM returns the document as text.
    let encoded = found.body["properties"]["value"]
        .as_str()
        .context("no text")?;
    let mut document: Json = serde_json::from_slice(&from_base64(encoded)?)?;
    document["custom"] = json!({ "kept": true });
    let mut body = found.body.clone();
    body["properties"]["value"] = json!(to_base64(&document));
    case.world.arm(Method::PUT, &path, body).await?.success()?;
    let config = case.config("moved", "data_plane");
    case.resource.apply(config).await?;
    ensure!(case.stores("moved")? == ["shared"]);
    let path = format!("{SKILLS}/moved");
    let found = case
        .world
        .data_plane(&case.agent, Method::GET, &path, Json::Null)
        .await?;
    ensure!(
        found.body["properties"]["custom"] == json!({ "kept": true }),
        "{}",
        found.body
    );
    Ok(())
}

fn from_base64(text: &str) -> Result<Vec<u8>> {
    use base64::Engine as _;
    Ok(base64::engine::general_purpose::STANDARD.decode(text)?)
}

fn to_base64(document: &Json) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(document.to_string())
}
