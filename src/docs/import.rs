//! How to import an object.

use azure::id::{AgentId, ChildId};

use super::Error;
use super::examples::ImportCommand;
use super::page::{Page, listed, listed_or};
use super::resource::on_data_plane_by_default;
use crate::kind::{Key, Kind, Plane, SINGLETON};

/// Adds the section.
pub(super) fn section(page: &mut Page, kind: &Kind, command: &ImportCommand) -> Result<(), Error> {
    let object = Object::new(kind, command)?;
    page.heading("Import")
        .paragraph("By the id, with an `import` block (Terraform 1.5, OpenTofu 1.6, and later):")
        .code(
            "terraform",
            &format!(
                "import {{\n  to = {}\n  id = \"{}\"\n}}",
                command.address, command.id
            ),
        )
        .paragraph("By the identity (Terraform 1.12 and later):")
        .code("terraform", &object.identity_block(&command.address))
        .paragraph("By the id, on the command line:")
        .code("shell", &command.command);
    match kind.key() {
        Key::ServerId => {
            page.paragraph(
                "The last part of the id is the one that the service gave to the object: `object_id` \
                 of the data source of the same name.",
            );
        }
        Key::Singleton => {
            page.paragraph(&format!(
                "Every agent has one of these, so that the last part of the id is always \
                 `{SINGLETON}`."
            ));
        }
        Key::Agent | Key::Name => {}
    }
    if let Some(place) = kind.place(Plane::DataPlane) {
        let what = match kind.is_dual() {
            true => ", and then the object is looked for there whatever the provider's `plane` is",
            false => "",
        };
        page.paragraph(&format!(
            "The id may also name the path on the data plane{what}:"
        ))
        .code("text", &object.on_data_plane(place.collection));
        let there = on_data_plane_by_default(kind);
        if !there.is_empty() {
            page.paragraph(&format!(
                "This is the way to import what is there by default: an object with {}.",
                listed_or(&there)
            ));
        }
    }
    if !kind.aliases.is_empty() {
        page.paragraph(&format!(
            "In place of `{}`, {} is understood as well.",
            kind.segment,
            listed(kind.aliases)
        ));
    }
    Ok(())
}

/// The object that an example imports.
struct Object {
    agent: AgentId,
    /// The attribute that tells it from others of its agent, and its value; without a name for an
    /// object of which an agent has one.
    key: Option<(&'static str, String)>,
}

impl Object {
    fn new(kind: &Kind, command: &ImportCommand) -> Result<Self, Error> {
        let unusable = |problem: String| Error::Example {
            path: command.path.clone(),
            problem,
        };
        let key = match kind.key() {
            Key::Agent => {
                let agent = AgentId::parse(&command.id);
                let agent = agent.map_err(|error| unusable(error.to_string()))?;
                return Ok(Self { agent, key: None });
            }
            Key::Name => "name",
            Key::ServerId => "object_id",
            Key::Singleton => "",
        };
        let child = ChildId::parse(&command.id).map_err(|error| unusable(error.to_string()))?;
        if child.segment() != kind.segment {
            return Err(unusable(format!(
                "the id must have the segment `{}`, and has `{}`",
                kind.segment,
                child.segment()
            )));
        }
        if key.is_empty() && child.name() != SINGLETON {
            return Err(unusable(format!("the id must end with `{SINGLETON}`")));
        }
        Ok(Self {
            agent: child.agent().clone(),
            key: Some((key, child.name().to_owned())),
        })
    }

    fn identity_block(&self, address: &str) -> String {
        let agent = &self.agent;
        let members = match &self.key {
            None => vec![
                ("name", agent.name().to_owned()),
                (
                    "resource_group_name",
                    agent.resource_group_name().to_owned(),
                ),
                ("subscription_id", agent.subscription_id().to_owned()),
            ],
            Some(("", _)) => vec![("agent_id", agent.to_string())],
            Some((key, value)) => vec![("agent_id", agent.to_string()), (*key, value.clone())],
        };
        let width = members.iter().map(|(name, _)| name.len()).max();
        let width = width.unwrap_or_default();
        let members: String = members
            .iter()
            .map(|(name, value)| format!("    {name:width$} = \"{value}\"\n"))
            .collect();
        format!("import {{\n  to = {address}\n  identity = {{\n{members}  }}\n}}")
    }

    fn on_data_plane(&self, collection: &str) -> String {
        match &self.key {
            Some((name, value)) if !name.is_empty() => {
                format!("{}{collection}/{value}", self.agent)
            }
            _ => format!("{}{collection}", self.agent),
        }
    }
}
