//! Concurrent refreshes read a collection once, and use it only if it contains what is known.

use anyhow::{Context as _, Result, ensure};
use azuresre::kind::Plane;
use azuresre::resources;
use emulator::Profile;
use futures::future::join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use plugin_host::Resource;
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{self, Kind, per_plane};
use crate::object::Object;
use crate::run::Run;
use crate::world::World;

per_plane!(
    refreshes_of_many_objects_share_a_list,
    lists_hide_neither_drift_nor_absence
);

/// How many objects of a kind are refreshed.
const OBJECTS: usize = 8;

/// How many objects are planned, and how many fit on a page.
const MANY: usize = 200;
const PAGE: u32 = 50;

/// How many objects are read individually before a list is worthwhile.
const FEW: usize = 2;

/// Creates objects of a kind in one agent, with every variant.
async fn objects<'a>(
    world: &'a World,
    kind: &'a Kind,
    plane: &'static str,
) -> Result<Option<Vec<Object<'a>>>> {
    if !is_listed_whole(kind, plane) {
        return Ok(None);
    }
    let mut objects = Vec::new();
    for n in 0..OBJECTS {
        let variant = &kind.variants[n % kind.variants.len()];
        let mut object = Object::new(world, kind, plane, &format!("listed-{n}")).await?;
        object.apply(&variant.full(0)).await?;
        objects.push(object);
    }
    let beside = objects
        .iter()
        .all(|object| object.agent == objects[0].agent);
    Ok(beside.then_some(objects))
}

fn is_listed_whole(kind: &Kind, plane: &str) -> bool {
    let kinds = resources::kinds();
    let declared = kinds.iter().find(|known| known.name == kind.noun());
    let place = plane
        .parse::<Plane>()
        .ok()
        .and_then(|plane| declared?.place(plane));
    // A list does not contain what is in a second document.
    let has_companion = declared.is_some_and(|kind| kind.companion.is_some());
    place.is_some_and(|place| place.listed_whole) && !has_companion
}

/// Returns the objects in a later run, in which no read can be late.
async fn in_a_later_run(world: &World, objects: &[Object<'_>]) -> Result<Vec<Resource>> {
    let run = Run::new(&world.emulator, json!({})).await?;
    let again = objects.iter().map(|object| {
        let mut stored = object.resource.stored().context("no state")?.clone();
        stored.private.clear();
        let mut again = run.session.resource(object.kind.type_name)?;
        again.set_stored(Some(stored));
        Ok(again)
    });
    let mut again = again.collect::<Result<Vec<_>>>()?;
    // The first refresh looks up the address of the agent.
    again[0].refresh().await?;
    world.take_requests();
    Ok(again)
}

async fn refreshes_of_many_objects_share_a_list(kind: &Kind, plane: &'static str) -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let Some(objects) = objects(&world, kind, plane).await? else {
        return Ok(());
    };
    let mut again = in_a_later_run(&world, &objects).await?;
    let refreshed = join_all(again.iter_mut().map(Resource::refresh)).await;
    let sent = world.take_requests();
    for (object, refreshed) in objects.iter().zip(refreshed) {
        let state = refreshed?.state;
        ensure!(
            state == object.resource.state(),
            "{} is {state:?}",
            object.name
        );
    }
    ensure!(sent.len() <= FEW + 1, "{sent:?}");
    Ok(())
}

async fn lists_hide_neither_drift_nor_absence(kind: &Kind, plane: &'static str) -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let Some(objects) = objects(&world, kind, plane).await? else {
        return Ok(());
    };
    if !kind.storage.is_permanent() {
        objects[OBJECTS - 1].delete_remotely().await?;
    }
    let drifting = &objects[OBJECTS - 2];
    let variant = &kind.variants[(OBJECTS - 2) % kind.variants.len()];
    let row = variant.together().find(|row| {
        row.is_readable(plane) && row.is_kept(plane) && row.values.len() > 1 && !row.is_local()
    });
    if let Some(row) = row {
        let value = (row.form)(&row.values[1]);
        drifting.drift(row.at, value).await?;
    }
    let mut again = in_a_later_run(&world, &objects).await?;
    let refreshed = join_all(again.iter_mut().map(Resource::refresh)).await;
    for (n, (object, refreshed)) in objects.iter().zip(refreshed).enumerate() {
        let state = refreshed?.state;
        let is_same = state == object.resource.state();
        let changed =
            n == OBJECTS - 2 && row.is_some() || n == OBJECTS - 1 && !kind.storage.is_permanent();
        ensure!(is_same != changed, "{} is {state:?}", object.name);
        ensure!(
            state.is_none() == (n == OBJECTS - 1 && !kind.storage.is_permanent()),
            "{} is there: {}",
            object.name,
            state.is_some()
        );
    }
    Ok(())
}

#[rstest]
#[case::skills_on_arm("skill", "arm")]
#[case::documents("knowledge_document", "data_plane")]
#[tokio::test(start_paused = true)]
async fn number_of_requests_depends_on_pages_and_not_objects(
    #[case] kind: &str,
    #[case] plane: &'static str,
) -> Result<()> {
    let profile = Profile {
        page_size: PAGE,
        memory_page_size: PAGE,
        ..Profile::default()
    };
    let (world, kind) = (World::with(profile).await?, kinds::named(kind));
    let agent = world.shared_agent().await?;
    let stored = at_work(0..MANY, async |n| {
        let key = kind.key(agent, &format!("object-{n}"), plane);
        let mut resource = world.resource(kind.type_name)?;
        resource.apply(json::merged(kind.minimal(), &key)).await?;
        let mut stored = resource.stored().context("no state")?.clone();
        stored.private.clear();
        Ok(stored)
    });
    let stored = stored.await?;
    let run = Run::new(&world.emulator, json!({})).await?;
    world.take_requests();
    let refreshed = at_work(stored, async |stored| {
        let mut resource = run.session.resource(kind.type_name)?;
        resource.set_stored(Some(stored));
        ensure!(resource.refresh().await?.state.is_some(), "it is gone");
        Ok(resource)
    });
    let resources = refreshed.await?;
    let pages = MANY.div_ceil(PAGE as usize);
    let sent = world.take_requests();
    // The lookup of the agent, and the reads before a list was worthwhile.
    ensure!(
        sent.len() <= 1 + FEW + pages,
        "{} requests: {sent:?}",
        sent.len()
    );
    let planned = at_work(resources, async |resource| {
        let plan = resource.plan_destroy().await?;
        Ok((resource, plan))
    });
    let planned = planned.await?;
    world.take_requests();
    let destroyed = at_work(planned, async |(mut resource, plan)| {
        resource.apply_plan(&plan, Json::Null).await?;
        Ok(())
    });
    destroyed.await?;
    let sent = world.take_requests().len();
    // Each is deleted and looked up. Concurrent lookups can share a list.
    ensure!(sent <= 2 * MANY, "{sent} requests");
    Ok(())
}

/// Runs the work for each case, with the parallelism of Terraform.
async fn at_work<C, T>(
    cases: impl IntoIterator<Item = C>,
    work: impl AsyncFn(C) -> Result<T>,
) -> Result<Vec<T>> {
    let work = &work;
    let running = cases
        .into_iter()
        .map(|case| async move { work(case).await });
    stream::iter(running)
        .buffer_unordered(10)
        .try_collect()
        .await
}
