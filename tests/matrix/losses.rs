//! Nothing is lost: whatever exists remotely is in state, however a write ends.

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, Profile};
use plugin_host::core::Action;
use plugin_host::{Failure, Host, Plugin, Resource, Session, Severity};
use rstest::rstest;
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;

use crate::json;
use crate::kinds::{self, Home, Kind};
use crate::world::{World, start_plugin};

/// One object of a kind for each way in which objects are stored.
struct Case {
    world: World,
    kind: Kind,
    resource: Resource,
    config: Json,
}

/// The name of the object, and what its path ends with.
const NAME: &str = "lost";
const PATH: &str = "/lost$";

impl Case {
    async fn new(kind: &str, plane: &str, profile: Profile) -> Result<Self> {
        let world = World::with(profile, json!({}), &[]).await?;
        let kind = kinds::named(kind);
        let agent = world.agent("shop").await?;
        let key = kind.key(&agent, NAME, plane);
        Ok(Self {
            resource: world.resource(kind.type_name)?,
            config: json::merged(&kind.variants[0].minimal, &key),
            world,
            kind,
        })
    }

    /// The fault on the request that creates.
    fn on_create(&self) -> Fault {
        match self.kind.home {
            Home::Triggers => Fault::on("POST", "/httptriggers/create$"),
            _ => Fault::on("PUT", PATH),
        }
    }

    /// The fault on requests of a method to the object.
    fn on(&self, method: &str) -> Fault {
        match (self.kind.home, method) {
            (Home::Triggers, method) => Fault::on(method, "/httptriggers/[0-9a-f-]+$"),
            (Home::Agents, "PUT") => Fault::on("PATCH", PATH),
            (_, method) => Fault::on(method, PATH),
        }
    }

    /// A change of the configuration in place.
    fn changed(&self) -> Json {
        let rows = &self.kind.variants[0].rows;
        let row = rows.iter().find(|row| !row.alone && row.values.len() > 1);
        let change = row.map(|row| row.config(1)).unwrap_or_default();
        json::merged(&self.config, &change)
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
        let state = self.world.emulator.state()?;
        let of_name = |key: &str, record: &Json| match key.split('/').next() {
            Some("agent") => record["name"] == NAME,
            Some("object") => record["name"] == NAME && record["deleted"] == false,
            Some("trigger") => record["members"]["name"] == NAME,
            _ => false,
        };
        let count = state
            .iter()
            .filter(|(key, record)| of_name(key, record))
            .count();
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

#[rstest]
#[case("azuresre_agent", "arm")]
#[case("azuresre_data_connector", "arm")]
#[case("azuresre_skill", "arm")]
#[case("azuresre_skill", "data_plane")]
#[case("azuresre_repo", "data_plane")]
#[case("azuresre_http_trigger", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creation_that_was_applied_and_not_answered_is_kept(
    #[case] kind: &str,
    #[case] plane: &str,
) -> Result<()> {
    let mut case = Case::new(kind, plane, Profile::acceptance()).await?;
    let fault = case
        .world
        .emulator
        .fault(case.on_create().apply_then_reset())?;
    case.resource.apply(case.config.clone()).await?;
    ensure!(fault.status().hits == 1, "the fault did not hit");
    let config = case.config.clone();
    case.converges(&config).await
}

#[rstest]
#[case("azuresre_agent")]
#[case("azuresre_data_connector")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creation_that_fails_is_tainted_and_replaced(#[case] kind: &str) -> Result<()> {
    let mut case = Case::new(kind, "arm", Profile::acceptance()).await?;
    let fails = case
        .on_create()
        .fail_operation("QuotaExceeded", "No more agents here.");
    case.world.emulator.fault(fails)?;
    let failure = Failure::of(case.resource.apply(case.config.clone()).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("QuotaExceeded"), "{error}");
    ensure!(case.resource.is_tainted(), "the object is not tainted");
    let plan = case.resource.plan(case.config.clone()).await?;
    ensure!(
        plan.action == Action::Replace,
        "the plan is to {}",
        plan.action
    );
    let config = case.config.clone();
    case.converges(&config).await
}

