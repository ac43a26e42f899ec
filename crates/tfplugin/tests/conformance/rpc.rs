//! Statements about all calls.

use anyhow::{Context as _, Result, ensure};
use plugin_host::value::unknown;
use plugin_host::{Failure, Host, Session, StoredState};
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;

use crate::support::{
    ECHO, OLD, Provider, THING, TRAP, VALUES, errors, launch, no_diagnostics, one_error, shown,
};

pub(crate) async fn r01_unknown_values_pass_validation_and_computed_ones_do_not() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    for name in [THING, TRAP, VALUES, OLD] {
        let attributes = provider.schema(name)?.block.attributes.iter();
        let open = attributes.filter(|(_, attribute)| attribute.required || attribute.optional);
        let config: Json = open.map(|(name, _)| (name.clone(), unknown())).collect();
        no_diagnostics(&unexpected(provider.validate(name, &config).await?))?;
    }
    let key = |revision: &str| json!({ "key": "k", "revision": revision });
    let cases = [
        (json!({ "name": "a", "id": "x" }), "id: "),
        (json!({ "name": "a", "id": unknown() }), "id: "),
        (
            json!({ "name": "a", "single": key("x") }),
            "single.revision: ",
        ),
        (
            json!({ "name": "a", "list": [{ "key": "k" }, key("x")] }),
            "list[1].revision: ",
        ),
        (
            json!({ "name": "a", "map": { "m": key("x") } }),
            "map[\"m\"].revision: ",
        ),
        (json!({ "name": "a", "set": [key("x")] }), "set: "),
        (json!({ "name": "a", "open": key("x") }), "open.revision: "),
    ];
    for (config, path) in cases {
        let found = errors(&provider.validate(THING, &config).await?)?;
        ensure!(
            found.len() == 1 && found[0].starts_with(path),
            "{config}: {found:?}"
        );
    }
    Ok(())
}

/// Returns the diagnostics without the warning about a deprecated attribute, if there is one.
fn unexpected(diagnostics: Vec<proto::Diagnostic>) -> Vec<proto::Diagnostic> {
    let error = proto::diagnostic::Severity::Error;
    diagnostics
        .into_iter()
        .filter(|found| found.severity() == error)
        .collect()
}

pub(crate) async fn r02_validation_needs_no_configured_provider() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    no_diagnostics(&unexpected(
        provider.validate(THING, &json!({ "name": "a" })).await?,
    ))?;
    one_error(
        &provider.validate(THING, &json!({ "name": null })).await?,
        "name: Missing",
    )?;
    let request = proto::validate_data_resource_config::Request {
        type_name: ECHO.into(),
        config: provider.wire(ECHO, &json!({ "text": unknown() }))?,
    };
    let answer = provider
        .client()
        .validate_data_resource_config(request)
        .await?
        .into_inner();
    no_diagnostics(&answer.diagnostics)?;
    let refused = Failure::of(
        provider
            .session
            .configure(json!({ "label": "refused" }))
            .await,
    )?;
    ensure!(refused.errors().count() == 1, "{refused}");
    let info = provider
        .session
        .read_data_source("conformance_info", json!({}))
        .await?;
    ensure!(
        info["configured"] == 0,
        "a refused configuration was taken: {info}"
    );
    Ok(())
}

pub(crate) async fn r03_diagnostics_have_a_severity_and_paths_that_exist() -> Result<()> {
    let provider = Provider::start().await?;
    let found = provider
        .validate(TRAP, &json!({ "name": "a", "validate": "warn" }))
        .await?;
    ensure!(found.len() == 1, "{found:?}");
    ensure!(
        found[0].severity() == proto::diagnostic::Severity::Warning,
        "{found:?}"
    );
    // An element of a set has no address: the path ends at the set.
    let in_set = json!({ "name": "a", "set": [{ "key": null }, { "key": "k" }] });
    one_error(&provider.validate(THING, &in_set).await?, "set: Missing")?;
    let in_list = json!({ "name": "a", "list": [{ "key": "k" }, { "key": null }] });
    one_error(
        &provider.validate(THING, &in_list).await?,
        "list[1].key: Missing",
    )?;
    // Sessions reject every other severity and every other path.
    let trap = provider.trap()?;
    let plan = trap
        .plan(json!({ "name": "a", "validate": "warn" }))
        .await?;
    ensure!(plan.diagnostics.len() == 1, "{:?}", plan.diagnostics);
    Ok(())
}

