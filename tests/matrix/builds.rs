//! Builds of the service that return objects in another form.

use anyhow::{Context as _, Result, ensure};
use emulator::profile::{Base64Bodies, McpHeaders};
use emulator::{Profile, SkillText, TaskState};
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds;
use crate::object::Object;
use crate::world::{World, for_each};

/// Builds refuse fewer than fifty characters.
const TEXT: &str = "# Another text\n\nLook at what was deployed last, and say who did it.";

#[rstest]
#[case::before_on_arm(SkillText::SkillContent, "arm")]
#[case::before_on_the_data_plane(SkillText::SkillContent, "data_plane")]
#[case::now_on_arm(SkillText::SkillMdContent, "arm")]
#[case::now_on_the_data_plane(SkillText::SkillMdContent, "data_plane")]
#[tokio::test(start_paused = true)]
async fn text_of_a_skill_is_read_from_either_member(
    #[case] skill_text: SkillText,
    #[case] plane: &'static str,
) -> Result<()> {
    let profile = Profile {
        skill_text,
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

#[rstest]
#[case::before(TaskState::IsEnabled, "/isEnabled", [json!(true), json!(false)])]
#[case::now(TaskState::Status, "/status", [json!("Active"), json!("Paused")])]
#[tokio::test(start_paused = true)]
async fn task_is_enabled_by_the_member_of_its_build(
    #[case] task_state: TaskState,
    #[case] at: &'static str,
    #[case] words: [Json; 2],
) -> Result<()> {
    let [on, off] = words;
    let profile = Profile {
        task_state,
        ..Profile::acceptance()
    };
    let world = World::with(profile).await?;
    let kind = kinds::named("scheduled_task");
    for plane in ["arm", "data_plane"] {
        let mut object = Object::new(&world, &kind, plane, plane).await?;
        let shown = |object: &Object<'_>| -> Result<Json> {
            let document = object.document()?;
            Ok(document.pointer(at).cloned().unwrap_or_default())
        };
        let enabled = |value: bool| json::merged(kind.minimal(), &json!({ "enabled": value }));
        for (value, wanted) in [(false, &off), (true, &on), (false, &off)] {
            object.apply(&enabled(value)).await?;
            ensure!(shown(&object)? == *wanted, "{}", object.document()?);
        }
        // Another change keeps it.
        let described = json::merged(&enabled(false), &json!({ "description": "Daily." }));
        object.apply(&described).await?;
        ensure!(shown(&object)? == off, "{}", object.document()?);
        // A change by another client is detected.
        object.drift(at, on.clone()).await?;
        let plan = object
            .resource
            .plan(json::merged(&described, &object.key))
            .await?;
        ensure!(plan.changed().contains("enabled"), "{:?}", plan.changed());
        object.destroy().await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn completed_task_stays_completed() -> Result<()> {
    let world = World::with(Profile::acceptance()).await?;
    let kind = kinds::named("scheduled_task");
    let mut object = Object::new(&world, &kind, "data_plane", "ended").await?;
    object.apply(kind.minimal()).await?;
    object.drift("/status", json!("Completed")).await?;
    let config = json::merged(kind.minimal(), &object.key);
    object.nothing_to_do(&config).await?;
    let described = json::merged(kind.minimal(), &json!({ "description": "Daily." }));
    object.apply(&described).await?;
    ensure!(object.document()?["status"] == "Completed", "it runs again");
    object.destroy().await
}

/// Covers differences between builds that have no other test, together and one by one.
#[rstest]
#[case::null_lists(Profile { null_lists: true, ..Profile::acceptance() })]
#[case::masked_tokens(Profile { mask_bearer_tokens: true, ..Profile::acceptance() })]
#[case::bodies_as_sent(Profile { base64_bodies: Base64Bodies::AsSent, ..Profile::acceptance() })]
#[case::maps_of_headers_lost(Profile { mcp_headers: McpHeaders::Lost, ..Profile::acceptance() })]
#[tokio::test(start_paused = true)]
async fn every_kind_is_managed_on_every_build(#[case] profile: Profile) -> Result<()> {
    let world = &World::with(profile).await?;
    let kinds = kinds::all();
    let cases = kinds.iter().flat_map(|kind| {
        let planes = kind.planes.iter();
        planes.flat_map(move |plane| {
            let variants = kind.variants.iter();
            variants.map(move |variant| {
                let case = format!("{}, {} on {plane}", kind.noun(), variant.name);
                (case, (kind, *plane, variant))
            })
        })
    });
    for_each(cases, |(kind, plane, variant)| async move {
        let name = format!("b-{}-{}", &plane[..2], variant.name.replace('_', "-"));
        let mut object = Object::new(world, kind, plane, &name).await?;
        object.apply(&variant.full(0)).await.context("create")?;
        object.apply(&variant.minimal).await.context("remove")?;
        object.destroy().await
    })
    .await
}
