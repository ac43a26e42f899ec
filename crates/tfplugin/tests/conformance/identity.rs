//! Identity, import and move.

use anyhow::{Context as _, Result, ensure};
use plugin_host::value::Value;
use plugin_host::{Failure, ImportTarget, MoveSource, StoredIdentity};
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;

use crate::support::{OLD, Provider, THING, TRAP, VALUES, launch, no_diagnostics, one_error};

const WHOLE: fn() -> Json = || json!({ "name": "a", "zone": "main" });

pub(crate) async fn i01_identities_have_a_schema_and_may_be_absent() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let request = proto::get_resource_identity_schemas::Request {};
    let answer = provider
        .client()
        .get_resource_identity_schemas(request)
        .await?
        .into_inner();
    no_diagnostics(&answer.diagnostics)?;
    // The session has checked them by the rules of a host.
    let mut names: Vec<&str> = answer.identity_schemas.keys().map(String::as_str).collect();
    names.sort_unstable();
    ensure!(names == [THING, TRAP], "{names:?}");
    ensure!(
        answer
            .identity_schemas
            .values()
            .all(|schema| schema.version >= 10),
        "{answer:?}"
    );
    for raw_identity in [None, Some(proto::RawState::default())] {
        let request = proto::upgrade_resource_identity::Request {
            type_name: THING.into(),
            version: 0,
            raw_identity,
        };
        let answer = provider
            .client()
            .upgrade_resource_identity(request)
            .await?
            .into_inner();
        no_diagnostics(&answer.diagnostics)?;
        ensure!(answer.upgraded_identity.is_none(), "{answer:?}");
    }
    Ok(())
}

pub(crate) async fn i02_identities_come_with_every_answer_and_do_not_change() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a" })).await?;
    ensure!(
        thing.identity() == Some(&WHOLE()),
        "create: {:?}",
        thing.identity()
    );
    thing.refresh().await?;
    ensure!(
        thing.identity() == Some(&WHOLE()),
        "read: {:?}",
        thing.identity()
    );
    thing.apply(json!({ "name": "a", "size": 1 })).await?;
    ensure!(
        thing.identity() == Some(&WHOLE()),
        "update: {:?}",
        thing.identity()
    );
    let mut imported = provider.thing()?;
    imported.import("thing/a").await?;
    ensure!(
        imported.identity() == Some(&WHOLE()),
        "import: {:?}",
        imported.identity()
    );
    // A state that is older than identities gets one with its next read.
    let mut stored = thing.stored().context("no state")?.clone();
    stored.identity = None;
    thing.set_stored(Some(stored));
    thing.refresh().await?;
    ensure!(
        thing.identity() == Some(&WHOLE()),
        "old state: {:?}",
        thing.identity()
    );
    // An object with another identity is a different object.
    let mut trap = provider.trap()?;
    trap.apply(json!({ "name": "a", "read": "identity" }))
        .await?;
    let failure = Failure::of(trap.refresh().await)?;
    ensure!(
        failure.to_string().contains("Unexpected identity change"),
        "{failure}"
    );
    ensure!(
        trap.identity() == Some(&json!({ "id": "trap/1" })),
        "{:?}",
        trap.identity()
    );
    Ok(())
}

pub(crate) async fn i03_types_without_identity_never_send_one() -> Result<()> {
    let provider = Provider::start().await?;
    let state = json!({ "text": "a" });
    let planned = provider.plan(VALUES, &Json::Null, &state).await?.response;
    ensure!(planned.planned_identity.is_none(), "plan");
    let applied = provider.apply(VALUES, &Json::Null, &state, &state).await?;
    ensure!(applied.new_identity.is_none(), "apply");
    ensure!(
        provider.read(VALUES, &state).await?.new_identity.is_none(),
        "read"
    );
    // The import of this type returns one.
    let request = proto::import_resource_state::Request {
        type_name: VALUES.into(),
        id: "x".into(),
        ..Default::default()
    };
    let answer = provider
        .client()
        .import_resource_state(request)
        .await?
        .into_inner();
    no_diagnostics(&answer.diagnostics)?;
    ensure!(
        answer
            .imported_resources
            .iter()
            .all(|one| one.identity.is_none()),
        "{answer:?}"
    );
    let request = proto::upgrade_resource_identity::Request {
        type_name: VALUES.into(),
        version: 0,
        raw_identity: Some(proto::RawState {
            json: b"{}".into(),
            ..Default::default()
        }),
    };
    let answer = provider
        .client()
        .upgrade_resource_identity(request)
        .await?
        .into_inner();
    ensure!(answer.upgraded_identity.is_none(), "{answer:?}");
    Ok(())
}

