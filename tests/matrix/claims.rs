//! Permanent objects can only have one resource each.

use anyhow::{Context as _, Result, ensure};
use plugin_host::Failure;

use crate::json;
use crate::kinds;
use crate::object::Object;
use crate::world::World;

#[tokio::test(start_paused = true)]
async fn permanent_objects_are_not_managed_twice_in_one_run() -> Result<()> {
    let world = World::new().await?;
    for kind in kinds::all() {
        if !kind.storage.is_permanent() {
            continue;
        }
        let name = format!("once-{}", kind.noun().replace('_', "-"));
        let mut object = Object::new(&world, &kind, "data_plane", &name).await?;
        object.apply(kind.minimal()).await?;
        let document = object.document()?;
        let mut second = world.resource(kind.type_name)?;
        let changed = json::merged(kind.minimal(), &kind.variants[0].changed());
        let config = json::merged(&changed, &object.key);
        let failure = Failure::of(second.apply(config.clone()).await)?;
        let error = failure.errors().next().context("no error")?;
        ensure!(
            error.summary.contains("Two resources manage the"),
            "{error}"
        );
        ensure!(
            second.state().is_none(),
            "{}: there is a state",
            kind.noun()
        );
        ensure!(
            object.document()? == document,
            "{}: it was changed",
            kind.noun()
        );
        // After the first resource is destroyed, the second one can manage the object.
        object.destroy().await?;
        world.take_requests();
        second.apply(config).await?;
        let sent = world.take_requests();
        ensure!(sent.len() <= 6, "{}: {sent:?}", kind.noun());
    }
    Ok(())
}
