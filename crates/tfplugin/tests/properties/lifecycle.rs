//! Plan and apply for random schemas, states and configurations, checked by Terraform's rules.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use plugin_host::core::Action;
use plugin_host::value::json as host_json;
use plugin_host::{Failure, Host, Resource, Session, StoredState, in_process};
use proptest::prelude::*;
use serde_json::Value as Json;
use tfplugin::Attributes;
use tfplugin::schema::object_type;
use tfplugin::server::Server;

use crate::schemas::{Config, configs, schemas, states};
use crate::service::{NAME, Service};
use crate::{config, regressions};

/// The lifecycle of an object: created, changed by others, updated, replaced, destroyed.
#[derive(Clone, Debug)]
struct Lifecycle {
    attributes: Attributes,
    created: Config,
    drifted: Json,
    updated: Config,
    replaced: Config,
}

fn lifecycles() -> impl Strategy<Value = Lifecycle> {
    schemas().prop_flat_map(|attributes| {
        let configs = || configs(&attributes);
        let parts = (configs(), states(&attributes), configs(), configs());
        (Just(attributes.clone()), parts).prop_map(|(attributes, parts)| {
            let (created, drifted, updated, replaced) = parts;
            Lifecycle {
                attributes,
                created,
                drifted,
                updated,
                replaced,
            }
        })
    })
}

proptest! {
    #![proptest_config(config(256, regressions!("lifecycle")))]

    /// No plan and no apply violates a rule of Terraform. The plan after an apply is empty. Values
    /// that become known later match the plan.
    #[test]
    fn every_lifecycle_follows_the_rules(lifecycle in lifecycles()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(lived(lifecycle));
        prop_assert!(outcome.is_ok(), "{:?}", outcome.unwrap_err());
    }
}

async fn lived(lifecycle: Lifecycle) -> Result<()> {
    // A dynamic value changes its type when it is written as configuration: a list becomes a tuple.
    let is_dynamic = object_type(&lifecycle.attributes).has_dynamic();
    let server = Server::new(Arc::new(Service::new(lifecycle.attributes)))?;
    let session = Session::new(in_process(server).await?, Host::terraform(16)).await?;
    session.configure(Json::Object(Default::default())).await?;
    let mut resource = session.resource(NAME)?;

    let plan = resource
        .plan(lifecycle.created.early)
        .await
        .context("first plan")?;
    ensure!(plan.action == Action::Create, "{}", plan.action);
    // Applying plans again with everything that is known by then, and compares.
    resource
        .apply_plan(&plan, lifecycle.created.known.clone())
        .await
        .context("create")?;
    let plan = resource
        .plan(lifecycle.created.known)
        .await
        .context("plan after create")?;
    ensure!(
        plan.is_empty(),
        "created and planned again: {:?} of {plan:?}",
        plan.changed()
    );

    if !is_dynamic {
        generates(&session, &resource).await.context("generate")?;
    }

    let schema = session.resource_schema(NAME).context("no schema")?;
    let drifted = schema.block.config(&lifecycle.drifted)?;
    resource.set_stored(Some(StoredState {
        schema_version: 0,
        attributes: host_json::to_state_json(&drifted, &schema.ty)?,
        private: Vec::new(),
        identity: None,
        tainted: false,
    }));
    let plan = resource
        .plan(lifecycle.updated.early)
        .await
        .context("plan after drift")?;
    resource
        .apply_plan(&plan, lifecycle.updated.known.clone())
        .await
        .context("update")?;
    let plan = resource
        .plan(lifecycle.updated.known)
        .await
        .context("plan after update")?;
    ensure!(
        plan.is_empty(),
        "updated and planned again: {:?} of {plan:?}",
        plan.changed()
    );

    let plan = resource
        .plan_replace(lifecycle.replaced.early)
        .await
        .context("plan to replace")?;
    resource
        .apply_plan(&plan, lifecycle.replaced.known.clone())
        .await
        .context("replace")?;
    let plan = resource
        .plan(lifecycle.replaced.known)
        .await
        .context("plan after replace")?;
    ensure!(
        plan.is_empty(),
        "replaced and planned again: {:?} of {plan:?}",
        plan.changed()
    );

    resource.destroy().await.context("destroy")?;
    ensure!(resource.state().is_none(), "not destroyed");
    Ok(())
}

fn has_lists_of_objects(state: &Json) -> bool {
    match state {
        Json::Array(items) => items
            .iter()
            .any(|item| item.is_object() || has_lists_of_objects(item)),
        Json::Object(members) => members.values().any(has_lists_of_objects),
        _ => false,
    }
}

/// Configuration that is generated from a state plans no change.
async fn generates(session: &Session, resource: &Resource) -> Result<()> {
    let state = resource.state().context("no state")?;
    let generated = session.generate_config(NAME, &state).await?;
    let plan = match resource.plan(generated.clone()).await {
        // Objects of secrets only, and required secrets, cannot be in a state.
        Err(error) if error.is::<Failure>() => return Ok(()),
        plan => plan.with_context(|| generated.to_string())?,
    };
    // Without a key, an object of a list is matched by its configured values. If it only has values
    // from the service, the generated one counts as another object. Kinds declare keys, and have
    // their own tests.
    ensure!(
        plan.is_empty() || has_lists_of_objects(&state),
        "generated and planned otherwise: {:?} of {generated}, {state}",
        plan.changed()
    );
    Ok(())
}
