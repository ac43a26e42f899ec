//! The page of a lookup.

use crate::Error;
use crate::attributes::reference;
use crate::page::Page;
use azuresre::data_sources::Lookup;
use azuresre::kind::Plane;

/// Returns the page. Fails if the lookup is in no group.
pub(crate) fn page(lookup: &Lookup, example: &str) -> Result<String, Error> {
    let name = lookup.type_name();
    let schema = lookup.schema();
    let mut page = Page::new(
        &name,
        &format!("{name} (Data Source)"),
        &format!("{name} Data Source - azuresre"),
        &schema.description,
    )?;
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes");
    let is_on = |plane| lookup.parts.iter().any(|part| part.plane == plane);
    if is_on(Plane::Arm) {
        page.paragraph("The provider reads this data source from ARM.");
    }
    if is_on(Plane::DataPlane) {
        page.paragraph(
            "The provider reads this data source from the data plane of the agent. The data plane \
             does not answer while the agent is stopped.",
        );
    }
    page.heading("Schema")
        .paragraph(&reference(&schema.attributes, &[]));
    Ok(page.finish())
}
