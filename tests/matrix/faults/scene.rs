//! Where the cells of one store play: an emulator, and a run of the host for each act.

use anyhow::Result;
use emulator::Profile;
use plugin_host::{Resource, StoredState};
use serde_json::{Value as Json, json};

use crate::kinds::agent_id;
use crate::kinds::{Home, Kind};
use crate::run::Run;
use crate::world::World;

/// A service that four providers talk to, as in runs of Terraform that follow one another: none knows
/// what another has found out.
pub(crate) struct Scene<'a> {
    /// The service, and the run in which everything is prepared.
    pub(crate) world: World,
    pub(crate) kind: &'a Kind,
    pub(crate) plane: &'static str,
    troubled: Run,
    cut_off: Run,
    next: Run,
}

/// An address at which nobody listens.
const NOBODY: &str = "http://127.0.0.1:1";

/// Which run an object is handed to.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Something goes wrong here.
    Troubled,
    /// Nobody listens at the address of the service.
    CutOff,
    /// Everything is well again.
    Next,
}

impl<'a> Scene<'a> {
    pub(crate) async fn new(kind: &'a Kind, plane: &'static str) -> Result<Self> {
        // What is counted in looks is counted alike in every run; lateness is a trouble of its own.
        // Young agents are given more time.
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

    /// A resource with this state in a run.
    pub(crate) fn hand_over(&self, stored: Option<StoredState>, to: Act) -> Result<Resource> {
        let run = match to {
            Act::Troubled => &self.troubled,
            Act::CutOff => &self.cut_off,
            Act::Next => &self.next,
        };
        let mut resource = run.session.resource(self.kind.type_name)?;
        resource.set_stored(stored);
        Ok(resource)
    }

    /// An agent for the object of a name, in a region of that name, with what the object needs; only
    /// the id if the object is an agent.
    pub(crate) async fn agent(&self, name: &str) -> Result<String> {
        if let Home::Agents = self.kind.home {
            return Ok(agent_id(name));
        }
        let agent = self.world.agent_in(name, name).await?;
        self.kind.furnish(&self.world, &agent, name).await?;
        Ok(agent)
    }

    /// The configuration of the object of a name.
    pub(crate) fn key(&self, agent: &str, name: &str) -> Json {
        let mut key = self.kind.key(agent, name, self.plane);
        if let Home::Agents = self.kind.home {
            key["location"] = json!(name);
        }
        key
    }
}
