//! Secrets stay where they belong.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, Profile};
use plugin_host::core::Action;
use plugin_host::{Failure, Host, Resource, Session};
use serde_json::{Value as Json, json};

use crate::declared;
use crate::json;
use crate::kinds::agent_id;
use crate::kinds::{self, Kind, Row, Secret, Variant};
use crate::object::Object;
use crate::world::{World, for_each};

/// What Terraform shows or stores, step by step.
#[derive(Default)]
struct Shown(Vec<(String, String)>);

impl Shown {
    fn note(&mut self, step: &str, what: impl std::fmt::Debug) {
        self.0.push((step.to_owned(), format!("{what:?}")));
    }

    fn with(&self, secret: &str) -> Vec<&str> {
        let found = self.0.iter().filter(|(_, text)| text.contains(secret));
        found.map(|(step, _)| step.as_str()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_in_no_log_and_write_only_ones_nowhere() -> Result<()> {
    let log = [("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "TRACE")];
    let world = World::with_process(Profile::acceptance(), &log).await?;
    let kinds = kinds::all();
    let cases = cases(&kinds);
    ensure!(cases.len() > 10, "there are only {} secrets", cases.len());
    let mut markers = vec![world.emulator.token().to_owned()];
    for (_, (name, ..)) in &cases {
        markers.extend([marker(name, "one"), marker(name, "two")]);
    }
    let world = &world;
    for_each(cases, |(name, kind, plane, variant, row)| async move {
        let agent = kind.agent(world, &name).await?;
        let key = kind.key(&agent, &name, plane);
        let config = |value: &str, version: u32| {
            let config = json::merged(&variant.minimal, &secret(row, value, version));
            json::merged(&config, &key)
        };
        let shown = lifecycle(world, kind, &name, &config).await?;
        for which in ["one", "two"] {
            let places = shown.with(&marker(&name, which));
            let allowed = row.secret == Some(Secret::Stored);
            ensure!(
                places.is_empty() || allowed && !places.contains(&"diagnostics"),
                "the secret is in {places:?}"
            );
        }
        Ok(())
    })
    .await?;
    // The last log message of the provider concerns the last request.
    let log = world.log().context("no log")?;
    log.find(Duration::from_secs(10), |line| line.contains("GET"))
        .await?;
    let log = log.all().join("\n");
    ensure!(log.contains("object-1"), "nothing is logged of the objects");
    let leaked: Vec<_> = markers
        .iter()
        .filter(|marker| log.contains(marker.as_str()))
        .collect();
    ensure!(leaked.is_empty(), "the log has {leaked:?}");
    Ok(())
}

/// A secret argument of a kind on a plane, and the name of an object for it.
type Case<'a> = (String, &'a Kind, &'static str, &'a Variant, &'a Row);

/// Returns every form of every secret argument on every plane.
fn cases(kinds: &[Kind]) -> Vec<(String, Case<'_>)> {
    let secrets = kinds.iter().flat_map(|kind| {
        kind.planes.iter().flat_map(move |plane| {
            let rows = kind.variants.iter().flat_map(|variant| {
                let secret = variant.rows.iter().filter(|row| row.secret.is_some());
                secret.map(move |row| (variant, row))
            });
            rows.map(move |(variant, row)| (kind, *plane, variant, row))
        })
    });
    secrets
        .enumerate()
        .map(|(n, (kind, plane, variant, row))| {
            let case = format!("{} on {plane}", row.path);
            (case, (format!("object-{n}"), kind, plane, variant, row))
        })
        .collect()
}

async fn lifecycle(
    world: &World,
    kind: &Kind,
    name: &str,
    config: &impl Fn(&str, u32) -> Json,
) -> Result<Shown> {
    let (one, two) = (&marker(name, "one"), &marker(name, "two"));
    let mut shown = Shown::default();
    let mut resource = world.resource(kind.type_name)?;
    // A service may repeat in an error what it was sent.
    let echo = format!("The value {one} is not valid.");
    let (method, path) = kind.storage.creation(name);
    let refusal = Fault::on(method, &path).error(400, "BadRequest", &echo);
    let refused = world.emulator.fault(refusal)?;
    let failure = Failure::of(resource.apply(config(one, 1)).await)?;
    shown.note("refused state", resource.stored());
    shown.note("diagnostics", &failure);
    ensure!(failure.errors().count() == 1, "{failure}");
    refused.remove();

    step(&mut shown, "create", &mut resource, config(one, 1)).await?;
    step(&mut shown, "change", &mut resource, config(two, 2)).await?;
    let id = resource.state().unwrap_or_default()["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut imported = world.resource(kind.type_name)?;
    imported.import(id.as_str()).await?;
    shown.note("import", imported.stored());
    resource.destroy().await?;
    Ok(shown)
}

async fn step(shown: &mut Shown, name: &str, resource: &mut Resource, config: Json) -> Result<()> {
    let plan = resource.plan(config.clone()).await?;
    shown.note(&format!("plan to {name}"), (&plan.before, &plan.after));
    let applied = resource.apply_plan(&plan, config.clone()).await?;
    shown.note(&format!("state after {name}"), resource.stored());
    shown.note("diagnostics", &applied.diagnostics);
    ensure!(
        resource.plan(config).await?.is_empty(),
        "something is left to {name}"
    );
    Ok(())
}

fn marker(name: &str, which: &str) -> String {
    format!("marker-{name}-{which}-end")
}

/// Returns the configuration that sets a secret to a text, or to a map that contains it.
fn secret(row: &Row, value: &str, version: u32) -> Json {
    let value = match &row.values[0] {
        Json::Object(_) => json!({ "X-Key": value }),
        _ => json!(value),
    };
    let mut config = json::merged(&row.with, &json::at(row.path, '.', value));
    if row.secret == Some(Secret::WriteOnly) {
        let path = format!("{}_version", row.path);
        json::merge(&mut config, &json::at(&path, '.', json!(version)));
    }
    config
}

#[tokio::test]
async fn additional_secrets_are_sent_and_not_kept() -> Result<()> {
    let world = World::with_process(Profile::acceptance(), &[("TF_LOG", "TRACE")]).await?;
    let agent = world.shared_agent().await?;
    let kind = kinds::named("skill");
    let more = json!({
        "additional_properties_wo": { "hidden": "marker-hidden" },
        "additional_properties_wo_version": 1,
    });
    let config = json::merged(kind.minimal(), &more);
    let config = json::merged(&config, &kind.key(agent, "triage", "data_plane"));
    let mut resource = world.resource(kind.type_name)?;
    resource.apply(config.clone()).await?;
    let document = kind.document(&world, "triage")?.context("no such skill")?;
    ensure!(document["hidden"] == "marker-hidden", "{document}");
    ensure!(
        !format!("{:?}", resource.stored()).contains("marker-hidden"),
        "it is in the state"
    );
    ensure!(
        resource.plan(config).await?.is_empty(),
        "something is left to do"
    );
    let log = world.log().context("no log")?.all();
    let leaked = log.iter().find(|line| line.contains("marker-hidden"));
    ensure!(leaked.is_none(), "{leaked:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn secrets_are_sent_with_every_other_change() -> Result<()> {
    let world = &World::new().await?;
    let kinds = kinds::all();
    let changes = &AtomicUsize::new(0);
    for_each(cases(&kinds), |case| goes_along(world, case, changes)).await?;
    let changes = changes.load(SeqCst);
    ensure!(changes > 30, "only {changes} other changes");
    Ok(())
}

async fn goes_along(world: &World, case: Case<'_>, changes: &AtomicUsize) -> Result<()> {
    let (name, kind, plane, variant, row) = case;
    let mut object = Object::new(world, kind, plane, &name).await?;
    let with_secret = json::merged(&variant.minimal, &row.config(0));
    object.apply(&with_secret).await.context("create")?;
    object.has(row, 0)?;
    let others: Vec<&Row> = variant
        .together()
        .filter(|other| {
            // Some need their own secret.
            let apart = other.top() != row.top() || other.with == json!({});
            let plain = other.secret.is_none() && !other.path.starts_with(row.path);
            apart && plain && !other.is_local() && !other.replaces && !other.dropped
        })
        .collect();
    // All attributes next to it, and one for everything that is further away.
    let (beside, away): (Vec<&Row>, Vec<&Row>) = others
        .into_iter()
        .partition(|other| other.top() == row.top());
    for other in beside.into_iter().chain(away.into_iter().take(1)) {
        let config = json::merged(&with_secret, &other.config(0));
        let applied = object.apply(&config).await.context(other.path)?;
        changes.fetch_add(usize::from(applied.action == Action::Update), SeqCst);
        object.has(row, 0).context(other.path)?;
    }
    object.destroy().await
}

#[tokio::test(start_paused = true)]
async fn new_version_alone_updates_a_write_only_argument() -> Result<()> {
    let world = &World::new().await?;
    let kinds = kinds::all();
    let mut cases = cases(&kinds);
    cases.retain(|(_, (.., row))| row.secret == Some(Secret::WriteOnly));
    for_each(cases, |case| is_updated_by_version(world, case)).await
}

async fn is_updated_by_version(world: &World, case: Case<'_>) -> Result<()> {
    let (name, kind, plane, variant, row) = case;
    let mut object = Object::new(world, kind, plane, &name).await?;
    let first = json::merged(&variant.minimal, &row.config(0));
    object.apply(&first).await.context("create")?;
    let mut changed = json::merged(&first, &object.key);
    json::set(&mut changed, &row.pointer(), row.values[1].clone());
    object.nothing_to_do(&changed).await.context("new value")?;
    let second = json::merged(&variant.minimal, &row.config(1));
    let config = json::merged(&second, &object.key);
    let plan = object.resource.plan(config).await?;
    let version = format!("/{}_version", row.path.replace('.', "/"));
    let planned = [&plan.before, &plan.after].map(|side| side.pointer(&version).cloned());
    ensure!(
        plan.action == Action::Update && planned == [Some(json!(1)), Some(json!(2))],
        "{}: {planned:?}",
        plan.action
    );
    object.has(row, 0)?;
    object.apply(&second).await.context("new version")?;
    object.has(row, 1)?;
    object.destroy().await
}

#[tokio::test(start_paused = true)]
async fn hosts_that_would_store_a_write_only_argument_are_refused() -> Result<()> {
    let world = World::new().await?;
    let old = Session::new(world.session.client(), Host::terraform(10)).await?;
    let mut refused = 0;
    for kind in kinds::all() {
        let key = kind.key(&agent_id("shop"), "name", kind.planes[0]);
        for (path, attribute) in declared::attributes(&kind) {
            if !attribute.is_write_only() {
                continue;
            }
            let sampled = kind.variants.iter().find_map(|variant| {
                let row = variant.rows.iter().find(|row| row.path == path)?;
                Some(json::merged(&variant.minimal, &row.config(0)))
            });
            let config = sampled.unwrap_or_else(|| {
                let version = format!("{path}_version");
                let secret = json!({ path.as_str(): { "hidden": "marker" }, version: 1 });
                json::merged(kind.minimal(), &secret)
            });
            let config = json::merged(&config, &key);
            let failure = Failure::of(old.resource(kind.type_name)?.plan(config.clone()).await)
                .with_context(|| format!("{} {path}", kind.type_name))?;
            let errors: Vec<_> = failure.errors().collect();
            let at = errors.first().and_then(|error| error.path.as_ref());
            ensure!(
                errors.len() == 1
                    && at.is_some_and(|at| at.to_string() == path)
                    && errors[0].summary == "Write-only attribute not allowed"
                    && errors[0].detail.contains("Terraform 1.11"),
                "{} {path}: {failure}",
                kind.type_name
            );
            world.resource(kind.type_name)?.plan(config).await?;
            refused += 1;
        }
    }
    ensure!(
        refused > 20,
        "there are only {refused} write-only arguments"
    );
    Ok(())
}
