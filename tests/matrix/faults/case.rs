//! One test case: one failure of one request of one operation on one object.

use anyhow::{Context as _, Result, bail, ensure};
use emulator::FaultHandle;
use plugin_host::{Failure, Plan, Resource};
use serde_json::{Value as Json, json};

use super::ending::{Ending, Troubled, import_id};
use super::fixture::{Act, Fixture};
use super::request::{self, Request};
use super::trouble::{PATIENCE, Trouble};
use crate::json;
use crate::kinds::{Row, Secret, Storage, Variant};
use crate::object::Object;

/// The operation on the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Read,
    Update,
    Delete,
}

/// The failure.
#[derive(Clone, Copy)]
pub(crate) enum Wrong<'a> {
    Nothing,
    /// A failure of a request.
    Request(&'a Request, &'a Trouble),
    /// No program listens at the address of the service.
    CutOff,
    /// For a few reads, the service returns the state before a write.
    Late,
}

/// The member that another client adds to the object.
pub(super) const THEIRS: &str = "/theirs";

/// An object, and its expected outcome.
pub(crate) struct Case<'a> {
    pub(super) fixture: &'a Fixture<'a>,
    pub(super) operation: Operation,
    pub(super) wrong: Wrong<'a>,
    /// The object, in the run that prepares everything.
    pub(super) object: Object<'a>,
    row: &'a Row,
    before: Json,
    goal: Json,
    /// The plan to apply and its configuration, or `None` for a refresh.
    plan: Option<(Plan, Json)>,
    /// The name and the document of another object of the same kind.
    neighbor: Option<(String, Json)>,
}

impl Operation {
    pub(crate) const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl Wrong<'_> {
    fn lasts(self) -> bool {
        match self {
            Self::Request(_, trouble) => trouble.lasts,
            Self::CutOff => true,
            Self::Nothing | Self::Late => false,
        }
    }

    /// Returns whether the failure may affect what is written.
    fn concerns_a_write(self) -> bool {
        match self {
            Self::Request(request, _) => request.is_write(),
            Self::Nothing | Self::CutOff => false,
            Self::Late => true,
        }
    }

    /// Returns whether the service itself reports that the object does not exist.
    pub(super) fn denies(self) -> bool {
        matches!(self, Self::Request(_, trouble) if trouble.denies)
    }
}

/// Runs a case. `name` is the unique name of its object.
pub(crate) async fn run(
    fixture: &Fixture<'_>,
    operation: Operation,
    wrong: Wrong<'_>,
    name: &str,
) -> Result<Ending> {
    let case = Case::prepare(fixture, operation, wrong, name).await?;
    let troubled = case.troubled().await.context("in the troubled run")?;
    let ending = case.ending(&troubled)?;
    let at_the_end = format!("after {ending:?} {:?}", troubled.diagnostics);
    let go_on = async {
        let next = case.next_run(&troubled, ending).await?;
        case.clean_up(next).await
    };
    go_on.await.context(at_the_end)?;
    Ok(ending)
}

/// Records the requests of an operation without a failure.
pub(crate) async fn record(
    fixture: &Fixture<'_>,
    operation: Operation,
    name: &str,
) -> Result<Vec<Request>> {
    let case = Case::prepare(fixture, operation, Wrong::Nothing, name).await?;
    fixture.world.emulator.clear_requests();
    let troubled = case.troubled().await?;
    let requests = request::of(name, &fixture.world.emulator.requests());
    let ending = case.ending(&troubled)?;
    ensure!(ending == Ending::GoesThrough, "{:?}", troubled.diagnostics);
    let next = case.next_run(&troubled, ending).await?;
    case.clean_up(next).await?;
    Ok(requests)
}

