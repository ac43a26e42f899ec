//! Texts and names at their limits, and many objects at a time.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow, ensure};
use emulator::Profile;
use plugin_host::{Diagnostic, Failure};
use serde_json::{Value as Json, json};
use tfplugin::{Attribute, Value};

use crate::declared;
use crate::json;
use crate::kinds::agent_id;
use crate::kinds::{Kind, Row, Variant, per_kind, per_plane};
use crate::object::Object;
use crate::world::{World, at_a_time, for_each};

per_kind!(two_hundred_objects_are_created_concurrently);
per_plane!(
    texts_of_any_characters_are_kept,
    a_megabyte_of_text_is_kept,
    names_at_their_limits_are_accepted,
);

/// Unicode beyond the basic plane, directions, both line ends, quotes and control characters.
const ODD: &str = "\u{1f600} na\u{ef}ve \u{202e}right\u{202c} \u{4f60}\u{597d}\r\n\tline \"two\" \\ \u{7f}\n${x} %{if}\n\n";

/// A position for a text: an attribute, or a member of the objects in a list.
struct Place<'a> {
    variant: &'a Variant,
    row: &'a Row,
    member: Option<String>,
    attribute: Attribute,
    /// Whether line ends are ignored.
    is_prose: bool,
}

/// Returns the positions of a kind that accept any text unchanged.
fn places(kind: &Kind) -> Vec<Place<'_>> {
    let attributes = declared::attributes(kind);
    let sameness = declared::sameness(kind);
    let mut places = Vec::new();
    for variant in &kind.variants {
        for row in &variant.rows {
            for (path, attribute) in &attributes {
                let member = path.strip_prefix(&format!("{}[].", row.path));
                // Objects within objects of a list are not tested separately.
                let is_deep = member.is_some_and(|member| member.contains("[]"));
                if is_deep || path != row.path && member.is_none() {
                    continue;
                }
                // The path of a file stands for another text.
                if member.is_none() && (row.form)(&json!(ODD)).is_null() {
                    continue;
                }
                let same = |one: &str, other: &str| {
                    let same = sameness.get(path);
                    same.is_some_and(|same| same(&one.into(), &other.into()))
                };
                let is_enumeration = attribute
                    .validators()
                    .iter()
                    .any(|one| !crate::coverage::documented_values(one).is_empty());
                if attribute.ty() == tfplugin::Type::String
                    && !is_enumeration
                    && takes(attribute, ODD)
                    && !same("a", "A")
                {
                    places.push(Place {
                        variant,
                        row,
                        member: member.map(str::to_owned),
                        attribute: attribute.clone(),
                        is_prose: same("a\nb", "a\r\nb"),
                    });
                }
            }
        }
    }
    places
}

fn takes(attribute: &Attribute, text: &str) -> bool {
    let text = Value::from(fitting(attribute, text));
    let mut validators = attribute.validators().iter();
    validators.all(|one| one.check(&text).is_ok())
}

/// Returns a text without parts that cause a warning: Windows line ends in code.
fn fitting(attribute: &Attribute, text: &str) -> String {
    let value = Value::from(text);
    let mut validators = attribute.validators().iter();
    match validators.all(|one| one.check(&value).is_ok()) {
        true => text.to_owned(),
        false => text.replace("\r\n", "\n"),
    }
}

impl Place<'_> {
    /// Returns the row with a text as its value.
    fn with(&self, text: &str) -> Row {
        let value = match &self.member {
            None => json!(text),
            Some(member) => {
                let at = format!("/{}", member.replace('.', "/"));
                let items = self.row.values.iter().filter_map(Json::as_array).flatten();
                // An item sets one of several choices.
                let has_it = items.clone().find(|item| item.pointer(&at).is_some());
                let mut item = has_it.or(items.clone().next()).cloned().unwrap_or_default();
                json::set(&mut item, &at, json!(text));
                json!([item])
            }
        };
        Row {
            values: vec![value],
            ..self.row.clone()
        }
    }

    async fn takes_and_keeps(&self, object: &mut Object<'_>, text: &str) -> Result<()> {
        let row = self.with(&fitting(&self.attribute, text));
        let config = json::merged(&self.variant.minimal, &row.config(0));
        let kept = match object.apply(&config).await {
            Ok(_) => object.has(&row, 0),
            Err(error) => Err(error),
        };
        kept.map_err(|error| {
            // The complete texts would fill the screen.
            let message: String = format!("{error:#}").chars().take(500).collect();
            anyhow!("{} bytes: {message}", text.len())
        })
    }
}

/// Runs the work for each position of a kind, many at a time.
async fn each_place(
    kind: &Kind,
    plane: &'static str,
    work: impl AsyncFn(Object<'_>, Place<'_>) -> Result<()>,
) -> Result<()> {
    let world = &World::new().await?;
    let cases = places(kind).into_iter().enumerate().map(|(n, place)| {
        let member = place.member.as_deref().unwrap_or_default();
        let case = format!("{}, {} {member}", place.variant.name, place.row.path);
        (case, (format!("text-{n}"), place))
    });
    let work = &work;
    for_each(cases, |(name, place)| async move {
        let object = Object::new(world, kind, plane, &name).await?;
        work(object, place).await
    })
    .await
}

