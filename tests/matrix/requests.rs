//! The number of requests of every operation.

use anyhow::{Result, ensure};
use emulator::Profile;
use plugin_host::Plan;
use plugin_host::core::Action;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds;
use crate::world::World;

/// The methods that the operations of a kind use, without polls.
struct Takes {
    create: &'static [&'static str],
    update: &'static [&'static str],
    delete: &'static [&'static str],
}

const NAMED: Takes = Takes {
    create: &["GET", "PUT"],
    update: &["GET", "PUT"],
    delete: &["DELETE", "GET"],
};

/// After an operation, the object is read, because the answer is older.
const INSTALLED: Takes = Takes {
    create: &["GET", "PUT", "GET"],
    update: &["GET", "PUT", "GET"],
    ..NAMED
};

const TRACKED: Takes = Takes {
    update: &["GET", "PATCH"],
    ..INSTALLED
};

/// The answer to a creation only contains the id.
const SERVER_ID: Takes = Takes {
    create: &["GET", "POST", "GET"],
    ..NAMED
};

#[rstest]
#[case("agent", "arm", TRACKED)]
#[case("data_connector", "arm", INSTALLED)]
#[case("data_connector", "data_plane", NAMED)]
#[case("skill", "arm", NAMED)]
#[case("skill", "data_plane", NAMED)]
#[case("repo", "data_plane", NAMED)]
#[case("http_trigger", "data_plane", SERVER_ID)]
#[tokio::test(start_paused = true)]
async fn operations_take_no_more_requests_than_they_need(
    #[case] kind: &str,
    #[case] plane: &str,
    #[case] takes: Takes,
) -> Result<()> {
    let kind = kinds::named(kind);
    let world = World::with(Profile::default()).await?;
    let variant = &kind.variants[0];
    let agent = kind.agent(&world, "first").await?;
    let config = |name: &str, more: &Json| {
        json::merged(
            &json::merged(&variant.minimal, more),
            &kind.key(&agent, name, plane),
        )
    };
    // The first object looks up the data plane and checks that it is up.
    let mut first = world.resource(kind.type_name)?;
    first.apply(config("first", &json!({}))).await?;
    first.refresh().await?;

    let mut resource = world.resource(kind.type_name)?;
    world.take_requests();
    let mut create = config("second", &json!({}));
    let plan = resource.plan(create.clone()).await?;
    expect("plan of a creation", &world, &[])?;
    resource.apply_plan(&plan, create.clone()).await?;
    expect("create", &world, takes.create)?;
    resource.refresh().await?;
    expect("refresh", &world, &["GET"])?;

    let applied = resource.apply(create.clone()).await?;
    ensure!(applied.action == Action::NoOp, "{}", applied.action);
    expect("the same again", &world, &["GET"])?;

    create["timeouts"] = json!({ "create": "20m", "update": "1h30m" });
    let plan = planned(&resource, &create, &world).await?;
    ensure!(
        plan.changed() == ["timeouts".to_owned()].into(),
        "{:?}",
        plan.changed()
    );
    resource.apply_plan(&plan, create.clone()).await?;
    expect("change of what is the provider's own", &world, &[])?;

    let changed = config("second", &variant.changed());
    let plan = planned(&resource, &changed, &world).await?;
    resource.apply_plan(&plan, changed.clone()).await?;
    expect("update", &world, takes.update)?;

    let plan = resource.plan_destroy().await?;
    expect("plan of a deletion", &world, &["GET"])?;
    resource.apply_plan(&plan, Json::Null).await?;
    expect("delete", &world, takes.delete)
}

async fn planned(resource: &plugin_host::Resource, config: &Json, world: &World) -> Result<Plan> {
    let plan = resource.plan(config.clone()).await?;
    ensure!(
        plan.action == Action::Update,
        "the plan is to {}",
        plan.action
    );
    expect("plan of an update", world, &["GET"])?;
    Ok(plan)
}

fn expect(step: &str, world: &World, methods: &[&str]) -> Result<()> {
    let taken = world.take_requests();
    let found: Vec<_> = taken
        .iter()
        .filter_map(|request| request.split(' ').next())
        .collect();
    ensure!(
        found == methods,
        "{step} takes {taken:?} instead of {methods:?}"
    );
    Ok(())
}