#[rstest]
#[case("azuresre_agent")]
#[case("azuresre_data_connector")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creation_that_is_interrupted_goes_on_in_the_next_run(#[case] kind: &str) -> Result<()> {
    let mut case = Case::new(kind, "arm", Profile::acceptance()).await?;
    let polled = case
        .world
        .emulator
        .fault(Fault::on("GET", "/operationStatuses/").hold())?;
    let (mut resource, config) = (case.resource.clone(), case.config.clone());
    let applying = tokio::spawn(async move { (resource.apply(config).await, resource) });
    polled.held().await;
    let request = proto::stop_provider::Request {};
    case.world.session.client().stop_provider(request).await?;
    let (applied, resource) = applying.await?;
    polled.remove();
    let warnings = applied?.diagnostics;
    ensure!(
        warnings
            .iter()
            .any(|warning| warning.summary.contains("not finished")),
        "{warnings:?}"
    );
    case.resource = resource;
    ensure!(
        case.resource.state().is_some() && !case.resource.is_tainted(),
        "it is lost"
    );
    let _plugin = case.in_a_new_run().await?;
    let config = case.config.clone();
    case.converges(&config).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connector_at_its_deadline_is_saved_with_a_warning() -> Result<()> {
    let profile = Profile {
        connector_polls: 1_000_000,
        ..Profile::acceptance()
    };
    let mut case = Case::new("azuresre_data_connector", "arm", profile).await?;
    let config = case.with_timeouts(&case.config);
    let applied = case.resource.apply(config.clone()).await?;
    ensure!(
        applied
            .diagnostics
            .iter()
            .any(|one| one.severity == Severity::Warning),
        "{:?}",
        applied.diagnostics
    );
    ensure!(!case.resource.is_tainted(), "it is tainted");
    let refreshed = case.resource.refresh().await?.state.context("it is gone")?;
    ensure!(
        refreshed["provisioning_state"] == "InProgress",
        "{refreshed}"
    );
    ensure!(
        case.resource.plan(config).await?.is_empty(),
        "something is left to do"
    );
    case.exists_once()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agent_at_its_deadline_is_an_error_that_names_untaint() -> Result<()> {
    let mut case = Case::new("azuresre_agent", "arm", Profile::acceptance()).await?;
    case.world
        .emulator
        .change_profile(|profile| profile.agent_polls = 1_000_000);
    let config = case.with_timeouts(&case.config);
    let failure = Failure::of(case.resource.apply(config.clone()).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("terraform untaint"), "{error}");
    ensure!(case.resource.is_tainted(), "it is not tainted");
    case.resource.set_tainted(false);
    case.exists_once()?;
    ensure!(case.resource.refresh().await?.state.is_some(), "it is gone");
    Ok(())
}

#[rstest]
#[case("azuresre_agent", "arm")]
#[case("azuresre_data_connector", "arm")]
#[case("azuresre_skill", "data_plane")]
#[case("azuresre_http_trigger", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn update_that_fails_keeps_the_state_before(
    #[case] kind: &str,
    #[case] plane: &str,
) -> Result<()> {
    let mut case = Case::new(kind, plane, Profile::acceptance()).await?;
    let before = case.with_timeouts(&case.config);
    let create = json::merged(&before, &json!({ "timeouts": { "create": "1m" } }));
    case.resource.apply(create.clone()).await?;
    case.resource.refresh().await?;
    let state = case.resource.state();
    let broken = case
        .on("PUT")
        .error(500, "InternalServerError", "Oops.")
        .forever();
    let broken = case.world.emulator.fault(broken)?;
    let changed = json::merged(&create, &case.changed());
    let failure = Failure::of(case.resource.apply(changed.clone()).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("Oops."), "{error}");
    ensure!(
        case.resource.state() == state,
        "the state is {:?}",
        case.resource.state()
    );
    broken.remove();
    let patient = json::merged(&changed, &json!({ "timeouts": { "update": "1m" } }));
    case.converges(&patient).await
}

