//! Planning. Sessions check every plan by Terraform's rules. These tests check what the framework
//! decides.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use plugin_host::core::Action;
use plugin_host::value::{Path, unknown};
use serde_json::{Value as Json, json};

use crate::support::{Provider, THING, TRAP, errors, no_diagnostics, one_error, shown};

pub(crate) async fn p01_a_new_object_has_configured_default_and_unknown_values() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "mode": "review", "password_wo": "s", "any": [1],
        "single": { "key": "k", "secret_wo": "s" } });
    let plan = provider.thing()?.plan(config).await?;
    ensure!(plan.action == Action::Create, "{}", plan.action);
    let after = &plan.after;
    for (name, wanted) in [
        ("name", json!("a")),
        ("mode", json!("review")),
        ("any", json!([1])),
        ("enabled", json!(true)),
        ("password_wo", Json::Null),
        ("size", Json::Null),
        ("tags", Json::Null),
    ] {
        ensure!(after[name] == wanted, "{name}: {}", after[name]);
    }
    for name in [
        "id",
        "revision",
        "chosen",
        "channel",
        "secret_length",
        "open",
    ] {
        ensure!(after[name] == unknown(), "{name}: {}", after[name]);
    }
    let single = json!({ "key": "k", "value": "default", "revision": unknown(), "fixed": null,
        "secret_wo": null });
    ensure!(after["single"] == single, "{}", after["single"]);
    Ok(())
}

pub(crate) async fn p02_without_a_change_the_plan_is_the_prior_state() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "mode": "review", "tags": { "k": "v" }, "labels": ["b", "a"],
        "list": [{ "key": "1" }, { "key": "2", "value": "x" }], "set": [{ "key": "1" }],
        "map": { "m": { "key": "1" } }, "single": { "key": "1" }, "any": { "a": [true] },
        "password_wo": "s" });
    let mut thing = provider.thing()?;
    thing.apply(config.clone()).await?;
    let state = thing.state().context("no state")?;
    let plan = thing.plan(config.clone()).await?;
    ensure!(
        plan.is_empty() && plan.after == state,
        "{:?}",
        plan.changed()
    );
    let planned = provider.plan(THING, &state, &config).await?;
    let prior = provider.wire(THING, &state)?;
    ensure!(planned.response.planned_state == prior, "the bytes differ");
    Ok(())
}

pub(crate) async fn p03_a_change_leaves_only_stable_computed_values_known() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a", "size": 1 })).await?;
    let plan = thing.plan(json!({ "name": "a", "size": 2 })).await?;
    let wanted = ["chosen", "open", "revision", "secret_length", "size"];
    ensure!(
        plan.changed() == wanted.map(String::from).into(),
        "{:?}",
        plan.changed()
    );
    for name in ["id", "channel"] {
        ensure!(
            plan.after[name] == plan.before[name],
            "{name}: {}",
            plan.after[name]
        );
    }
    Ok(())
}

pub(crate) async fn p04_values_that_are_no_longer_configured_stay_or_fall_back() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    thing
        .apply(json!({ "name": "a", "channel": "preview", "chosen": "c", "enabled": false }))
        .await?;
    // Without these attributes, only the default is a change.
    let plan = thing.plan(json!({ "name": "a", "enabled": false })).await?;
    ensure!(plan.is_empty(), "{:?}", plan.changed());
    let plan = thing.plan(json!({ "name": "a" })).await?;
    ensure!(plan.after["enabled"] == true, "{}", plan.after);
    ensure!(plan.after["channel"] == "preview", "{}", plan.after);
    ensure!(plan.after["chosen"] == unknown(), "{}", plan.after);
    thing.apply(json!({ "name": "a" })).await?;
    ensure!(
        thing.plan(json!({ "name": "a" })).await?.is_empty(),
        "a second change"
    );
    Ok(())
}

pub(crate) async fn p05_unknown_configuration_is_planned_as_unknown() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "enabled": unknown(), "mode": unknown(), "list": unknown(),
        "single": { "key": unknown(), "value": unknown() },
        "map": { "m": unknown() }, "labels": [unknown()] });
    let plan = provider.thing()?.plan(config.clone()).await?;
    for name in ["enabled", "mode", "list", "labels"] {
        ensure!(
            plan.after[name] == config[name],
            "{name}: {}",
            plan.after[name]
        );
    }
    for name in ["key", "value"] {
        ensure!(
            plan.after["single"][name] == unknown(),
            "{}",
            plan.after["single"]
        );
    }
    // Secrets within an element are null even if everything else in it is unknown.
    let member = json!({ "key": unknown(), "value": unknown(), "revision": unknown(),
        "fixed": unknown(), "secret_wo": null });
    ensure!(plan.after["map"]["m"] == member, "{}", plan.after["map"]);
    Ok(())
}