async fn texts_of_any_characters_are_kept(kind: &Kind, plane: &'static str) -> Result<()> {
    each_place(kind, plane, async |mut object, place| {
        let longer = ODD.repeat(3);
        let text = match takes(&place.attribute, &longer) {
            true => longer,
            false => ODD.to_owned(),
        };
        place.takes_and_keeps(&mut object, &text).await?;
        let text = text.replace("\r\n", "\n");
        place.takes_and_keeps(&mut object, &text).await
    })
    .await
}

async fn a_megabyte_of_text_is_kept(kind: &Kind, plane: &'static str) -> Result<()> {
    let text = ODD.repeat((1 << 20) / ODD.len() + 1);
    let places = places(kind).into_iter();
    let prose = places.filter(|place| place.is_prose && takes(&place.attribute, &text));
    // One of them is enough, because all are handled alike. Agents and connectors have none.
    let Some(place) = prose.max_by_key(|place| place.row.values[0].to_string().len()) else {
        return Ok(());
    };
    let world = World::new().await?;
    let mut object = Object::new(&world, kind, plane, "long").await?;
    place.takes_and_keeps(&mut object, &text).await
}

async fn names_at_their_limits_are_accepted(kind: &Kind, plane: &'static str) -> Result<()> {
    if !kind.storage.has_names() {
        return Ok(());
    }
    let world = &World::new().await?;
    let lengths = |lengths: Vec<usize>| lengths.into_iter().map(|n| "a".repeat(n));
    let mut names = Vec::new();
    for texts in [
        lengths((1..=300).collect()),
        lengths((1..=300).rev().collect()),
    ] {
        for name in texts {
            if is_valid(world, kind, plane, &name).await? {
                names.push(name);
                break;
            }
        }
    }
    for name in [
        "A1-b2-C3",
        "a.b_c~d",
        "n\u{fc}r \u{1f600} 100% a+b;c=d&e?#",
        "Any / name, \"even\" this",
    ] {
        if is_valid(world, kind, plane, name).await? {
            names.push(name.to_owned());
        }
    }
    ensure!(names.len() > 2, "there are only the names {names:?}");

    let cases = names.into_iter().map(|name| (name.clone(), name));
    for_each(cases, |name| async move {
        let mut object = Object::new(world, kind, plane, &name).await?;
        object.apply(kind.minimal()).await?;
        let mut imported = world.resource(kind.type_name)?;
        imported.import(object.id()?.as_str()).await?;
        object.destroy().await
    })
    .await
}

/// Returns whether the provider accepts a name.
async fn is_valid(world: &World, kind: &Kind, plane: &str, name: &str) -> Result<bool> {
    let config = json::merged(kind.minimal(), &kind.key(&agent_id("shop"), name, plane));
    match world.resource(kind.type_name)?.plan(config).await {
        Ok(_) => Ok(true),
        failed => {
            let failure = Failure::of(failed)?;
            let of_name = |one: &Diagnostic| {
                one.path
                    .as_ref()
                    .is_some_and(|path| path.to_string() == "name")
            };
            ensure!(failure.errors().all(of_name), "{failure}");
            Ok(false)
        }
    }
}

async fn two_hundred_objects_are_created_concurrently(kind: &Kind) -> Result<()> {
    // Of other kinds, an agent has exactly one, or the service decides how many.
    if !kind.storage.has_names() {
        return Ok(());
    }
    // Every read of a document goes through all pages.
    let profile = Profile {
        memory_page_size: 100,
        ..Profile::acceptance()
    };
    let world = &World::with(profile).await?;
    let names = || (0..200).map(|n| format!("many-{n}"));
    let plane = kind.planes[0];
    let cases = names().map(|name| (name.clone(), name));
    at_a_time(200, cases, |name| async move {
        let mut object = Object::new(world, kind, plane, &name).await?;
        object.apply(kind.minimal()).await?;
        Ok(())
    })
    .await?;
    // Some kinds need or create others of their kind.
    let made = kind
        .all_records(world)?
        .into_iter()
        .map(|record| record.name);
    let made: Vec<String> = made.filter(|name| name.starts_with("many-")).collect();
    ensure!(made.len() == 200, "there are {} objects", made.len());
    let made: BTreeSet<String> = made.into_iter().collect();
    ensure!(made == names().collect(), "there are {made:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn change_of_line_ends_in_code_is_sent() -> Result<()> {
    let world = World::with(Profile::default()).await?;
    let kind = crate::kinds::named("tool");
    let python = kind.variants.iter().find(|variant| {
        let mut rows = variant.rows.iter();
        rows.any(|row| row.at == "/functionCode")
    });
    let python = python.ok_or_else(|| anyhow!("no tool has code"))?;
    let code = python.rows.iter().find(|row| row.at == "/functionCode");
    let code = code.ok_or_else(|| anyhow!("no attribute is code"))?;
    let mut object = Object::new(&world, &kind, "data_plane", "line-ends").await?;
    let of = |text: &str| {
        let code = json::at(code.path, '.', json!(text));
        json::merged(&json::merged(&python.minimal, &code), &object.key)
    };
    let (windows, unix) = (
        of("def main():\r\n    return 1\r\n"),
        of("def main():\n    return 1\n"),
    );
    let applied = object.resource.apply(windows).await?;
    let warned = applied.diagnostics.iter();
    ensure!(
        warned.clone().any(|one| one.detail.contains("CRLF")),
        "no word of line ends"
    );
    object.resource.apply(unix.clone()).await?;
    let stored = object.document()?["functionCode"].to_string();
    ensure!(!stored.contains("\\r"), "{stored}");
    object.nothing_to_do(&unix).await?;
    object.destroy().await
}
