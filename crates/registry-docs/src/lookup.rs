//! The page of a lookup.

use crate::attributes::reference;
use crate::page::Page;
use azuresre::data_sources::Lookup;
use azuresre::kind::Plane;

/// The page.
pub(crate) fn page(lookup: &Lookup, example: &str) -> String {
    let name = lookup.type_name();
    let schema = lookup.schema();
    let mut page = Page::new(
        &format!("{name} (Data Source)"),
        &format!("{name} Data Source - azuresre"),
        &schema.description,
    );
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes");
    let is_on = |plane| lookup.parts.iter().any(|part| part.plane == plane);
    if is_on(Plane::Arm) {
        page.paragraph("Read from ARM.");
    }
    if is_on(Plane::DataPlane) {
        page.paragraph(
            "Read from the data plane of the agent, which does not answer while the agent is stopped.",
        );
    }
    page.heading("Schema")
        .paragraph(&reference(&schema.attributes, &[]));
    page.finish()
}
