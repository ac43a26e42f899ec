//! The page of an ephemeral resource.

use tfplugin::EphemeralResource;

use crate::Error;
use crate::attributes::reference;
use crate::page::Page;

/// The hosts that support ephemeral resources.
pub(crate) const SINCE: &str = "Terraform 1.10 or OpenTofu 1.11";

/// Returns the page. Fails if the resource is in no group.
pub(crate) fn page(resource: &dyn EphemeralResource, example: &str) -> Result<String, Error> {
    let name = resource.name();
    let schema = resource.schema();
    let mut page = Page::new(
        name,
        &format!("{name} (Ephemeral Resource)"),
        &format!("{name} Ephemeral Resource - azuresre"),
        &schema.description,
    )?;
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes")
        .paragraph(&format!(
            "Requires {SINCE}, or later. You can use the value only where Terraform does not store \
             it: in provider blocks, write-only arguments, provisioners, and other ephemeral \
             resources."
        ))
        .paragraph("Terraform gets a new value for the plan and for the apply.")
        .paragraph(
            "`terraform test` does not support mocked providers in configurations with ephemeral \
             resources. `tofu test` does.",
        )
        .heading("Schema")
        .paragraph(&reference(&schema.attributes, &[]));
    Ok(page.finish())
}