impl<'a> Case<'a> {
    async fn prepare(
        fixture: &'a Fixture<'a>,
        operation: Operation,
        wrong: Wrong<'a>,
        name: &str,
    ) -> Result<Self> {
        let Fixture { world, kind, .. } = fixture;
        let agent = fixture.agent(name).await?;
        let key = fixture.key(&agent, name);
        let (variant, row) = sample(&kind.variants);
        let config =
            |index| json::merged(&json::merged(&variant.minimal, &row.config(index)), &key);
        let mut case = Self {
            operation,
            wrong,
            before: config(0),
            goal: config(usize::from(operation == Operation::Update)),
            plan: None,
            neighbor: None,
            row,
            object: Object {
                world,
                kind,
                plane: fixture.plane,
                resource: world.resource(kind.type_name)?,
                agent,
                key,
                name: name.to_owned(),
            },
            fixture,
        };
        if wrong.concerns_a_write()
            && kind.storage.has_names()
            && !matches!(kind.storage, Storage::Agents)
        {
            case.neighbor = Some(case.beside(variant).await.context("the neighbor")?);
        }
        if operation != Operation::Create {
            case.exist().await.context("preparing it")?;
        }
        case.plan = case.planned().await.context("planning")?;
        Ok(case)
    }

    /// Creates another object of the kind.
    async fn beside(&self, variant: &Variant) -> Result<(String, Json)> {
        let Fixture { world, kind, .. } = self.fixture;
        let name = format!("{}-beside", self.object.name);
        kind.create_prerequisites(world, &self.object.agent, &name)
            .await?;
        let mut resource = world.resource(kind.type_name)?;
        let config = json::merged(&variant.minimal, &self.row.config(0));
        let key = self.fixture.key(&self.object.agent, &name);
        resource.apply(json::merged(&config, &key)).await?;
        let document = kind.document(world, &name)?.context("it is not there")?;
        Ok((name, document))
    }

    /// Creates the object, and adds a member as another client.
    async fn exist(&mut self) -> Result<()> {
        let kind = self.fixture.kind;
        let timeouts = match self.wrong.lasts() {
            true => json!({ "timeouts": { "read": patience(), "delete": patience() } }),
            false => json!({}),
        };
        let Object {
            resource,
            agent,
            name,
            world,
            ..
        } = &mut self.object;
        resource
            .apply(json::merged(&self.before, &timeouts))
            .await?;
        kind.settled(world, agent, name).await?;
        if let Some(at) = kind
            .storage
            .members_at()
            .filter(|_| self.operation == Operation::Update)
        {
            let at = format!("{at}{THEIRS}");
            kind.drift(world, agent, name, &at, json!("kept")).await?;
            kind.settled(world, agent, name).await?;
        }
        resource.refresh().await?;
        Ok(())
    }

    /// Runs the operation with the failure.
    async fn troubled(&self) -> Result<Troubled> {
        let to = match self.wrong {
            Wrong::CutOff => Act::CutOff,
            _ => Act::Troubled,
        };
        let mut stored = self.object.resource.stored().cloned();
        if let (Some(stored), Operation::Read, Wrong::Request(..)) =
            (&mut stored, self.operation, self.wrong)
        {
            // Make the object look old, so that no read of it can be late.
            stored.private.clear();
        }
        let mut resource = self.fixture.resource_in(stored, to)?;
        let fault = self.fault()?;
        let result = match &self.plan {
            Some((plan, config)) => {
                let applied = resource.apply_plan(plan, config.clone()).await;
                applied.map(|applied| applied.diagnostics)
            }
            None => resource.refresh().await.map(|found| found.diagnostics),
        };
        if let Some(fault) = fault {
            let hits = fault.status().hits;
            fault.remove();
            ensure!(
                hits > 0,
                "the fault did not hit, and it ended with {result:?}"
            );
        }
        let (diagnostics, failed) = match result {
            Ok(warnings) => (warnings, false),
            Err(error) => (error.downcast::<Failure>()?.diagnostics, true),
        };
        Ok(Troubled {
            resource,
            diagnostics,
            failed,
        })
    }

    async fn planned(&self) -> Result<Option<(Plan, Json)>> {
        let resource = &self.object.resource;
        let patient = match self.wrong.lasts() {
            true => json!({ "timeouts": { "create": patience(), "update": patience() } }),
            false => json!({}),
        };
        let config = match self.operation {
            Operation::Read => return Ok(None),
            Operation::Delete => return Ok(Some((resource.plan_destroy().await?, Json::Null))),
            Operation::Create | Operation::Update => json::merged(&self.goal, &patient),
        };
        Ok(Some((resource.plan(config.clone()).await?, config)))
    }

