//! The page of an ephemeral resource.

use tfplugin::EphemeralResource;

use crate::attributes::reference;
use crate::page::Page;

/// From which versions hosts know ephemeral resources.
pub(crate) const SINCE: &str = "Terraform 1.10 or OpenTofu 1.11";

/// The page.
pub(crate) fn page(resource: &dyn EphemeralResource, example: &str) -> String {
    let name = resource.name();
    let schema = resource.schema();
    let mut page = Page::new(
        &format!("{name} (Ephemeral Resource)"),
        &format!("{name} Ephemeral Resource - azuresre"),
        &schema.description,
    );
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes")
        .paragraph(&format!(
            "Needs {SINCE}, or later. The value can go where nothing is stored: into provider blocks, \
             write-only arguments, provisioners, and other ephemeral resources."
        ))
        .paragraph("It is made anew for the plan and for the apply.")
        .paragraph(
            "`terraform test` takes no mocked provider for configurations with ephemeral resources; \
             `tofu test` does.",
        )
        .heading("Schema")
        .paragraph(&reference(&schema.attributes, &[]));
    page.finish()
}
