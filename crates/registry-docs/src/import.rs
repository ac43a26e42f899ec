//! The section about importing an object.

use crate::Error;
use crate::examples::ImportCommand;
use crate::page::{Page, listed_or};
use crate::resource::on_data_plane_by_default;
use azuresre::kind::{Address, Key, Kind, Plane, SINGLETON};

/// Adds the section.
pub(crate) fn section(page: &mut Page, kind: &Kind, command: &ImportCommand) -> Result<(), Error> {
    let object = Object::new(kind, command)?;
    page.heading("Import")
        .paragraph("Use an `import` block with the ID (Terraform 1.5, OpenTofu 1.6, and later):")
        .code(
            "terraform",
            &format!(
                "import {{\n  to = {}\n  id = \"{}\"\n}}",
                command.address, command.id
            ),
        )
        .paragraph("Use an `import` block with the identity (Terraform 1.12 and later):")
        .code("terraform", &object.identity_block(&command.address))
        .paragraph("Use the `terraform import` command with the ID:")
        .code("shell", &command.command);
    match kind.key() {
        Key::ServerId => {
            page.paragraph(
                "The last part of the ID is the ID that the service assigned to the object. The \
                 data source of the same name returns it as `object_id`. You can also use the name \
                 of the object if no other object has the same name.",
            );
        }
        Key::Singleton => {
            page.paragraph(&format!(
                "An agent has only one of these objects. The last part of the ID is always \
                 `{SINGLETON}`."
            ));
        }
        Key::Agent | Key::Name => {}
    }
    if let Some(place) = kind.place(Plane::DataPlane) {
        let what = match kind.is_dual() {
            true => {
                " The provider then imports the object from the data plane, regardless of its \
                 `plane`."
            }
            false => "",
        };
        page.paragraph(&format!(
            "You can also use the path on the data plane as the ID.{what} For example:"
        ))
        .code("text", &object.on_data_plane(place.collection));
        let there = on_data_plane_by_default(kind);
        if !there.is_empty() {
            page.paragraph(&format!(
                "Use this form to import an object that is on the data plane by default, which is \
                 an object with {}.",
                listed_or(&there)
            ));
        }
    }
    if kind.place(Plane::Arm).is_some() {
        let name = kind.type_name();
        let segment = match kind.key() {
            Key::Agent => String::new(),
            _ => format!("/{}", kind.segment),
        };
        page.paragraph(&format!(
            "Use a `moved` block to convert an `azapi_resource` of the type \
             `Microsoft.App/agents{segment}` to `{name}` (Terraform 1.8, OpenTofu 1.11, and \
             later):"
        ))
        .code(
            "hcl",
            &format!(
                "moved {{\n  from = azapi_resource.example\n  to   = {}\n}}",
                command.address
            ),
        );
    }
    if !kind.aliases.is_empty() {
        page.paragraph(&format!(
            "In the ID, you can also write {} in place of `{}`.",
            listed_or(kind.aliases),
            kind.segment
        ));
    }
    Ok(())
}

/// The object that an example imports.
struct Object {
    address: Address,
    key: Key,
}

impl Object {
    fn new(kind: &Kind, command: &ImportCommand) -> Result<Self, Error> {
        let unusable = |problem: String| Error::Example {
            path: command.path.clone(),
            problem,
        };
        let address = kind
            .parse_id(&command.id)
            .map_err(|problem| unusable(problem.to_string()))?;
        if address.id(kind) != command.id {
            return Err(unusable(format!("the id must be `{}`", address.id(kind))));
        }
        Ok(Self {
            address,
            key: kind.key(),
        })
    }

    fn identity_block(&self, address: &str) -> String {
        let members: Vec<_> = self.address.values(self.key).collect();
        let width = members.iter().map(|(name, _)| name.len()).max();
        let width = width.unwrap_or_default();
        let members: String = members
            .iter()
            .map(|(name, value)| format!("    {name:width$} = \"{value}\"\n"))
            .collect();
        format!("import {{\n  to = {address}\n  identity = {{\n{members}  }}\n}}")
    }

    fn on_data_plane(&self, collection: &str) -> String {
        let Address { agent, key } = &self.address;
        match self.key.within_agent() {
            Some(_) => format!("{agent}{collection}/{key}"),
            None => format!("{agent}{collection}"),
        }
    }
}
