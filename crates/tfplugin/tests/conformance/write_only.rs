//! Values that reach the provider but no state.

use anyhow::{Context as _, Result, ensure};
use plugin_host::core::Action;
use plugin_host::value::unknown;
use plugin_host::{Failure, Host, Session};
use serde_json::{Value as Json, json};

use crate::support::{OLD, Provider, THING, TRAP, errors, no_diagnostics, one_error, shown};

fn secrets(version: u32, secret: &str) -> Json {
    json!({ "name": "a", "password_wo": secret, "password_wo_version": version,
        "settings": { "token": secret }, "single": { "key": "k", "secret_wo": secret },
        "list": [{ "key": "k", "secret_wo": secret }],
        "map": { "m": { "key": "k", "secret_wo": secret } } })
}

pub(crate) async fn w01_secrets_are_null_in_every_answer() -> Result<()> {
    let provider = Provider::start().await?;
    // Sessions reject them in every answer. This test also searches for their text.
    let hidden = |value: &Json| !value.to_string().contains("s3cr3t");
    let mut thing = provider.thing()?;
    let plan = thing.plan(secrets(1, "s3cr3t")).await?;
    ensure!(hidden(&plan.after), "planned: {}", plan.after);
    thing.apply_plan(&plan, secrets(1, "s3cr3t")).await?;
    ensure!(
        thing.state().is_some_and(|state| hidden(&state)),
        "applied: {thing:?}"
    );
    let plan = thing.plan(secrets(2, "s3cr3t")).await?;
    ensure!(hidden(&plan.before) && hidden(&plan.after), "{plan:?}");
    thing.apply_plan(&plan, secrets(2, "s3cr3t")).await?;
    // The import of this type returns one.
    let mut imported = provider.thing()?;
    imported.import("thing/a").await?;
    ensure!(imported.state() == thing.state(), "{imported:?}");
    // The other type returns them from read, from a failed create and update, and from an upgrade.
    let trap = |call: &str, what: &str| json!({ "name": "a", "round": 1, "secret_wo": "s3cr3t", call: what });
    let read = provider
        .read(TRAP, &json!({ "id": "1", "name": "a", "read": "secret" }))
        .await?;
    no_diagnostics(&read.diagnostics)?;
    ensure!(
        shown(&provider.value(TRAP, read.new_state)?)["secret_wo"].is_null(),
        "read"
    );
    for (call, prior) in [
        ("create", Json::Null),
        ("update", json!({ "id": "1", "name": "a" })),
    ] {
        let config = trap(call, "fail_with_state");
        let planned = provider.plan(TRAP, &prior, &config).await?;
        let answer = provider
            .apply(TRAP, &prior, &shown(&planned.value), &config)
            .await?;
        one_error(&answer.diagnostics, "Failed as asked")?;
        let state = provider.value(TRAP, answer.new_state)?;
        ensure!(hidden(&shown(&state)), "{call}: {state:?}");
    }
    let upgraded = provider.upgrade(OLD, 0, r#"{"name":"t"}"#).await?;
    let state = shown(&provider.value(OLD, upgraded.upgraded_state)?);
    ensure!(
        state["title"] == "t" && state["secret_wo"].is_null(),
        "{state}"
    );
    Ok(())
}

pub(crate) async fn w02_secrets_reach_create_and_update() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    // The provider counts the characters of three of them.
    thing.apply(secrets(1, "four")).await?;
    ensure!(
        thing.state().context("no state")?["secret_length"] == 12,
        "{thing:?}"
    );
    thing.apply(secrets(2, "seven..")).await?;
    ensure!(
        thing.state().context("no state")?["secret_length"] == 21,
        "{thing:?}"
    );
    Ok(())
}

pub(crate) async fn w03_hosts_that_would_store_secrets_are_refused() -> Result<()> {
    let provider = Provider::start().await?;
    let old = Session::new(provider.client(), Host::terraform(10)).await?;
    let failure = Failure::of(old.resource(THING)?.plan(secrets(1, "s")).await)?;
    let paths = failure.errors().map(|error| {
        let path = error.path.as_ref().map(ToString::to_string);
        ensure!(
            error.summary == "Write-only attribute not allowed",
            "{error}"
        );
        path.context("no path")
    });
    let paths = paths.collect::<Result<Vec<_>>>()?;
    let wanted = [
        "list[0].secret_wo",
        "map[\"m\"].secret_wo",
        "password_wo",
        "settings",
        "single.secret_wo",
    ];
    ensure!(paths == wanted, "{paths:?}");
    old.resource(THING)?.plan(json!({ "name": "a" })).await?;
    Ok(())
}

pub(crate) async fn w04_only_the_version_of_a_secret_makes_a_change() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    thing.apply(secrets(1, "one")).await?;
    let plan = thing.plan(secrets(1, "another")).await?;
    ensure!(plan.is_empty(), "{:?}", plan.changed());
    let plan = thing.plan(secrets(2, "another")).await?;
    ensure!(plan.action == Action::Update, "{}", plan.action);
    let mut without = secrets(1, "one");
    without["password_wo"] = Json::Null;
    let plan = thing.plan(without).await?;
    ensure!(plan.is_empty(), "{:?}", plan.changed());
    Ok(())
}

pub(crate) async fn w05_secrets_may_differ_between_plan_and_apply() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    let mut early = secrets(1, "planned");
    early["password_wo"] = unknown();
    early["settings"] = unknown();
    ensure!(
        errors(&provider.validate(THING, &early).await?)?.is_empty(),
        "not valid"
    );
    let plan = thing.plan(early).await?;
    thing.apply_plan(&plan, secrets(1, "applied")).await?;
    ensure!(
        thing.state().context("no state")?["secret_length"] == 21,
        "{thing:?}"
    );
    ensure!(
        thing.plan(secrets(1, "later")).await?.is_empty(),
        "a change"
    );
    Ok(())
}