pub(crate) async fn r04_states_of_the_current_version_pass() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let states = [
        r#"{"id":"1","title":"t","size":5,"any":null,"names":null,"secret_wo":null}"#,
        r#"{"id":"1","title":"t","size":5,"surplus":[1]}"#,
        "{\n  \"id\": \"1\",\n  \"title\": \"t\",\n  \"size\": 5\n}",
    ];
    for state in states {
        let response = provider.upgrade(OLD, 2, state).await?;
        no_diagnostics(&response.diagnostics)?;
        let upgraded = shown(&provider.value(OLD, response.upgraded_state)?);
        let wanted = json!({ "id": "1", "title": "t", "size": 5, "any": null, "names": null,
            "secret_wo": null });
        ensure!(upgraded == wanted, "{state}: {upgraded}");
    }
    Ok(())
}

pub(crate) async fn r05_states_of_older_versions_are_upgraded() -> Result<()> {
    let provider = Provider::start().await?;
    let olds = [
        (0, json!({ "id": "1", "name": "t", "size": "5" })),
        (
            1,
            json!({ "id": "1", "title": "t", "size": 5, "legacy": true }),
        ),
    ];
    for (schema_version, attributes) in olds {
        let stored = StoredState {
            schema_version,
            attributes,
            private: b"kept".into(),
            identity: None,
            tainted: false,
        };
        let mut old = provider.resource(OLD)?;
        old.set_stored(Some(stored));
        // The session rejects results that are not known or do not conform.
        let plan = old.plan(json!({ "title": "t", "size": 5 })).await?;
        ensure!(
            plan.is_empty(),
            "version {schema_version}: {:?}",
            plan.changed()
        );
    }
    for version in [-1, 3, 99] {
        let response = provider.upgrade(OLD, version, r#"{"title":"t"}"#).await?;
        ensure!(
            errors(&response.diagnostics)?.len() == 1,
            "version {version}: {response:?}"
        );
    }
    Ok(())
}

pub(crate) async fn r06_flatmap_states_are_an_error() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let raw = proto::RawState {
        flatmap: [("title".to_owned(), "t".to_owned())].into(),
        ..Default::default()
    };
    let request = proto::upgrade_resource_state::Request {
        type_name: OLD.into(),
        version: 0,
        raw_state: Some(raw),
    };
    let response = provider
        .client()
        .upgrade_resource_state(request)
        .await?
        .into_inner();
    one_error(&response.diagnostics, "Unreadable state")?;
    for broken in ["", "{", "[]", "7", r#"{"title":{}}"#] {
        let response = provider.upgrade(OLD, 2, broken).await?;
        one_error(&response.diagnostics, "Unreadable state").with_context(|| broken.to_owned())?;
    }
    Ok(())
}

pub(crate) async fn r07_a_missing_object_reads_as_null() -> Result<()> {
    let provider = Provider::start().await?;
    let response = provider
        .read(THING, &json!({ "id": "thing/none", "name": "none" }))
        .await?;
    no_diagnostics(&response.diagnostics)?;
    ensure!(
        provider.value(THING, response.new_state)?.is_null(),
        "not null"
    );
    // An object that disappears is planned again.
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a" })).await?;
    provider.change("thing/a", Json::Null, Json::Null).await?;
    ensure!(thing.refresh().await?.state.is_none(), "still there");
    Ok(())
}

pub(crate) async fn r08_reading_keeps_private_bytes_and_identity() -> Result<()> {
    let provider = Provider::start().await?;
    let mut trap = provider.trap()?;
    trap.apply(json!({ "name": "a" })).await?;
    let before = trap.stored().context("no state")?.clone();
    ensure!(before.identity.is_some(), "no identity");
    // The read of this type returns neither.
    trap.refresh().await?;
    ensure!(trap.stored() == Some(&before), "{:?}", trap.stored());
    let response = provider
        .read(TRAP, &json!({ "id": "trap/1", "name": "a" }))
        .await?;
    ensure!(response.private == b"private", "{:?}", response.private);
    // A failed read changes neither.
    let failing = json!({ "id": "trap/1", "name": "a", "read": "fail" });
    let response = provider.read(TRAP, &failing).await?;
    one_error(&response.diagnostics, "Failed as asked")?;
    ensure!(response.private == b"private", "{:?}", response.private);
    Ok(())
}

