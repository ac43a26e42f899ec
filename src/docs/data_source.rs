//! The page of a data source.

use super::attributes::reference;
use super::page::{Page, listed};
use super::{readback, resource};
use crate::kind::Kind;

/// The page.
pub(super) fn page(kind: &Kind, example: &str) -> String {
    let name = kind.type_name();
    let schema = kind.data_source_schema();
    let mut page = Page::new(
        &format!("{name} (Data Source)"),
        &format!("{name} Data Source - azuresre"),
        &schema.description,
    );
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes")
        .paragraph(&resource::planes(kind));
    if !readback::secrets(kind).is_empty() {
        page.paragraph("Secrets are not among the attributes.");
    }
    for place in &kind.places {
        let masked = readback::masked(kind, place);
        if !masked.is_empty() {
            page.paragraph(&format!(
                "{} does not show {}: what is in them is null there.",
                capitalized(&place.plane.to_string()),
                listed(&masked)
            ));
        }
    }
    page.heading("Schema")
        .paragraph(&reference(&schema.attributes, &[]));
    page.finish()
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
