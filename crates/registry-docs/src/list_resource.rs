//! The page of a list resource.

use tfplugin::ListResource;

use crate::attributes::reference;
use crate::page::{Page, file};
use azuresre::kind::{Key, Kind};

/// From which version hosts list; OpenTofu does not.
pub(crate) const SINCE: &str = "Terraform 1.14";

/// The page.
pub(crate) fn page(kind: &Kind, list: &dyn ListResource, example: &str) -> String {
    let name = list.name();
    let schema = list.schema();
    let mut page = Page::new(
        &format!("{name} (List Resource)"),
        &format!("{name} List Resource - azuresre"),
        &schema.description,
    );
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes")
        .paragraph(&format!(
            "Needs {SINCE} or later, where `terraform query` reads files `NAME.tfquery.hcl`; OpenTofu has no \
             such command. With `-generate-config-out` it writes `import` blocks and configuration of what it \
             has found; see [the resource](../resources/{}) for what is not read back.",
            file(name)
        ))
        .paragraph(
            "Terraform shows a hundred objects of a list unless `limit` is set; a warning tells when there are \
             more. Sensitive attributes are left out of what is shown.",
        );
    if kind.is_dual() {
        page.paragraph(
            "Both planes are listed, unless `plane` is set. An object that is on both is listed once, as an \
             import finds it.",
        );
    }
    if kind.key() == Key::Singleton {
        page.paragraph("Every agent has one, so that the list has one object or none.");
    }
    page.heading("Schema")
        .paragraph("In the `config` block:")
        .paragraph(&reference(&schema.attributes, &[]));
    page.finish()
}
