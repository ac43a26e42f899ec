//! Secrets stay where they belong.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use emulator::{Fault, Profile};
use plugin_host::{Failure, Resource};
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind, Row, Secret};
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
    let world = World::with(Profile::acceptance(), json!({}), &log).await?;
    let kinds = kinds::all();
    let secrets = kinds.iter().flat_map(|kind| {
        kind.planes.iter().flat_map(move |plane| {
            let rows = kind.variants.iter().flat_map(|variant| {
                let secret = variant.rows.iter().filter(|row| row.secret.is_some());
                secret.map(move |row| (variant, row))
            });
            rows.map(move |(variant, row)| (kind, plane, variant, row))
        })
    });
    let cases: Vec<_> = secrets
        .enumerate()
        .map(|(n, (kind, plane, variant, row))| {
            let case = format!("{} on {plane}", row.path);
            (case, (format!("object-{n}"), kind, plane, variant, row))
        })
        .collect();
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
    // What the provider logs last it logs about the last request.
    let log = world.plugin.stderr().context("no log")?;
    log.find(Duration::from_secs(10), |line| line.contains("GET"))
        .await?;
    let log = world.log().join("\n");
    ensure!(log.contains("object-1"), "nothing is logged of the objects");
    let leaked: Vec<_> = markers
        .iter()
        .filter(|marker| log.contains(marker.as_str()))
        .collect();
    ensure!(leaked.is_empty(), "the log has {leaked:?}");
    Ok(())
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
    let (method, path) = kind.home.creation(name);
    let refusal = Fault::on(method, &path).error(400, "BadRequest", &echo);
    let refused = world.emulator.fault(refusal)?;
    let failure = Failure::of(resource.apply(config(one, 1)).await)?;
    shown.note("refused state", resource.stored());
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

/// The configuration that sets a secret to a text, or to a map with it.
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
    let world = World::with(Profile::acceptance(), json!({}), &[("TF_LOG", "TRACE")]).await?;
    let agent = world.shop().await?;
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
    let leaked = world
        .log()
        .into_iter()
        .find(|line| line.contains("marker-hidden"));
    ensure!(leaked.is_none(), "{leaked:?}");
    Ok(())
}
