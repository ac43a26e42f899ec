//! Texts, names and numbers of objects at their limits.

use anyhow::{Context as _, Result, ensure};
use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::kinds;
use crate::object::Object;
use crate::world::{World, for_each};

/// Unicode beyond the basic plane, decomposed letters, both line ends, quotes and controls.
const ODD: &str = "\u{1f600} na\u{ef}ve \u{202e}right\u{202c} \u{4f60}\u{597d}\r\n\tline \"two\" \\ \u{7f}\n${x} %{if}\n\n";

fn configuration(kind: &str, prompt: &str) -> Json {
    match kind {
        "azuresre_skill" => json!({
            "description": ODD,
            "content": prompt,
            "additional_files": [{ "path": "\u{fc}/b c.md", "content": prompt }],
        }),
        "azuresre_http_trigger" => json!({ "prompt": prompt, "description": ODD }),
        _ => json!({
            "url": "https://github.com/contoso/shop-api",
            "type": "GitHub",
            "description": prompt,
        }),
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_of_any_kind_and_length_stay_as_they_are(
    #[values("azuresre_skill", "azuresre_http_trigger", "azuresre_repo")] kind: &str,
) -> Result<()> {
    let kind = kinds::named(kind);
    let world = World::new().await?;
    let agent = world.agent("shop").await?;
    let megabyte = ODD.repeat((1 << 20) / ODD.len() + 1);
    for plane in kind.tested_planes() {
        let mut object = Object::new(&world, &kind, &agent, &format!("t-{plane}"), plane)?;
        for text in [
            ODD.repeat(3),
            megabyte.clone(),
            megabyte.replace("\r\n", "\n"),
        ] {
            let config = configuration(kind.type_name, &text);
            object.apply(&config).await.map_err(|error| {
                // The whole texts would fill the screen.
                let message: String = format!("{error:#}").chars().take(500).collect();
                anyhow::anyhow!("{plane}, {} characters: {message}", text.len())
            })?;
        }
    }
    Ok(())
}

#[rstest]
#[case("azuresre_agent", "ab")]
#[case("azuresre_agent", "a1234567890-ABCDEFGHIJ-234567890x")]
#[case("azuresre_data_connector", "ab")]
#[case("azuresre_data_connector", "a1234567890-abcdefghij-234567890x")]
#[case("azuresre_skill", "a")]
#[case("azuresre_skill", "n\u{fc}r \u{1f600} 100% a+b;c=d&e?#")]
#[case("azuresre_skill", "LONG")]
#[case("azuresre_repo", "a.b_c~d")]
#[case("azuresre_http_trigger", "Any / name, \"even\" this")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_at_their_limits_are_taken(#[case] kind: &str, #[case] name: &str) -> Result<()> {
    let name = name.replace("LONG", &"x".repeat(128));
    let name: String = match kind {
        "azuresre_agent" | "azuresre_data_connector" => name.chars().take(32).collect(),
        _ => name,
    };
    let kind = kinds::named(kind);
    let world = World::new().await?;
    let agent = world.agent("shop").await?;
    for plane in kind.tested_planes() {
        let mut object = Object::new(&world, &kind, &agent, &name, plane)?;
        object
            .apply(&kind.variants[0].minimal)
            .await
            .context(plane)?;
        let id = object.resource.state().unwrap_or_default()["id"].clone();
        let mut imported = world.resource(kind.type_name)?;
        imported
            .import(id.as_str().context("no id")?)
            .await
            .context(plane)?;
        object.destroy().await.context(plane)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_objects_are_made_at_the_same_time() -> Result<()> {
    let world = &World::new().await?;
    let agent = &world.agent("shop").await?;
    let kind = &kinds::named("azuresre_skill");
    let cases = (0..200).map(|n| (n.to_string(), format!("skill-{n}")));
    for_each(cases, |name| async move {
        let mut object = Object::new(world, kind, agent, &name, "data_plane")?;
        object.apply(&kind.variants[0].minimal).await?;
        Ok(())
    })
    .await?;
    let state = world.emulator.state()?;
    let skills = state
        .keys()
        .filter(|key| key.contains("/skills/skill-"))
        .count();
    ensure!(skills == 200, "there are {skills}");
    Ok(())
}