pub(crate) async fn r09_reading_after_an_import_fills_the_state() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "tags": { "k": "v" }, "password": "p",
        "list": [{ "key": "k" }] });
    let mut original = provider.thing()?;
    original.apply(config).await?;
    let mut imported = provider.thing()?;
    imported.import("thing/a").await?;
    ensure!(
        imported.state() == original.state(),
        "{:?}",
        imported.state()
    );
    Ok(())
}

pub(crate) async fn r10_reading_twice_gives_the_same_bytes() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    thing
        .apply(json!({ "name": "a", "labels": ["b", "a"], "set": [{ "key": "k" }] }))
        .await?;
    let state = thing.state().context("no state")?;
    let first = provider.read(THING, &state).await?;
    let state = shown(&provider.value(THING, first.new_state.clone())?);
    let second = provider.read(THING, &state).await?;
    ensure!(first == second, "{first:?} then {second:?}");
    Ok(())
}

pub(crate) async fn r11_data_sources_repeat_their_configuration() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "text": "four", "any": { "a": [1, null] } });
    // The answer contains another text.
    let state = provider
        .session
        .read_data_source(ECHO, config.clone())
        .await?;
    ensure!(
        state["text"] == "four" && state["any"] == config["any"],
        "{state}"
    );
    ensure!(state["length"] == 4, "{state}");
    for odd in ["unknown", "missing"] {
        let config = json!({ "text": "t", "do": odd });
        let failure = Failure::of(provider.session.read_data_source(ECHO, config).await)?;
        ensure!(failure.errors().count() == 1, "{odd}: {failure}");
    }
    Ok(())
}

pub(crate) async fn r12_configurations_may_be_unknown_and_replace_each_other() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let info = |session: Session| async move {
        session
            .read_data_source("conformance_info", json!({}))
            .await
    };
    for label in [unknown(), json!("one"), json!("two")] {
        provider
            .session
            .configure(json!({ "label": label }))
            .await?;
    }
    let host = Host::terraform(16).version;
    let wanted = json!({ "label": "two", "configured": 3, "host": host });
    let found = info(provider.session.clone()).await?;
    ensure!(found == wanted, "{found}");
    Ok(())
}

pub(crate) async fn r13_unknown_types_are_an_error_in_every_call() -> Result<()> {
    let provider = Provider::start().await?;
    let mut client = provider.client();
    let name = || "conformance_none".to_owned();
    let raw = || {
        Some(proto::RawState {
            json: b"{}".into(),
            ..Default::default()
        })
    };
    macro_rules! refused {
        ($method:ident, $module:ident { $($field:ident: $value:expr),* }) => {{
            let request = proto::$module::Request { $($field: $value,)* ..Default::default() };
            let response = client.$method(request).await.context(stringify!($method))?;
            one_error(&response.into_inner().diagnostics, "Unknown")
                .context(stringify!($method))?;
        }};
    }
    refused!(
        validate_resource_config,
        validate_resource_config { type_name: name() }
    );
    refused!(
        validate_data_resource_config,
        validate_data_resource_config { type_name: name() }
    );
    refused!(
        upgrade_resource_state,
        upgrade_resource_state {
            type_name: name(),
            raw_state: raw()
        }
    );
    refused!(
        upgrade_resource_identity,
        upgrade_resource_identity {
            type_name: name(),
            raw_identity: raw()
        }
    );
    refused!(read_resource, read_resource { type_name: name() });
    refused!(
        plan_resource_change,
        plan_resource_change { type_name: name() }
    );
    refused!(
        apply_resource_change,
        apply_resource_change { type_name: name() }
    );
    refused!(
        import_resource_state,
        import_resource_state { type_name: name() }
    );
    refused!(read_data_source, read_data_source { type_name: name() });
    refused!(
        move_resource_state,
        move_resource_state {
            target_type_name: name()
        }
    );
    refused!(
        generate_resource_config,
        generate_resource_config { type_name: name() }
    );
    refused!(
        validate_ephemeral_resource_config,
        validate_ephemeral_resource_config { type_name: name() }
    );
    refused!(
        open_ephemeral_resource,
        open_ephemeral_resource { type_name: name() }
    );
    refused!(
        renew_ephemeral_resource,
        renew_ephemeral_resource { type_name: name() }
    );
    refused!(
        close_ephemeral_resource,
        close_ephemeral_resource { type_name: name() }
    );
    refused!(
        validate_list_resource_config,
        validate_list_resource_config { type_name: name() }
    );
    refused!(
        validate_action_config,
        validate_action_config { type_name: name() }
    );
    refused!(
        plan_action,
        plan_action {
            action_type: name()
        }
    );
    Ok(())
}

