//! The page of an action.

use tfplugin::Action;

use crate::attributes::reference;
use crate::page::Page;

/// From which version hosts know actions; OpenTofu does not.
pub(crate) const SINCE: &str = "Terraform 1.14";

/// The page.
pub(crate) fn page(action: &dyn Action, example: &str) -> String {
    let name = action.name();
    let schema = action.schema();
    let mut page = Page::new(
        &format!("{name} (Action)"),
        &format!("{name} Action - azuresre"),
        &schema.description,
    );
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes")
        .paragraph(&format!(
            "Needs {SINCE} or later; OpenTofu has no actions. An action is done when a resource changes that \
             names it in an `action_trigger`, or by `terraform apply -invoke=ADDRESS`."
        ))
        .paragraph(
            "An action that fails is not done again by the next apply, since the resource that has set it off \
             has no change any more: invoke it by hand.",
        )
        .heading("Schema")
        .paragraph("In the `config` block:")
        .paragraph(&reference(&schema.attributes, &[]));
    page.finish()
}
