//! Changes that need a new object. `attributes` covers those of single attributes.

use anyhow::{Context as _, Result, ensure};
use plugin_host::core::Action;

use crate::declared;
use crate::kinds::{self, Kind, Storage, Variant, per_plane};
use crate::object::Object;
use crate::world::{World, for_each};

per_plane!(another_name_means_another_object);

async fn another_name_means_another_object(kind: &Kind, plane: &'static str) -> Result<()> {
    let world = World::new().await?;
    let mut object = Object::new(&world, kind, plane, "before").await?;
    object.apply(kind.minimal()).await?;
    let id = object.id()?;
    object.rename("after").await?;
    let applied = object.apply(kind.minimal()).await?;
    // The service generates the id of a trigger, and its name is an ordinary attribute.
    let (wanted, keeps_id) = match kind.storage {
        Storage::Triggers => (Action::Update, true),
        _ => (Action::Replace, false),
    };
    ensure!(applied.action == wanted, "{}", applied.action);
    ensure!(
        (object.id()? == id) == keeps_id,
        "the id is {}",
        object.id()?
    );
    let old = kind.remains(&world, "before")?;
    ensure!(old.is_none(), "the service still has {old:?}");
    object.destroy().await
}

#[tokio::test(start_paused = true)]
async fn another_choice_replaces_or_updates_as_declared() -> Result<()> {
    let world = &World::new().await?;
    let kinds = kinds::all();
    let cases = kinds.iter().flat_map(|kind| {
        kind.planes.iter().flat_map(move |plane| {
            let pairs = kind.variants.windows(2);
            let pairs = pairs.filter(|pair| choice(kind, &pair[0]) != choice(kind, &pair[1]));
            pairs.map(move |pair| {
                let [one, other] = [&pair[0], &pair[1]];
                let case = format!("{} on {plane}: {} to {}", kind.noun(), one.name, other.name);
                (case, (kind, *plane, one, other))
            })
        })
    });
    for_each(cases, |(kind, plane, one, other)| async move {
        let name = format!("c-{}-{}", &plane[..2], one.name.replace('_', "-"));
        let mut object = Object::new(world, kind, plane, &name).await?;
        object.apply(&one.minimal).await.context("create")?;
        let applied = object.apply(&other.minimal).await.context("change")?;
        let wanted = match declared::choice_replaces(kind) {
            true => Action::Replace,
            false => Action::Update,
        };
        ensure!(applied.action == wanted, "{}", applied.action);
        object.destroy().await
    })
    .await
}

/// Returns the choice that a variant is a sample of.
fn choice(kind: &Kind, variant: &Variant) -> Option<String> {
    let mut choices = declared::choices(kind).into_iter();
    choices.find(|choice| variant.minimal.get(choice).is_some())
}