pub(crate) async fn r14_a_panic_is_an_error_of_its_call() -> Result<()> {
    let provider = Provider::start().await?;
    const CRASHED: &str = "The provider crashed";
    let trap = |call: &str| json!({ "id": "trap/1", "name": "a", call: "panic" });
    let config = |call: &str| json!({ "name": "a", call: "panic" });
    let found = provider.validate(TRAP, &config("validate")).await?;
    one_error(&found, CRASHED)?;
    let detail = &found[0].detail;
    ensure!(
        detail.contains("trap.rs:") && !detail.contains("secret"),
        "{detail}"
    );
    let planned = provider.plan(TRAP, &Json::Null, &config("plan")).await?;
    one_error(&planned.response.diagnostics, CRASHED)?;

    let read = provider.read(TRAP, &trap("read")).await?;
    one_error(&read.diagnostics, CRASHED)?;
    ensure!(
        shown(&provider.value(TRAP, read.new_state)?)["id"] == "trap/1",
        "state lost"
    );

    let created = provider
        .apply(TRAP, &Json::Null, &config("create"), &config("create"))
        .await?;
    one_error(&created.diagnostics, CRASHED)?;
    ensure!(
        provider.value(TRAP, created.new_state)?.is_null(),
        "made up an object"
    );

    let prior = trap("update");
    let updated = provider
        .apply(TRAP, &prior, &prior, &config("update"))
        .await?;
    one_error(&updated.diagnostics, CRASHED)?;
    ensure!(
        shown(&provider.value(TRAP, updated.new_state)?)["id"] == "trap/1",
        "state lost"
    );
    ensure!(updated.private == b"private", "private bytes lost");

    let deleted = provider
        .apply(TRAP, &trap("delete"), &Json::Null, &Json::Null)
        .await?;
    one_error(&deleted.diagnostics, CRASHED)?;
    ensure!(
        shown(&provider.value(TRAP, deleted.new_state)?)["id"] == "trap/1",
        "state lost"
    );

    let request = proto::import_resource_state::Request {
        type_name: TRAP.into(),
        id: "x".into(),
        ..Default::default()
    };
    let imported = provider
        .client()
        .import_resource_state(request)
        .await?
        .into_inner();
    one_error(&imported.diagnostics, CRASHED)?;
    let echo = json!({ "text": "t", "do": "panic" });
    let failure = Failure::of(provider.session.read_data_source(ECHO, echo).await)?;
    ensure!(failure.to_string().contains(CRASHED), "{failure}");
    // The process keeps running.
    provider.thing()?.apply(json!({ "name": "a" })).await?;
    Ok(())
}

pub(crate) async fn r15_absent_capabilities_are_none() -> Result<()> {
    let provider = Provider::start().await?;
    for client_capabilities in [None, Some(proto::ClientCapabilities::default())] {
        let request = proto::validate_resource_config::Request {
            type_name: THING.into(),
            config: provider.wire(THING, &json!({ "name": "a", "password_wo": "s" }))?,
            client_capabilities,
        };
        let answer = provider
            .client()
            .validate_resource_config(request)
            .await?
            .into_inner();
        one_error(&answer.diagnostics, "password_wo: Write-only")?;
    }
    // An old host that sends none can do everything else.
    let session = Session::new(provider.client(), Host::terraform(8)).await?;
    let mut thing = session.resource(THING)?;
    thing.apply(json!({ "name": "b" })).await?;
    ensure!(
        thing.plan(json!({ "name": "b" })).await?.is_empty(),
        "a change"
    );
    Ok(())
}

pub(crate) async fn r16_references_may_be_made_up_until_the_provider_is_configured() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let with = |parent: &str| json!({ "name": "a", "parent": parent });
    for made_up in ["mr5e6tlt", "5DQqXopBm7aMTmk", "thing/b"] {
        no_diagnostics(&provider.validate(THING, &with(made_up)).await?)?;
    }
    let found = provider.validate(THING, &with("another/b")).await?;
    one_error(&found, "parent: Invalid value")?;
    provider
        .session
        .configure(json!({ "label": "test" }))
        .await?;
    let found = provider.validate(THING, &with("mr5e6tlt")).await?;
    one_error(&found, "parent: Invalid value")
}
