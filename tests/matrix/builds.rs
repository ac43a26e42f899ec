//! Builds of the service that show an object otherwise.

use anyhow::{Context as _, Result, ensure};
use emulator::{Profile, SkillText};
use rstest::rstest;
use serde_json::json;

use crate::json;
use crate::kinds;
use crate::object::Object;
use crate::world::World;

/// Builds refuse fewer than fifty characters.
const TEXT: &str = "# Another text\n\nLook at what was deployed last, and say who did it.";

#[rstest]
#[case::arm("arm")]
#[case::data_plane("data_plane")]
#[tokio::test(start_paused = true)]
async fn text_of_a_skill_is_read_under_either_name(#[case] plane: &'static str) -> Result<()> {
    let profile = Profile {
        skill_text: SkillText::SkillMdContent,
        ..Profile::acceptance()
    };
    let world = World::with(profile).await?;
    let kind = kinds::named("skill");
    let mut object = Object::new(&world, &kind, plane, "renamed").await?;
    object.apply(kind.minimal()).await?;
    let changed = json::merged(kind.minimal(), &json!({ "content": TEXT }));
    object.apply(&changed).await?;
    let (id, mut imported) = (object.id()?, world.resource(kind.type_name)?);
    imported.import(id.as_str()).await?;
    let content = &imported.state().context("no state")?["content"];
    ensure!(*content == changed["content"], "{content}");
    object.destroy().await
}
