//! Configuration that Terraform generates for existing objects.

use anyhow::{Context as _, Result, ensure};
use plugin_host::ImportTarget;
use serde_json::Value as Json;

use crate::kinds::{Kind, per_plane};
use crate::object::{Object, each_variant};

per_plane!(
    generated_configuration_plans_without_a_change,
    generated_configuration_omits_defaults,
    imported_objects_need_no_editing,
);

async fn imported_objects_need_no_editing(kind: &Kind, plane: &'static str) -> Result<()> {
    each_variant(kind, plane, async |mut object, variant| {
        object.apply(&variant.full(0)).await.context("create")?;
        let identity = object.resource.identity().context("no identity")?.clone();
        object.resource = object.world.resource(kind.type_name)?;
        object
            .resource
            .import(ImportTarget::Identity(identity))
            .await?;
        let state = object.resource.state().context("no state")?;
        let generated = generated(&object, &state).await?;
        let planned = object.nothing_to_do(&generated).await;
        planned.with_context(|| format!("{generated}"))
    })
    .await
}

async fn generated_configuration_plans_without_a_change(
    kind: &Kind,
    plane: &'static str,
) -> Result<()> {
    each_variant(kind, plane, async |mut object, variant| {
        let mut configs = vec![variant.full(0)];
        // If every change needs a new object, there is only one configuration.
        if variant.together().next().is_some() {
            configs.extend([variant.changed(), variant.full(1)]);
        }
        for config in configs {
            object.apply(&config).await.context("apply")?;
            let state = object.resource.state().context("no state")?;
            let generated = generated(&object, &state).await?;
            // Planning includes validation.
            let planned = object.nothing_to_do(&generated).await;
            planned.with_context(|| format!("{generated}"))?;
        }
        Ok(())
    })
    .await
}

async fn generated_configuration_omits_defaults(kind: &Kind, plane: &'static str) -> Result<()> {
    each_variant(kind, plane, async |mut object, variant| {
        object.apply(&variant.full(0)).await.context("apply")?;
        let state = object.resource.state().context("no state")?;
        let generated = generated(&object, &state).await?;
        for name in ["id", "timeouts", "object_id"] {
            ensure!(generated[name].is_null(), "{name} is in {generated}");
        }
        // The provider block prefers ARM, and has a subscription.
        let expected = match kind.is_dual() && plane == "data_plane" {
            true => Json::from(plane),
            false => Json::Null,
        };
        let home = state["plane"] == expected || expected.is_null();
        ensure!(home, "the object is not on {plane}: {state}");
        ensure!(generated["subscription_id"].is_null(), "{generated}");
        Ok(())
    })
    .await
}

async fn generated(object: &Object<'_>, state: &Json) -> Result<Json> {
    let session = &object.world.session;
    session.generate_config(object.kind.type_name, state).await
}