pub(crate) async fn p06_nested_objects_are_as_many_as_configured() -> Result<()> {
    let provider = Provider::start().await?;
    let key = |key: &str| json!({ "key": key });
    let nested = |n: usize| {
        let keys = || ["1", "2", "3"].into_iter().take(n);
        json!({ "name": "a", "list": keys().map(key).collect::<Json>(),
            "set": keys().map(key).collect::<Json>(),
            "map": keys().map(|name| (name.to_owned(), key(name))).collect::<Json>(),
            "single": if n > 0 { key("1") } else { Json::Null } })
    };
    let mut thing = provider.thing()?;
    // More elements, the same number, fewer, none: each time from another prior state.
    for n in [1, 3, 3, 2, 0, 2] {
        let plan = thing.plan(nested(n)).await?;
        for name in ["list", "set"] {
            let count = plan.after[name].as_array().map(Vec::len);
            ensure!(count == Some(n), "{name}, {n}: {}", plan.after[name]);
        }
        let keys = plan.after["map"].as_object().context("no map")?.keys();
        ensure!(
            keys.eq(["1", "2", "3"].into_iter().take(n)),
            "{}",
            plan.after["map"]
        );
        ensure!(
            plan.after["single"].is_null() == (n == 0),
            "{}",
            plan.after["single"]
        );
        thing.apply(nested(n)).await?;
        ensure!(
            thing.plan(nested(n)).await?.is_empty(),
            "{n}: a second change"
        );
    }
    Ok(())
}

pub(crate) async fn p09_destroy_plans_are_null_and_keep_private_bytes() -> Result<()> {
    let provider = Provider::start().await?;
    let prior = json!({ "id": "trap/1", "name": "a" });
    let response = provider
        .plan_with(TRAP, &prior, &Json::Null, b"kept")
        .await?;
    no_diagnostics(&response.diagnostics)?;
    ensure!(
        response.planned_private == b"kept",
        "{:?}",
        response.planned_private
    );
    ensure!(response.requires_replace.is_empty(), "{response:?}");
    ensure!(
        provider.value(TRAP, response.planned_state)?.is_null(),
        "not null"
    );
    let capabilities = provider
        .session
        .schemas()
        .server_capabilities
        .context("none")?;
    ensure!(capabilities.plan_destroy, "the host is not told to ask");
    Ok(())
}

pub(crate) async fn p10_replacements_name_attributes_that_exist() -> Result<()> {
    let provider = Provider::start().await?;
    let config = |name: &str, fixed: &str| {
        json!({ "name": name, "list": [{ "key": "k", "fixed": fixed }],
            "map": { "m": { "key": "k", "fixed": fixed } },
            "single": { "key": "k", "fixed": fixed } })
    };
    let mut thing = provider.thing()?;
    let created = provider.plan(THING, &Json::Null, &config("a", "x")).await?;
    ensure!(
        created.response.requires_replace.is_empty(),
        "{:?}",
        created.response
    );
    thing.apply(config("a", "x")).await?;
    // The session rejects paths that exist neither before nor after, and paths into sets.
    let plan = thing.plan(config("b", "y")).await?;
    ensure!(plan.action == Action::Replace, "{}", plan.action);
    let paths: Vec<String> = plan.replace_paths.iter().map(Path::to_string).collect();
    let distinct: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let wanted = ["list[0].fixed", "map[\"m\"].fixed", "name", "single.fixed"];
    ensure!(
        distinct == wanted.into() && paths.len() == wanted.len(),
        "{paths:?}"
    );
    // A new element replaces nothing.
    let mut more = config("a", "x");
    more["list"] = json!([{ "key": "k", "fixed": "x" }, { "key": "l", "fixed": "y" }]);
    let plan = thing.plan(more).await?;
    ensure!(
        plan.action == Action::Update,
        "{}: {:?}",
        plan.action,
        plan.replace_paths
    );
    // A hook may report the same path again.
    let mut trap = provider.trap()?;
    trap.apply(json!({ "name": "a", "round": 1 })).await?;
    let plan = trap
        .plan(json!({ "name": "a", "round": 2, "plan": "replace" }))
        .await?;
    ensure!(
        plan.action == Action::Replace && plan.replace_paths.len() == 1,
        "{plan:?}"
    );
    Ok(())
}

