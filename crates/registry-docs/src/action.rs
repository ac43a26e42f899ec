//! The page of an action.

use tfplugin::Action;

use crate::Error;
use crate::attributes::reference;
use crate::page::Page;

/// The hosts that support actions. OpenTofu does not.
pub(crate) const SINCE: &str = "Terraform 1.14";

/// Returns the page. Fails if the action is in no group.
pub(crate) fn page(action: &dyn Action, example: &str) -> Result<String, Error> {
    let name = action.name();
    let schema = action.schema();
    let mut page = Page::new(
        name,
        &format!("{name} (Action)"),
        &format!("{name} Action - azuresre"),
        &schema.description,
    )?;
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes")
        .paragraph(&format!(
            "Requires {SINCE} or later. OpenTofu does not support actions. Terraform runs an \
             action when a resource that lists it in an `action_trigger` changes, or when you run \
             `terraform apply -invoke=ADDRESS`."
        ))
        .paragraph(
            "If an action fails, the next apply does not run it again, because the resource that \
             triggered it no longer has a change. Run the action with `-invoke` instead.",
        )
        .heading("Schema")
        .paragraph("The `config` block supports the following arguments.")
        .paragraph(&reference(&schema.attributes, &[]));
    Ok(page.finish())
}
