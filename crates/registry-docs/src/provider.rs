//! The page of the provider.

use std::sync::Arc;

use crate::attributes::type_name;
use crate::page::{Page, fenced, file};
use crate::{action, ephemeral, function};
use azuresre::SreProvider;
use azuresre::data_sources::Lookup;
use azuresre::functions::{Texts, functions};
use azuresre::kind::{Kind, Plane};
use azuresre::provider::arguments::{self, ARGUMENTS, Form};
use tfplugin::Provider as _;

/// The handwritten text, with marks for the generated parts.
const TEXT: &str = include_str!("provider.md");

/// Returns the page. Fails if an example is missing.
pub(crate) fn page(
    kinds: &[Arc<Kind>],
    lookups: &[Lookup],
    provider: &SreProvider,
    example: &str,
) -> String {
    let schema = arguments::schema();
    let text = TEXT
        .replace("{{example}}", &fenced("terraform", example))
        .replace("{{kinds}}", table_of_kinds(kinds).trim_end())
        .replace("{{lookups}}", table_of_lookups(lookups).trim_end())
        .replace("{{others}}", table_of_others(provider).trim_end())
        .replace("{{arguments}}", table_of_arguments(&schema).trim_end());
    let mut page = Page::index("azuresre Provider", &schema.description);
    page.paragraph(&schema.description).paragraph(&text);
    page.finish()
}

fn table_of_kinds(kinds: &[Arc<Kind>]) -> String {
    let rows = kinds.iter().map(|kind| {
        let planes = kind.places.iter().map(|place| match place.plane {
            Plane::Arm => "ARM",
            Plane::DataPlane => "data plane",
        });
        let page = file(&kind.type_name());
        let list = match kind.is_listed() {
            true => format!(", [list](data-sources/{})", file(&kind.list_name())),
            false => String::new(),
        };
        format!(
            "| `{}` | [resource](resources/{page}), [data source](data-sources/{page}){list}, \
             [query](list-resources/{page}) | {} |\n",
            kind.type_name(),
            planes.collect::<Vec<_>>().join(", "),
        )
    });
    format!(
        "| Type | Pages | Planes |\n|---|---|---|\n{}",
        rows.collect::<String>()
    )
}

fn table_of_lookups(lookups: &[Lookup]) -> String {
    let rows = lookups.iter().map(|lookup| {
        let name = lookup.type_name();
        let page = file(&name);
        // The rest of the description is for readers of the page itself.
        let about = lookup
            .about
            .split_inclusive(". ")
            .next()
            .unwrap_or_default();
        format!(
            "| [`{name}`](data-sources/{page}) | {} |\n",
            about.trim_end()
        )
    });
    format!(
        "| Data source | Description |\n|---|---|\n{}",
        rows.collect::<String>()
    )
}

/// Returns the table of everything that needs newer hosts.
fn table_of_others(provider: &SreProvider) -> String {
    let function = |texts: &Texts| {
        let page = file(texts.name);
        format!(
            "| [`{}`](functions/{page}) | function: {} | {} |\n",
            texts.name,
            lower(texts.summary),
            function::SINCE
        )
    };
    let functions = functions().iter().map(function);
    let ephemeral = provider.ephemeral_resources().into_iter().map(|resource| {
        let name = resource.name();
        let about = resource.schema().description;
        format!(
            "| [`{name}`](ephemeral-resources/{}) | ephemeral resource: {} | {} |\n",
            file(name),
            lower(
                about
                    .split_once(". ")
                    .map_or(about.as_str(), |(first, _)| first)
            ),
            ephemeral::SINCE
        )
    });
    let actions = provider.actions().into_iter().map(|one| {
        let name = one.name();
        let about = one.schema().description;
        format!(
            "| [`{name}`](actions/{}) | action: {} | {} |\n",
            file(name),
            lower(
                about
                    .split_once([':', '.', ','])
                    .map_or(about.as_str(), |(first, _)| first)
            ),
            action::SINCE
        )
    });
    format!(
        "| Name | Description | Requires |\n|---|---|---|\n{}",
        functions
            .chain(ephemeral)
            .chain(actions)
            .collect::<String>()
    )
}

/// Turns the beginning of a sentence into the middle of one.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

fn table_of_arguments(schema: &tfplugin::Schema) -> String {
    let rows = ARGUMENTS.iter().map(|argument| {
        let ty = schema.attributes.get(argument.name).map(type_name);
        let sensitive = match argument.form {
            Form::Secret => ", sensitive",
            Form::Text | Form::Bool | Form::List => "",
        };
        let variables: Vec<_> = argument
            .variables
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        format!(
            "| `{}` | {}{sensitive} | {} | {} |\n",
            argument.name,
            ty.unwrap_or_default(),
            variables.join(", "),
            argument.about,
        )
    });
    format!(
        "| Argument | Type | Environment variables | Description |\n|---|---|---|---|\n{}",
        rows.collect::<String>()
    )
}