pub(crate) async fn p11_the_second_plan_of_a_replacement_is_that_of_a_new_object() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "round": 1 });
    let response = provider
        .plan_with(TRAP, &Json::Null, &config, b"stored")
        .await?;
    no_diagnostics(&response.diagnostics)?;
    ensure!(
        response.planned_private == b"stored",
        "{:?}",
        response.planned_private
    );
    ensure!(
        response.planned_identity.is_none(),
        "{:?}",
        response.planned_identity
    );
    let planned = shown(&provider.value(TRAP, response.planned_state)?);
    ensure!(
        planned["id"] == unknown() && planned["reached"] == unknown(),
        "{planned}"
    );
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a" })).await?;
    let plan = thing.plan_replace(json!({ "name": "a" })).await?;
    ensure!(
        plan.action == Action::Replace && plan.after["id"] == unknown(),
        "{plan:?}"
    );
    thing.apply_plan(&plan, json!({ "name": "a" })).await?;
    Ok(())
}

pub(crate) async fn p12_planning_twice_gives_the_same_answer() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "labels": ["b", "a"], "any": { "k": unknown() },
        "set": [{ "key": "2" }, { "key": "1" }], "list": [{ "key": "1" }] });
    let first = provider.plan(THING, &Json::Null, &config).await?;
    no_diagnostics(&first.response.diagnostics)?;
    let state = json!({ "id": "thing/a", "name": "a", "labels": ["b"], "set": [{ "key": "1" }] });
    let update = provider.plan(THING, &state, &config).await?;
    for _ in 0..3 {
        let again = provider.plan(THING, &Json::Null, &config).await?;
        ensure!(again.response == first.response, "another plan to create");
        let again = provider.plan(THING, &state, &config).await?;
        ensure!(again.response == update.response, "another plan to update");
    }
    // Nothing was created in the meantime.
    ensure!(
        provider.event("thing created", 0).await? == 0,
        "planning created"
    );
    ensure!(
        provider.event("thing updated", 0).await? == 0,
        "planning updated"
    );
    Ok(())
}

pub(crate) async fn p13_a_plan_with_known_values_keeps_what_the_first_one_promised() -> Result<()> {
    let provider = Provider::start().await?;
    let early = json!({ "name": "a", "mode": unknown(), "enabled": unknown(), "list": unknown(),
        "set": [{ "key": unknown() }, { "key": "x" }], "any": unknown(), "chosen": unknown() });
    let mut thing = provider.thing()?;
    let plan = thing.plan(early.clone()).await?;
    let known = json!({ "name": "a", "mode": "review", "enabled": null, "list": [{ "key": "k" }],
        "set": [{ "key": "y" }, { "key": "x" }], "any": { "a": 1 }, "chosen": null });
    // Applying plans again, and compares both plans.
    thing.apply_plan(&plan, known.clone()).await?;
    ensure!(thing.plan(known).await?.is_empty(), "a second change");
    // An unknown object could become another kind of object, and therefore force a replacement.
    let plan = thing.plan(early.clone()).await?;
    ensure!(plan.action == Action::Replace, "{}", plan.action);
    let mut early = early;
    early["list"] = json!([{ "key": unknown() }]);
    let plan = thing.plan(early).await?;
    ensure!(plan.action == Action::Update, "{}", plan.action);
    let changed = json!({ "name": "a", "mode": "other", "enabled": false, "list": [{ "key": "l" }],
        "set": [{ "key": "z" }, { "key": "x" }], "any": null, "chosen": "c" });
    thing.apply_plan(&plan, changed.clone()).await?;
    ensure!(thing.plan(changed).await?.is_empty(), "a third change");
    Ok(())
}

pub(crate) async fn p14_an_invalid_plan_is_an_error_of_the_framework() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "plan": "break" });
    let planned = provider.plan(TRAP, &Json::Null, &config).await?;
    one_error(
        &planned.response.diagnostics,
        "name: The provider planned an invalid value",
    )
}

pub(crate) async fn p15_the_old_type_system_is_never_asked_for() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a" });
    for prior in [Json::Null, json!({ "id": "trap/1", "name": "b" })] {
        let planned = provider.plan(TRAP, &prior, &config).await?;
        ensure!(!planned.response.legacy_type_system, "plan");
        let applied = provider.apply(TRAP, &prior, &config, &config).await?;
        ensure!(!applied.legacy_type_system, "apply");
    }
    // Sessions reject it in every other answer.
    Ok(())
}

pub(crate) async fn p16_half_an_object_can_be_planned() -> Result<()> {
    let provider = Provider::start().await?;
    let state = json!({ "name": "a" });
    for name in [THING, TRAP] {
        let planned = provider.plan(name, &state, &json!({ "name": "a" })).await?;
        ensure!(
            errors(&planned.response.diagnostics)?.is_empty(),
            "{name}: {:?}",
            planned.response
        );
        // A value that a new object should have got and did not is computed again as soon as
        // something changes.
        let planned = provider.plan(name, &state, &json!({ "name": "b" })).await?;
        no_diagnostics(&planned.response.diagnostics)?;
        ensure!(
            shown(&planned.value)["id"] == unknown(),
            "{name}: {:?}",
            planned.value
        );
    }
    Ok(())
}