pub(crate) async fn i04_id_and_identity_import_the_same_object() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a", "size": 1 })).await?;
    let targets = [
        ImportTarget::from("thing/a"),
        ImportTarget::Identity(WHOLE()),
        ImportTarget::Identity(json!({ "name": "a" })),
    ];
    for target in targets {
        let mut imported = provider.thing()?;
        // The session rejects other types, and anything but exactly one object.
        imported.import(target.clone()).await?;
        ensure!(
            imported.state() == thing.state(),
            "{target:?}: {imported:?}"
        );
        ensure!(
            imported.identity() == thing.identity(),
            "{target:?}: {imported:?}"
        );
    }
    let none = Failure::of(provider.thing()?.import("thing/none").await)?;
    ensure!(none.to_string().contains("non-existent"), "{none}");
    Ok(())
}

pub(crate) async fn i05_a_type_that_cannot_be_imported_says_so() -> Result<()> {
    let provider = Provider::start().await?;
    let failure = Failure::of(provider.resource(OLD)?.import("x").await)?;
    let found = failure
        .errors()
        .any(|error| error.summary == "Import is not supported");
    ensure!(found, "{failure}");
    Ok(())
}

pub(crate) async fn i06_an_imported_object_plans_without_a_change() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "mode": "review", "size": 0.5, "password": "p",
        "password_wo": "s", "tags": { "k": "v" }, "any": { "a": [1, "x"] },
        "list": [{ "key": "k", "secret_wo": "s" }], "set": [{ "key": "1" }, { "key": "2" }] });
    provider.thing()?.apply(config.clone()).await?;
    let mut imported = provider.thing()?;
    imported.import("thing/a").await?;
    let plan = imported.plan(config.clone()).await?;
    ensure!(plan.is_empty(), "{:?}", plan.changed());
    // The smallest possible import: only the existence of the object is known.
    let mut nothing = provider.resource(VALUES)?;
    nothing.import("nothing").await?;
    ensure!(nothing.plan(json!({})).await?.is_empty(), "a change");
    Ok(())
}

async fn refused(provider: &Provider, address: &str) -> Result<()> {
    let request = proto::move_resource_state::Request {
        source_provider_address: address.into(),
        source_type_name: "other_thing".into(),
        source_state: Some(proto::RawState {
            json: b"{}".into(),
            ..Default::default()
        }),
        target_type_name: THING.into(),
        ..Default::default()
    };
    let answer = provider
        .client()
        .move_resource_state(request)
        .await?
        .into_inner();
    one_error(&answer.diagnostics, "Unable to move resource state")?;
    let state = answer.target_state.unwrap_or_default();
    let none = state.msgpack.is_empty() || provider.value(THING, Some(state))? == Value::Null;
    ensure!(
        none && answer.target_identity.is_none(),
        "a state from nowhere"
    );
    Ok(())
}

pub(crate) async fn i07_a_move_from_an_unknown_source_is_an_error() -> Result<()> {
    let provider = Provider::start().await?;
    refused(&provider, "registry.terraform.io/hashicorp/null").await?;
    for (address, ty) in [("x/y/other", "another"), ("x/y/another", "other_thing")] {
        let source = MoveSource::new(address, ty, json!({ "title": "a" }));
        let failure = Failure::of(provider.thing()?.move_from(source).await)?;
        ensure!(
            failure
                .to_string()
                .contains("An `other_thing` of `other` can."),
            "{failure}"
        );
    }
    // Types that take over no other type report that.
    let source = MoveSource::new("x/y/other", "other_thing", json!({ "title": "a" }));
    let failure = Failure::of(provider.resource(OLD)?.move_from(source).await)?;
    ensure!(
        failure
            .to_string()
            .contains("No other type can be moved to it."),
        "{failure}"
    );
    Ok(())
}

