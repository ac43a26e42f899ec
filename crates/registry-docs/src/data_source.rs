//! The page of a data source that reads one object.

use crate::attributes::reference;
use crate::page::{Page, agreeing, listed, listed_or};
use crate::{Error, readback, resource};
use azuresre::kind::{Kind, Place};

/// Returns the page. Fails if the kind is in no group.
pub(crate) fn page(kind: &Kind, example: &str) -> Result<String, Error> {
    let name = kind.type_name();
    let schema = kind.data_source_schema();
    let mut page = Page::new(
        &name,
        &format!("{name} (Data Source)"),
        &format!("{name} Data Source - azuresre"),
        &schema.description,
    )?;
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes")
        .paragraph(resource::planes(kind));
    if resource::is_refused_by_tenants(kind) {
        page.paragraph(resource::REFUSED_BY_TENANTS);
    }
    let elsewhere = resource::on_data_plane_by_default(kind);
    if !elsewhere.is_empty() {
        page.paragraph(&format!(
            "A resource with {} is on the data plane by default. To read it, set `plane` to \
             `data_plane`.",
            listed_or(&elsewhere)
        ));
    }
    for paragraph in unread(kind) {
        page.paragraph(&paragraph);
    }
    if let Some(companion) = kind.companion.as_ref().filter(|_| kind.is_dual()) {
        page.paragraph(&format!(
            "On ARM, the provider does not read `{}`, and the value is null.",
            companion.attribute
        ));
    }
    page.heading("Schema")
        .paragraph(&reference(&schema.attributes, &[]));
    Ok(page.finish())
}

/// Describes what is not read although it may exist.
pub(crate) fn unread(kind: &Kind) -> Vec<String> {
    let mut paragraphs = Vec::new();
    if !readback::secrets(kind).is_empty() {
        paragraphs.push("The data source does not return secrets.".to_owned());
    }
    let places = kind.places.iter();
    paragraphs.extend(places.filter_map(|place| masked(kind, place)));
    let partial = readback::partial(kind);
    if !partial.is_empty() {
        paragraphs.push(format!(
            "The value of {} is null, because properties may be secret and only a resource defines \
             which ones to read.",
            listed(&partial),
        ));
    }
    let droppable = readback::droppable(kind);
    if !droppable.is_empty() {
        paragraphs.push(format!(
            "Some builds of the service do not store {}. With such a build, {} null or the default \
             of the service.",
            listed(&droppable),
            agreeing(&droppable, "the value is", "the values are"),
        ));
    }
    paragraphs
}

/// Describes what a plane does not return.
fn masked(kind: &Kind, place: &Place) -> Option<String> {
    let plane = capitalized(&place.plane.to_string());
    let untold = readback::untold(kind, place);
    if !untold.is_empty() {
        return Some(format!(
            "{plane} does not return which of {} is set, so they are null.",
            listed(&untold)
        ));
    }
    let paths = readback::masked(kind, place);
    (!paths.is_empty()).then(|| {
        format!(
            "{plane} does not return {}. These attributes are null there.",
            listed(&paths)
        )
    })
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