#[rstest]
#[case("azuresre_agent", "arm")]
#[case("azuresre_data_connector", "arm")]
#[case("azuresre_skill", "arm")]
#[case("azuresre_skill", "data_plane")]
#[case("azuresre_http_trigger", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletion_that_fails_keeps_the_state(
    #[case] kind: &str,
    #[case] plane: &str,
    #[values(405, 409, 500)] status: u16,
) -> Result<()> {
    let mut case = Case::new(kind, plane, Profile::acceptance()).await?;
    let config = json::merged(&case.config, &json!({ "timeouts": { "delete": "2s" } }));
    case.resource.apply(config.clone()).await?;
    case.resource.refresh().await?;
    let state = case.resource.state();
    let fault = case
        .on("DELETE")
        .error(status, "Refused", "Not now.")
        .forever();
    let fault = case.world.emulator.fault(fault)?;
    let failure = Failure::of(case.resource.destroy().await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(error.detail.contains("Not now."), "{error}");
    ensure!(
        case.resource.state() == state,
        "the state is {:?}",
        case.resource.state()
    );
    fault.remove();
    case.converges(&case.config.clone()).await?;
    case.resource.destroy().await?;
    ensure!(
        case.kind.document(&case.world, NAME)?.is_none(),
        "it is still there"
    );
    Ok(())
}

#[rstest]
#[case("azuresre_skill", "arm")]
#[case("azuresre_skill", "data_plane")]
#[case("azuresre_repo", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletion_ends_when_the_object_cannot_be_seen_any_more(
    #[case] kind: &str,
    #[case] plane: &str,
) -> Result<()> {
    let mut case = Case::new(kind, plane, Profile::acceptance()).await?;
    case.resource.apply(case.config.clone()).await?;
    case.resource.refresh().await?;
    case.world.taken_requests();
    case.resource.destroy().await?;
    let taken = case.world.taken_requests();
    let deleted = taken
        .iter()
        .position(|request| request.starts_with("DELETE"));
    let looks = taken.len() - 1 - deleted.context("nothing was deleted")?;
    ensure!(looks == 3, "{taken:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_are_answered_with_405_although_applied_are_kept() -> Result<()> {
    let profile = Profile {
        repo_put_405: true,
        visibility_lag: 0,
        ..Profile::acceptance()
    };
    let mut case = Case::new("azuresre_repo", "data_plane", profile).await?;
    case.resource.apply(case.config.clone()).await?;
    let config = case.config.clone();
    case.converges(&config).await?;
    let changed = case.changed();
    case.converges(&changed).await
}

#[rstest]
#[case("azuresre_agent", "arm")]
#[case("azuresre_data_connector", "arm")]
#[case("azuresre_skill", "arm")]
#[case("azuresre_skill", "data_plane")]
#[case("azuresre_http_trigger", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passes_is_waited_out(#[case] kind: &str, #[case] plane: &str) -> Result<()> {
    let mut case = Case::new(kind, plane, Profile::acceptance()).await?;
    let create = || case.on_create();
    let faults = [
        create().error(401, "ExpiredAuthenticationToken", "The token has expired."),
        create()
            .error(429, "TooManyRequests", "Slow down.")
            .header("Retry-After", "1"),
        create().error(
            409,
            "OperationConflict",
            "Another operation is in progress.",
        ),
    ];
    let faults = faults.map(|fault| case.world.emulator.fault(fault));
    case.resource.apply(case.config.clone()).await?;
    for fault in faults {
        let status = fault?.status();
        ensure!(status.hits == 1, "{status:?}");
    }
    let config = case.config.clone();
    case.converges(&config).await
}

#[rstest]
#[case("azuresre_agent", "arm")]
#[case("azuresre_skill", "arm")]
#[case("azuresre_skill", "data_plane")]
#[case("azuresre_http_trigger", "data_plane")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_of_others_are_not_taken_over(
    #[case] kind: &str,
    #[case] plane: &str,
) -> Result<()> {
    let mut case = Case::new(kind, plane, Profile::acceptance()).await?;
    case.resource.apply(case.config.clone()).await?;
    case.resource.refresh().await?;
    let before = case.kind.document(&case.world, NAME)?;
    let mut second = case.world.resource(case.kind.type_name)?;
    let failure = Failure::of(second.apply(case.changed()).await)?;
    let error = failure.errors().next().context("no error")?;
    let block = format!("to = {}.example", case.kind.type_name);
    ensure!(error.detail.contains(&block), "{error}");
    ensure!(second.state().is_none(), "there is a state");
    ensure!(
        case.kind.document(&case.world, NAME)? == before,
        "it was changed"
    );
    let id = error.detail.split('"').nth(1).context("no id")?.to_owned();
    second.import(id.as_str()).await?;
    Ok(())
}
