//! Configuration that is generated from a state.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;

use crate::support::{OLD, Provider, THING, no_diagnostics, one_error};

/// Things with a value for every attribute, and with as few values as possible.
fn configurations() -> Vec<Json> {
    vec![
        json!({ "name": "least" }),
        json!({ "name": "defaults", "enabled": true, "single": { "key": "k", "value": "default" } }),
        json!({ "name": "others", "enabled": false, "mode": "REVIEW", "size": 0.5, "chosen": "c",
            "channel": "x", "tags": { "k": "" }, "labels": ["a", "b"], "any": { "a": [1, "x"] },
            "password": "p", "single": { "key": "k", "value": "v", "fixed": "f" },
            "list": [{ "key": "1", "value": "v" }, { "key": "2" }], "map": { "m": { "key": "" } },
            "set": [{ "key": "1" }, { "key": "2" }], "open": { "key": "k" } }),
    ]
}

pub(crate) async fn g01_generated_configuration_plans_without_a_change() -> Result<()> {
    let provider = Provider::start().await?;
    for config in configurations() {
        let mut thing = provider.thing()?;
        thing.apply(config.clone()).await?;
        let state = thing.state().context("no state")?;
        let generated = provider.session.generate_config(THING, &state).await?;
        no_diagnostics(&provider.validate(THING, &generated).await?)?;
        let plan = thing.plan(generated.clone()).await?;
        ensure!(
            plan.is_empty(),
            "{config}: {generated}: {:?}",
            plan.changed()
        );
    }
    Ok(())
}

pub(crate) async fn g02_what_is_there_by_itself_is_not_generated() -> Result<()> {
    let provider = Provider::start().await?;
    let state = json!({ "id": "thing/a", "name": "a", "revision": "r", "enabled": true, "mode": "",
        "single": { "key": "k", "value": "default", "revision": "r" } });
    let generated = provider.session.generate_config(THING, &state).await?;
    for name in ["id", "revision", "enabled"] {
        ensure!(generated[name].is_null(), "{name}: {generated}");
    }
    ensure!(generated["mode"] == "", "{generated}");
    let single =
        json!({ "key": "k", "value": null, "revision": null, "fixed": null, "secret_wo": null });
    ensure!(generated["single"] == single, "{generated}");
    Ok(())
}

pub(crate) async fn g03_no_state_generates_no_configuration() -> Result<()> {
    let provider = Provider::start().await?;
    let mut client = provider.client();
    let states = [
        None,
        Some(proto::DynamicValue::default()),
        provider.wire(OLD, &Json::Null)?,
    ];
    for state in states {
        let request = proto::generate_resource_config::Request {
            type_name: OLD.into(),
            state,
        };
        let answer = client.generate_resource_config(request).await?.into_inner();
        no_diagnostics(&answer.diagnostics)?;
        let config = answer.config.context("no answer")?;
        ensure!(config.msgpack == b"\xc0", "{config:?}");
    }
    let request = proto::generate_resource_config::Request {
        type_name: "conformance_none".into(),
        state: None,
    };
    let answer = client.generate_resource_config(request).await?.into_inner();
    one_error(&answer.diagnostics, "Unknown resource type")
}
