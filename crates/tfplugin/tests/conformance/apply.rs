//! Applying: which method is called, and what happens with its result.

use anyhow::{Context as _, Result, ensure};
use plugin_host::core::Action;
use plugin_host::{Failure, Resource};
use serde_json::{Value as Json, json};

use crate::support::{Provider, TRAP, errors, no_diagnostics, one_error, shown};

/// Returns a trap that was applied successfully.
async fn applied(provider: &Provider) -> Result<Resource> {
    let mut trap = provider.trap()?;
    trap.apply(json!({ "name": "a", "round": 1 })).await?;
    Ok(trap)
}

pub(crate) async fn a01_null_states_decide_between_create_update_and_delete() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    let calls = async || -> Result<[Json; 2]> {
        Ok([
            provider.event("thing created", 0).await?,
            provider.event("thing updated", 0).await?,
        ])
    };
    thing.apply(json!({ "name": "a", "size": 1 })).await?;
    ensure!(calls().await? == [1, 0], "create: {:?}", calls().await?);
    let done = thing.apply(json!({ "name": "a", "size": 2 })).await?;
    ensure!(
        done.action == Action::Update && calls().await? == [1, 1],
        "update"
    );
    let done = thing.apply(json!({ "name": "a", "size": 2 })).await?;
    ensure!(
        done.action == Action::NoOp && calls().await? == [1, 1],
        "nothing"
    );
    let done = thing.apply(json!({ "name": "b" })).await?;
    ensure!(
        done.action == Action::Replace && calls().await? == [2, 1],
        "replace"
    );
    let done = thing.destroy().await?;
    ensure!(
        done.action == Action::Delete && done.state.is_none(),
        "delete"
    );
    ensure!(
        provider
            .event("thing deleted with planned and applied", 2)
            .await?
            == 2,
        "delete"
    );
    Ok(())
}

pub(crate) async fn a02_a_result_that_breaks_the_plan_is_an_error_of_the_framework() -> Result<()> {
    let provider = Provider::start().await?;
    let mut trap = provider.trap()?;
    let outcome = trap
        .apply(json!({ "name": "a", "create": "another" }))
        .await;
    let failure = Failure::of(outcome)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(
        error.summary == "The provider produced an inconsistent result",
        "{error}"
    );
    ensure!(
        error
            .path
            .as_ref()
            .is_some_and(|path| path.to_string() == "name"),
        "{error}"
    );
    // The existing object is kept, to be replaced.
    ensure!(
        trap.is_tainted() && trap.state().context("no state")?["id"] == "trap/1",
        "{trap:?}"
    );
    let mut trap = provider.trap()?;
    let failure = Failure::of(
        trap.apply(json!({ "name": "a", "create": "nothing" }))
            .await,
    )?;
    ensure!(
        failure.to_string().contains("The object is missing"),
        "{failure}"
    );
    let mut trap = provider.trap()?;
    trap.apply(json!({ "name": "a", "delete": "remains" }))
        .await?;
    let failure = Failure::of(trap.destroy().await)?;
    ensure!(
        failure.to_string().contains("The object still exists"),
        "{failure}"
    );
    ensure!(trap.state().is_some(), "forgotten");
    Ok(())
}

pub(crate) async fn a03_no_answer_holds_an_unknown_value() -> Result<()> {
    let provider = Provider::start().await?;
    for create in ["unknown", "fail_with_state", "panic_after_checkpoint"] {
        let config = json!({ "name": "a", "create": create });
        let planned = provider.plan(TRAP, &Json::Null, &config).await?;
        let answer = provider
            .apply(TRAP, &Json::Null, &shown(&planned.value), &config)
            .await?;
        ensure!(
            errors(&answer.diagnostics)?.len() == 1,
            "{create}: {answer:?}"
        );
        let state = provider.value(TRAP, answer.new_state)?;
        ensure!(state.is_wholly_known(), "{create}: {state:?}");
        ensure!(shown(&state)["reached"].is_null(), "{create}: {state:?}");
    }
    // Sessions reject them in every other answer.
    let mut trap = applied(&provider).await?;
    trap.apply(json!({ "name": "a", "round": 1, "read": "unknown" }))
        .await?;
    let failure = Failure::of(trap.refresh().await)?;
    ensure!(failure.errors().count() == 1, "{failure}");
    Ok(())
}

pub(crate) async fn a04_a_failed_create_keeps_what_exists() -> Result<()> {
    let provider = Provider::start().await?;
    let mut trap = provider.trap()?;
    let failure = Failure::of(
        trap.apply(json!({ "name": "a", "create": "fail_with_state" }))
            .await,
    )?;
    ensure!(failure.errors().count() == 1, "{failure}");
    ensure!(
        trap.state().context("no state")?["id"] == "trap/1",
        "{trap:?}"
    );
    ensure!(
        trap.identity() == Some(&json!({ "id": "trap/1" })),
        "{:?}",
        trap.identity()
    );
    ensure!(trap.is_tainted(), "not to be replaced");
    // A create that did nothing leaves nothing.
    let mut trap = provider.trap()?;
    Failure::of(trap.apply(json!({ "name": "a", "create": "fail" })).await)?;
    ensure!(trap.state().is_none(), "{trap:?}");
    Ok(())
}

