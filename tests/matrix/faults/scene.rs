//! Where the cells of one store play: an emulator, and a run of the host for each act.

use anyhow::Result;
use emulator::Profile;
use plugin_host::{Host, Plugin, Resource, Session, StoredState};
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;

use crate::kinds::{Home, Kind};
use crate::world::{SUBSCRIPTION, World, agent_id, start_plugin};

/// A service that four providers talk to, each in a process of its own as in runs of Terraform that
/// follow one another: none knows what another has found out.
pub(crate) struct Scene<'a> {
    /// The service, and the run in which everything is prepared.
    pub(crate) world: World,
    pub(crate) kind: &'a Kind,
    pub(crate) plane: &'static str,
    troubled: Run,
    cut_off: Run,
    next: Run,
    /// Cells that work rather than wait: too many of them take the time from those for which it is
    /// short.
    pub(crate) working: Semaphore,
}

/// How many cells prepare their objects, or look what has become of them, at a time.
const WORKING: usize = 6;

struct Run {
    plugin: Plugin,
    session: Session,
}

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
        let profile = Profile {
            agent_polls: 1,
            connector_polls: 1,
            ..Profile::default()
        };
        let world = World::with(profile, json!({}), &[]).await?;
        let run = async |emulator: Option<&str>| {
            let plugin = start_plugin(&world.emulator, &[]).await?;
            let session = Session::new(plugin.client(), Host::default()).await?;
            let provider = json!({ "subscription_id": SUBSCRIPTION, "emulator": emulator });
            session.configure(provider).await?;
            anyhow::Ok(Run { plugin, session })
        };
        Ok(Self {
            troubled: run(None).await?,
            cut_off: run(Some(&nobody()?)).await?,
            next: run(None).await?,
            world,
            kind,
            plane,
            working: Semaphore::new(WORKING),
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

    /// What all runs have written to their logs.
    pub(crate) fn logs(&self) -> Vec<String> {
        let runs = [&self.troubled, &self.cut_off, &self.next];
        let plugins = runs.iter().map(|run| &run.plugin);
        let lines = plugins.filter_map(|plugin| Some(plugin.stderr()?.all()));
        lines.flatten().chain(self.world.log()).collect()
    }
}

/// An address at which nobody listens.
fn nobody() -> Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(format!("http://{}", listener.local_addr()?))
}