pub(crate) async fn i08_a_move_is_answered_without_configuration_whatever_the_host() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let addresses = [
        "registry.terraform.io/hashicorp/null",
        "registry.opentofu.org/hashicorp/null",
        "null",
        "",
    ];
    for address in addresses {
        refused(&provider, address)
            .await
            .with_context(|| address.to_owned())?;
    }
    let known = [
        "registry.terraform.io/someone/other",
        "registry.opentofu.org/someone/other",
        "other",
    ];
    for address in known {
        let source = MoveSource::new(address, "other_thing", json!({ "title": "a" }));
        let mut thing = provider.thing()?;
        thing
            .move_from(source)
            .await
            .with_context(|| address.to_owned())?;
        ensure!(thing.identity() == Some(&WHOLE()), "{:?}", thing.identity());
    }
    Ok(())
}

pub(crate) async fn i09_the_same_type_is_moved_from_any_address() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a", "size": 1 })).await?;
    let stored = thing.stored().context("no state")?.clone();
    let source = MoveSource {
        private: stored.private.clone(),
        identity: stored.identity.clone().map(|identity| identity.attributes),
        ..MoveSource::new(
            "registry.terraform.io/contoso/conformance",
            THING,
            stored.attributes.clone(),
        )
    };
    let mut moved = provider.thing()?;
    moved.move_from(source).await?;
    ensure!(moved.stored() == Some(&stored), "{:?}", moved.stored());
    ensure!(
        moved
            .plan(json!({ "name": "a", "size": 1 }))
            .await?
            .is_empty(),
        "a change"
    );
    // A state of an older version is upgraded.
    let old = json!({ "id": "old/1", "name": "the title", "size": "7" });
    let mut moved = provider.resource(OLD)?;
    moved
        .move_from(MoveSource::new("contoso/conformance", OLD, old))
        .await?;
    let state = moved.state().context("no state")?;
    ensure!(
        state["title"] == "the title" && state["size"] == 7,
        "{state}"
    );
    Ok(())
}

pub(crate) async fn i10_moved_objects_are_known_and_without_secrets() -> Result<()> {
    let provider = Provider::start().await?;
    provider
        .thing()?
        .apply(json!({ "name": "a", "size": 1 }))
        .await?;
    let source =
        |title: &str| MoveSource::new("x/y/other", "other_thing", json!({ "title": title }));
    let mut moved = provider.thing()?;
    // The session rejects write-only values.
    moved.move_from(source("a")).await?;
    ensure!(
        moved
            .plan(json!({ "name": "a", "size": 1 }))
            .await?
            .is_empty(),
        "a change"
    );
    let failure = Failure::of(provider.thing()?.move_from(source("unknown")).await)?;
    ensure!(
        failure.to_string().contains("moved an unknown value"),
        "{failure}"
    );
    Ok(())
}

pub(crate) async fn i11_a_foreign_identity_is_none() -> Result<()> {
    let provider = Provider::start().await?;
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a" })).await?;
    // The identity that OpenTofu keeps with the state after a move from another type.
    let foreign = [
        json!({ "id": "/subscriptions/x", "type": "y" }),
        json!({ "name": "another" }),
        json!({ "name": ["a"], "zone": 1 }),
        json!([]),
    ];
    for attributes in foreign {
        let mut stored = thing.stored().context("no state")?.clone();
        stored.identity = Some(StoredIdentity {
            version: 0,
            attributes: attributes.clone(),
        });
        thing.set_stored(Some(stored));
        thing
            .refresh()
            .await
            .with_context(|| attributes.to_string())?;
        ensure!(
            thing.identity() == Some(&WHOLE()),
            "{attributes}: {:?}",
            thing.identity()
        );
    }
    // An earlier identity of this type stays valid.
    let mut stored = thing.stored().context("no state")?.clone();
    stored.identity = Some(StoredIdentity {
        version: 0,
        attributes: WHOLE(),
    });
    thing.set_stored(Some(stored));
    ensure!(
        thing.plan(json!({ "name": "a" })).await?.is_empty(),
        "a change"
    );
    Ok(())
}
