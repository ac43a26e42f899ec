//! The page of a data source that lists the objects of a kind.

use tfplugin::Schema;

use crate::attributes::reference;
use crate::page::{Page, file, listed};
use crate::{Error, data_source, resource};
use azuresre::kind::Kind;

/// Returns the page. Fails if the data source is in no group.
pub(crate) fn page(kind: &Kind, schema: &Schema, example: &str) -> Result<String, Error> {
    let name = kind.list_name();
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
    if kind.is_dual() {
        page.paragraph(
            "The data source lists the objects on one plane. See `plane` and \
             [Planes](../index.md#planes).",
        );
    } else {
        page.paragraph(resource::planes(kind));
    }
    if resource::is_refused_by_tenants(kind) {
        page.paragraph(resource::REFUSED_BY_TENANTS)
            .paragraph("In such a tenant, the list on ARM is empty.");
    }
    let elsewhere = resource::on_data_plane_by_default(kind);
    if !elsewhere.is_empty() {
        page.paragraph(&format!(
            "Resources with {} are on the data plane by default. To list them, set `plane` to \
             `data_plane`.",
            listed(&elsewhere)
        ));
    }
    for paragraph in data_source::unread(kind) {
        page.paragraph(&paragraph);
    }
    if let Some(companion) = &kind.companion {
        let single = kind.type_name();
        page.paragraph(&format!(
            "The list does not contain `{}`. Use [`{single}`]({}) to read it on the data plane.",
            companion.attribute,
            file(&single)
        ));
    }
    page.heading("Schema")
        .paragraph(&reference(&schema.attributes, &[]));
    Ok(page.finish())
}
