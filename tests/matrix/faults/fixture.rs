//! The environment of the cases of one store: an emulator, and a run of the host for each phase.

use anyhow::Result;
use emulator::Profile;
use plugin_host::{Resource, StoredState};
use serde_json::{Value as Json, json};

use crate::kinds::agent_id;
use crate::kinds::{Kind, Storage};
use crate::run::Run;
use crate::world::World;

/// A service with several providers, like consecutive runs of Terraform: none knows what another
/// one has found out.
pub(crate) struct Fixture<'a> {
    /// The service, and the run that prepares everything.
    pub(crate) world: World,
    pub(crate) kind: &'a Kind,
    pub(crate) plane: &'static str,
    troubled: Run,
    cut_off: Run,
    next: Run,
}

/// An address at which no program listens.
const NOBODY: &str = "http://127.0.0.1:1";

/// The run that an object is passed to.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// The run with the failure.
    Troubled,
    /// A run without a service at its address.
    CutOff,
    /// The run after the failure.
    Next,
}

impl<'a> Fixture<'a> {
    pub(crate) async fn new(kind: &'a Kind, plane: &'static str) -> Result<Self> {
        // Counts of reads are the same in every run. Late reads have separate cases. Providers
        // would wait for young agents.
        let profile = Profile {
            agent_age: 3600,
            agent_polls: 1,
            connector_polls: 1,
            operation_seconds: 0,
            ..Profile::default()
        };
        let world = World::with(profile).await?;
        let run = async |provider| Run::new(&world.emulator, provider).await;
        Ok(Self {
            troubled: run(json!({})).await?,
            cut_off: run(json!({ "emulator": NOBODY })).await?,
            next: run(json!({})).await?,
            world,
            kind,
            plane,
        })
    }

    /// Returns a resource with this state in a run.
    pub(crate) fn resource_in(&self, stored: Option<StoredState>, to: Act) -> Result<Resource> {
        let run = match to {
            Act::Troubled => &self.troubled,
            Act::CutOff => &self.cut_off,
            Act::Next => &self.next,
        };
        let mut resource = run.session.resource(self.kind.type_name)?;
        resource.set_stored(stored);
        Ok(resource)
    }

    /// Creates an agent for the object with this name, in a region with that name, and the
    /// prerequisites of the object. Only returns the id if the object is an agent.
    pub(crate) async fn agent(&self, name: &str) -> Result<String> {
        if let Storage::Agents = self.kind.storage {
            return Ok(agent_id(name));
        }
        let agent = self.world.agent_in(name, name).await?;
        self.kind
            .create_prerequisites(&self.world, &agent, name)
            .await?;
        Ok(agent)
    }

    /// Returns the key of the object with this name, as configuration.
    pub(crate) fn key(&self, agent: &str, name: &str) -> Json {
        let mut key = self.kind.key(agent, name, self.plane);
        if let Storage::Agents = self.kind.storage {
            key["location"] = json!(name);
        }
        key
    }
}
