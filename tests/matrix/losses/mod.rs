//! Nothing is lost: whatever exists remotely is in state, however a write ends.
//!
//! - [`creation`]: objects that come to be
//! - [`change`]: objects that are updated and deleted

mod change;
mod creation;

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, Profile};
use plugin_host::{Host, Plugin, Resource, Session};
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::Kind;
use crate::world::{World, start_plugin};

/// The name of the object of every case.
const NAME: &str = "lost";

/// An object of a kind in a world of its own.
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
        let world = World::with(profile, json!({}), &[]).await?;
        let agent = kind.agent(&world, NAME).await?;
        let key = kind.key(&agent, NAME, plane);
        Ok(Self {
            resource: world.resource(kind.type_name)?,
            config: json::merged(kind.minimal(), &key),
            world,
            kind,
        })
    }

    /// A fault on the request that creates.
    fn on_create(&self) -> Fault {
        let (method, path) = self.kind.home.creation(NAME);
        Fault::on(method, &path)
    }

    /// A fault on the request that updates.
    fn on_update(&self) -> Fault {
        let (method, path) = self.kind.home.update(NAME);
        Fault::on(method, &path)
    }

    /// A fault on the request that deletes.
    fn on_delete(&self) -> Fault {
        let (method, path) = self.kind.home.deletion(NAME);
        Fault::on(method, &path)
    }

    /// A change of the configuration in place.
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

    fn exists_once(&self) -> Result<()> {
        let count = self.kind.records(&self.world, NAME)?.len();
        ensure!(count == 1, "the service has {count} of them");
        Ok(())
    }

    /// The same object in a new run of the host.
    async fn in_a_new_run(&mut self) -> Result<Plugin> {
        let stored = self.resource.stored().cloned();
        let plugin = start_plugin(&self.world.emulator, &[]).await?;
        let session = Session::new(plugin.client(), Host::default()).await?;
        session
            .configure(json!({ "subscription_id": crate::world::SUBSCRIPTION }))
            .await?;
        self.resource = session.resource(self.kind.type_name)?;
        self.resource.set_stored(stored);
        Ok(plugin)
    }
}
