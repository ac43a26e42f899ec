//! All objects of a run, and the operations on them.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use plugin_host::{Host, Launch, Plugin, Resource, Session, StoredState};
use serde_json::Value as Json;

use super::{Phase, Scenario, objects};
use crate::memory;

/// The objects with their state, as it would be saved between the commands.
#[derive(Debug)]
pub(super) struct Crowd<'a> {
    provider: &'a Path,
    emulator: String,
    scenario: Scenario,
    agents: Vec<Option<StoredState>>,
    children: Vec<Option<StoredState>>,
}

/// An object: its type, its configuration, and its state.
type Member = (&'static str, Json, Option<StoredState>);

impl<'a> Crowd<'a> {
    pub(super) fn new(provider: &'a Path, emulator: &str, scenario: Scenario) -> Self {
        Self {
            provider,
            emulator: emulator.to_owned(),
            scenario,
            agents: vec![None; scenario.agents as usize],
            children: vec![None; scenario.objects as usize],
        }
    }

    /// Applies the configuration in which all objects have this text.
    pub(super) async fn apply(&mut self, text: &str) -> Result<Phase> {
        let apply = async |mut resource: Resource, config: Json| {
            resource.apply(config).await?;
            Ok(resource)
        };
        let run = Run::start(self).await?;
        self.agents = run.each(self.agents(), apply).await?;
        self.children = run.each(self.children(text), apply).await?;
        run.finish().await
    }

    /// Plans that configuration, which must change nothing.
    pub(super) async fn plan_nothing(&mut self, text: &str) -> Result<Phase> {
        let plan = async |resource: Resource, config: Json| {
            let plan = resource.plan(config).await?;
            ensure!(
                plan.is_empty(),
                "the plan is to {} {:?}",
                plan.action,
                plan.changed()
            );
            Ok(resource)
        };
        let run = Run::start(self).await?;
        run.each(self.agents(), plan).await?;
        run.each(self.children(text), plan).await?;
        run.finish().await
    }

    /// Destroys all objects.
    pub(super) async fn destroy(&mut self) -> Result<Phase> {
        let destroy = async |mut resource: Resource, _| {
            resource.destroy().await?;
            Ok(resource)
        };
        let run = Run::start(self).await?;
        self.children = run.each(self.children(""), destroy).await?;
        self.agents = run.each(self.agents(), destroy).await?;
        run.finish().await
    }

    fn agents(&self) -> Vec<Member> {
        with_state(objects::agents(self.scenario), &self.agents)
    }

    fn children(&self, text: &str) -> Vec<Member> {
        with_state(objects::children(self.scenario, text), &self.children)
    }
}

fn with_state(configs: Vec<(&'static str, Json)>, states: &[Option<StoredState>]) -> Vec<Member> {
    let members = configs.into_iter().zip(states);
    let members = members.map(|((kind, config), state)| (kind, config, state.clone()));
    members.collect()
}

/// One command, with a process of the provider.
struct Run {
    started: Instant,
    plugin: Plugin,
    session: Session,
    parallelism: usize,
}

impl Run {
    async fn start(crowd: &Crowd<'_>) -> Result<Self> {
        let started = Instant::now();
        let launch = Launch::new(crowd.provider).env("AZURESRE_EMULATOR", &crowd.emulator);
        let plugin = Plugin::start(launch).await?;
        let session = Session::new(plugin.client(), Host::default()).await?;
        session.configure(objects::provider()).await?;
        Ok(Self {
            started,
            plugin,
            session,
            parallelism: crowd.scenario.parallelism as usize,
        })
    }

    /// Runs the work for each object, some at a time, and returns their states in the same order.
    async fn each(
        &self,
        members: Vec<Member>,
        work: impl AsyncFn(Resource, Json) -> Result<Resource>,
    ) -> Result<Vec<Option<StoredState>>> {
        let work = &work;
        let running = members.into_iter().map(|(kind, config, state)| async move {
            let mut resource = self.session.resource(kind)?;
            resource.set_stored(state);
            let name = config["name"].to_string();
            let resource = work(resource, config).await.with_context(|| name)?;
            anyhow::Ok(resource.stored().cloned())
        });
        stream::iter(running)
            .buffered(self.parallelism)
            .try_collect()
            .await
    }

    async fn finish(self) -> Result<Phase> {
        let memory = memory::highest_of(self.plugin.pid())?;
        self.plugin.shutdown().await?;
        Ok(Phase {
            elapsed: self.started.elapsed(),
            memory,
        })
    }
}
