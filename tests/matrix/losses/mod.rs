//! Nothing is lost: whatever exists remotely is in the state, however a write ends. `faults` covers
//! failures of single requests.
//!
//! - [`creation`]: disturbed creations
//! - [`deletion`]: disturbed deletions
//! - [`ended`]: runs that end at any request
//! - [`ending`]: how runs are ended

mod creation;
mod deletion;
mod ended;
mod ending;

use anyhow::{Context as _, Result, ensure};
use emulator::Profile;
use plugin_host::Resource;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{Kind, Storage};
use crate::world::World;

/// The name of the object of every case.
const NAME: &str = "lost";

/// An object of a kind in a separate world.
struct Case<'a> {
    world: World,
    kind: &'a Kind,
    resource: Resource,
    config: Json,
}

impl<'a> Case<'a> {
    async fn new(kind: &'a Kind, plane: &str) -> Result<Self> {
        Self::with(kind, plane, Profile::acceptance()).await
    }

    async fn with(kind: &'a Kind, plane: &str, profile: Profile) -> Result<Self> {
        Self::in_world(World::with(profile).await?, kind, plane).await
    }

    /// Creates a case whose provider is a separate process.
    async fn with_process(kind: &'a Kind, plane: &str) -> Result<Self> {
        let world = World::with_process(Profile::acceptance(), &[]).await?;
        Self::in_world(world, kind, plane).await
    }

    async fn in_world(world: World, kind: &'a Kind, plane: &str) -> Result<Self> {
        let agent = kind.agent(&world, NAME).await?;
        let key = kind.key(&agent, NAME, plane);
        Ok(Self {
            resource: world.resource(kind.type_name)?,
            config: json::merged(kind.minimal(), &key),
            world,
            kind,
        })
    }

    /// Returns a configuration that is changed in place.
    fn changed(&self) -> Json {
        json::merged(&self.config, &self.kind.variants[0].changed())
    }

    fn with_timeouts(&self, config: &Json) -> Json {
        let short = json!({ "timeouts": { "create": "1s", "update": "1s", "delete": "1s" } });
        json::merged(config, &short)
    }

    async fn converges(&mut self, config: &Json) -> Result<()> {
        self.resource
            .apply(config.clone())
            .await
            .context("the next apply")?;
        self.resource.refresh().await?;
        let plan = self.resource.plan(config.clone()).await?;
        ensure!(
            plan.is_empty(),
            "the plan is to {} {:?}",
            plan.action,
            plan.changed()
        );
        ensure!(!self.resource.is_tainted(), "the object is tainted");
        self.exists_once()
    }

    /// Returns whether the service has the object. A permanent object counts only if it has
    /// content.
    fn exists(&self) -> Result<bool> {
        let document = self.kind.document(&self.world, NAME)?;
        Ok(document.is_some() && !self.kind.storage.is_permanent())
    }

    fn exists_once(&self) -> Result<()> {
        let count = self.kind.records(&self.world, NAME)?.len();
        ensure!(count == 1, "the service has {count} of them");
        Ok(())
    }

    /// Waits until every reader sees the last write.
    async fn wait_until_visible(&self) -> Result<()> {
        let agent = self.config["agent_id"].as_str().unwrap_or_default();
        let gone = self.kind.document(&self.world, NAME)?.is_none();
        match self.kind.storage {
            Storage::Objects { collection, .. } if gone => {
                let path = azure::id::join(collection, NAME)?;
                self.world.data_plane_gone(agent, &path).await
            }
            _ => self.kind.settled(&self.world, agent, NAME).await,
        }
    }

    /// Continues with the same object in a new run of the host.
    async fn in_a_new_run(&mut self) -> Result<()> {
        let stored = self.resource.stored().cloned();
        self.world.renew_plugin().await?;
        self.resource = self.world.resource(self.kind.type_name)?;
        self.resource.set_stored(stored);
        Ok(())
    }
}