    fn fault(&self) -> Result<Option<FaultHandle>> {
        let emulator = &self.fixture.world.emulator;
        Ok(match self.wrong {
            Wrong::Request(request, trouble) => {
                Some(emulator.fault(trouble.fault(request, &self.object.name))?)
            }
            _ => None,
        })
    }

    /// Runs the same operation again without a failure.
    async fn next_run(&self, troubled: &Troubled, ending: Ending) -> Result<Resource> {
        let mut stored = troubled.resource.stored().cloned();
        if let Some(stored) = &mut stored {
            // This run has enough time.
            stored.attributes["timeouts"] = Json::Null;
        }
        let mut next = self.fixture.resource_in(stored, Act::Next)?;
        match ending {
            Ending::Import => {
                let id = import_id(&troubled.diagnostics).context("no id")?;
                next.import(id).await.context("the import")?;
            }
            // The object that the state has lost is found when it is created again.
            Ending::Gone if !self.fixture.kind.storage.is_permanent() && next.state().is_none() => {
                let failure = Failure::of(next.apply(self.goal.clone()).await);
                let failure = failure.context("creating it anew")?;
                let id = import_id(&failure.diagnostics).context("no import block")?;
                next.import(id).await.context("the import")?;
            }
            _ => {}
        }
        if self.operation == Operation::Delete {
            // A permanent object is adopted again.
            if ending == Ending::Gone && next.state().is_none() {
                next.apply(self.goal.clone())
                    .await
                    .context("creating it anew")?;
            }
            return Ok(next);
        }
        next.apply(self.goal.clone())
            .await
            .context("applying again")?;
        next.refresh().await.context("refreshing")?;
        let plan = next.plan(self.goal.clone()).await?;
        if !plan.is_empty() {
            bail!("the plan is to {} {:?}", plan.action, plan.changed());
        }
        ensure!(!next.is_tainted(), "it is tainted");
        let count = self
            .fixture
            .kind
            .records(&self.fixture.world, &self.object.name)?
            .len();
        ensure!(count == 1, "the service has {count} of them");
        let index = usize::from(self.operation == Operation::Update);
        self.object.has(self.row, index)?;
        self.theirs_is_kept().context("before it is destroyed")?;
        Ok(next)
    }

    /// Destroys the object, and asserts that nothing of it is left, and everything else is.
    async fn clean_up(&self, mut next: Resource) -> Result<()> {
        if next.state().is_some() {
            next.destroy().await.context("destroying it")?;
        }
        ensure!(!self.remains()?, "something is left of it");
        if self.fixture.kind.storage.is_permanent() {
            self.theirs_is_kept().context("after it was destroyed")?;
        }
        if let Some((name, document)) = &self.neighbor {
            let now = self.fixture.kind.document(&self.fixture.world, name)?;
            ensure!(
                now.as_ref() == Some(document),
                "beside it there was {document} and is {now:?}"
            );
        }
        // The more the service stores, the longer it takes to search.
        match self.fixture.kind.storage {
            Storage::Agents => Ok(()),
            _ => self.fixture.world.delete_agent(&self.object.agent).await,
        }
    }

    fn theirs_is_kept(&self) -> Result<()> {
        let Some(at) = self.fixture.kind.storage.members_at() else {
            return Ok(());
        };
        if self.operation == Operation::Update {
            let document = self.object.document()?;
            let found = document.pointer(&format!("{at}{THEIRS}"));
            ensure!(
                found == Some(&json!("kept")),
                "the member of others is {found:?}"
            );
        }
        Ok(())
    }
}

/// Returns the variant and the attribute to test, with a secret if there is one.
fn sample(variants: &[Variant]) -> (&Variant, &Row) {
    let rows = || {
        variants.iter().flat_map(|variant| {
            let rows = variant.together().filter(|row| row.values.len() > 1);
            rows.map(move |row| (variant, row))
        })
    };
    let secret = rows().find(|(_, row)| row.secret == Some(Secret::Stored));
    let found = secret.or_else(|| rows().next());
    found.unwrap_or_else(|| panic!("nothing can change"))
}

fn patience() -> String {
    format!("{}s", PATIENCE.as_secs())
}