pub(crate) async fn a05_a_failed_update_keeps_what_is_true() -> Result<()> {
    let provider = Provider::start().await?;
    for (update, reached) in [
        ("fail", "end"),
        ("fail_with_state", "half"),
        ("panic", "end"),
    ] {
        let mut trap = applied(&provider).await?;
        let before = trap.stored().context("no state")?.clone();
        let config = json!({ "name": "b", "round": 2, "update": update });
        Failure::of(trap.apply(config).await).context(update)?;
        let state = trap.state().context("no state")?;
        ensure!(
            state["name"] == "a" && state["round"] == 1,
            "{update}: {state}"
        );
        ensure!(state["reached"] == reached, "{update}: {state}");
        let after = trap.stored().context("no state")?;
        ensure!(
            after.identity == before.identity,
            "{update}: {:?}",
            after.identity
        );
        ensure!(
            after.private == before.private,
            "{update}: {:?}",
            after.private
        );
        ensure!(!after.tainted, "{update}: to be replaced");
    }
    Ok(())
}

pub(crate) async fn a06_a_failed_delete_keeps_the_object() -> Result<()> {
    let provider = Provider::start().await?;
    for delete in ["fail", "panic", "remains"] {
        let mut trap = provider.trap()?;
        trap.apply(json!({ "name": "a", "delete": delete })).await?;
        let before = trap.stored().context("no state")?.clone();
        Failure::of(trap.destroy().await).context(delete)?;
        ensure!(
            trap.stored() == Some(&before),
            "{delete}: {:?}",
            trap.stored()
        );
    }
    // Deleting an object that is already gone succeeds.
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a" })).await?;
    let plan = thing.plan_destroy().await?;
    provider.change("thing/a", Json::Null, Json::Null).await?;
    let done = thing.apply_plan(&plan, Json::Null).await?;
    ensure!(done.state.is_none(), "{done:?}");
    Ok(())
}

pub(crate) async fn a07_private_bytes_go_from_plan_to_apply_to_delete() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    let private = |thing: &Resource| thing.stored().map(|stored| stored.private.clone());
    thing.apply(json!({ "name": "a" })).await?;
    ensure!(
        private(&thing).as_deref() == Some(b"planned and applied"),
        "{:?}",
        private(&thing)
    );
    thing.apply(json!({ "name": "a", "size": 1 })).await?;
    ensure!(
        private(&thing).as_deref() == Some(b"planned and applied"),
        "{:?}",
        private(&thing)
    );
    // The delete step of a replacement receives the private bytes from the plan for the create
    // step.
    thing.apply(json!({ "name": "b" })).await?;
    provider
        .event("thing deleted with planned and applied", 1)
        .await?;
    thing.destroy().await?;
    provider
        .event("thing deleted with planned and applied", 2)
        .await?;
    Ok(())
}

pub(crate) async fn a08_another_spelling_keeps_the_planned_value() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "mode": "review" });
    let mut thing = provider.thing()?;
    // The service answers in capitals.
    thing.apply(config.clone()).await?;
    ensure!(
        thing.state().context("no state")?["mode"] == "review",
        "after apply: {thing:?}"
    );
    thing.refresh().await?;
    ensure!(
        thing.state().context("no state")?["mode"] == "review",
        "after read: {thing:?}"
    );
    for same in ["review", "Review", "REVIEW"] {
        let plan = thing.plan(json!({ "name": "a", "mode": same })).await?;
        ensure!(plan.is_empty(), "{same}: {:?}", plan.changed());
    }
    // A value with another meaning is a change, in the configuration and on the service.
    let plan = thing
        .plan(json!({ "name": "a", "mode": "automatic" }))
        .await?;
    ensure!(plan.action == Action::Update, "{}", plan.action);
    provider
        .change("thing/a", json!("mode"), json!("OTHER"))
        .await?;
    let plan = thing.plan(config).await?;
    ensure!(
        plan.before["mode"] == "OTHER" && plan.after["mode"] == "review",
        "{plan:?}"
    );
    Ok(())
}

pub(crate) async fn a09_a_panic_in_create_keeps_the_last_note() -> Result<()> {
    let provider = Provider::start().await?;
    let mut trap = provider.trap()?;
    let outcome = trap
        .apply(json!({ "name": "a", "create": "panic_after_checkpoint" }))
        .await;
    let failure = Failure::of(outcome)?;
    ensure!(
        failure.to_string().contains("The provider crashed"),
        "{failure}"
    );
    let state = trap.state().context("the object is lost")?;
    ensure!(
        state["id"] == "trap/1" && state["reached"].is_null(),
        "{state}"
    );
    ensure!(
        trap.identity() == Some(&json!({ "id": "trap/1" })),
        "{:?}",
        trap.identity()
    );
    ensure!(trap.is_tainted(), "not to be replaced");
    // It can be replaced by an object that works.
    trap.apply(json!({ "name": "a" })).await?;
    no_diagnostics(
        &provider
            .read(TRAP, &trap.state().context("no state")?)
            .await?
            .diagnostics,
    )?;
    // A create that did nothing leaves nothing.
    let mut trap = provider.trap()?;
    Failure::of(trap.apply(json!({ "name": "a", "create": "panic" })).await)?;
    ensure!(trap.state().is_none(), "{trap:?}");
    let answer = provider
        .apply(
            TRAP,
            &Json::Null,
            &json!({ "name": "a" }),
            &json!({ "name": "a", "create": "panic" }),
        )
        .await?;
    one_error(&answer.diagnostics, "The provider crashed")
}
