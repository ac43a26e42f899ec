//! The page of a list resource.

use tfplugin::ListResource;

use crate::Error;
use crate::attributes::reference;
use crate::page::{Page, file};
use azuresre::kind::{Key, Kind};

/// The hosts that support list resources. OpenTofu does not.
pub(crate) const SINCE: &str = "Terraform 1.14";

/// Returns the page. Fails if the list resource is in no group.
pub(crate) fn page(kind: &Kind, list: &dyn ListResource, example: &str) -> Result<String, Error> {
    let name = list.name();
    let schema = list.schema();
    let mut page = Page::new(
        name,
        &format!("{name} (List Resource)"),
        &format!("{name} List Resource - azuresre"),
        &schema.description,
    )?;
    page.paragraph(&schema.description)
        .heading("Example Usage")
        .code("terraform", example)
        .heading("Notes")
        .paragraph(&format!(
            "Requires {SINCE} or later. `terraform query` reads list blocks from `.tfquery.hcl` \
             files. OpenTofu does not have this command. Use the option `-generate-config-out` to \
             generate `import` blocks and configuration for the objects. The page of [the \
             resource](../resources/{}) lists the arguments that the provider cannot read back.",
            file(name)
        ))
        .paragraph(
            "Terraform shows up to 100 objects of a list, unless you set `limit`. If there are \
             more objects, the provider shows a warning. The output does not contain sensitive \
             attributes.",
        );
    if kind.is_dual() {
        page.paragraph(
            "The provider lists both planes, unless you set `plane`. It lists an object that is on \
             both planes once, from the plane from which an import would read it.",
        );
    }
    if kind.key() == Key::Singleton {
        page.paragraph("An agent has at most one of these objects.");
    }
    page.heading("Schema")
        .paragraph("The `config` block supports the following arguments.")
        .paragraph(&reference(&schema.attributes, &[]));
    Ok(page.finish())
}
