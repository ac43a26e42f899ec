//! The examples on the pages.
//!
//! A page shows its complete example. `terraform.tf`, which every configuration needs, is in the
//! same folder and is not shown.

use std::path::{Path, PathBuf};

use crate::{Error, failed};

/// The folder `examples`.
pub(crate) struct Examples {
    folder: PathBuf,
}

/// The examples of a resource.
pub(crate) struct ResourceExample {
    /// A configuration.
    pub(crate) configuration: String,
    /// The command that imports an object of it.
    pub(crate) import: ImportCommand,
}

/// `terraform import ADDRESS 'ID'`
pub(crate) struct ImportCommand {
    /// The file that contains it, for messages.
    pub(crate) path: PathBuf,
    /// The complete command.
    pub(crate) command: String,
    /// The address of the resource.
    pub(crate) address: String,
    /// The id of the object.
    pub(crate) id: String,
}

impl Examples {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            folder: root.join("examples"),
        }
    }

    pub(crate) fn provider(&self) -> Result<String, Error> {
        read(&self.folder.join("provider/provider.tf"))
    }

    pub(crate) fn resource(&self, type_name: &str) -> Result<ResourceExample, Error> {
        let folder = self.folder.join("resources").join(type_name);
        let import = folder.join("import.sh");
        let command = read(&import)?;
        Ok(ResourceExample {
            configuration: read(&folder.join("resource.tf"))?,
            import: ImportCommand::parse(import, &command)?,
        })
    }

    pub(crate) fn data_source(&self, type_name: &str) -> Result<String, Error> {
        let folder = self.folder.join("data-sources").join(type_name);
        read(&folder.join("data-source.tf"))
    }

    pub(crate) fn function(&self, name: &str) -> Result<String, Error> {
        read(&self.folder.join("functions").join(name).join("function.tf"))
    }

    pub(crate) fn action(&self, type_name: &str) -> Result<String, Error> {
        let folder = self.folder.join("actions").join(type_name);
        read(&folder.join("action.tf"))
    }

    pub(crate) fn list_resource(&self, type_name: &str) -> Result<String, Error> {
        let folder = self.folder.join("list-resources").join(type_name);
        read(&folder.join("list-resource.tfquery.hcl"))
    }

    pub(crate) fn ephemeral_resource(&self, type_name: &str) -> Result<String, Error> {
        let folder = self.folder.join("ephemeral-resources").join(type_name);
        read(&folder.join("ephemeral-resource.tf"))
    }
}

impl ImportCommand {
    fn parse(path: PathBuf, text: &str) -> Result<Self, Error> {
        let command = text.trim();
        let parts: Vec<_> = command.split_whitespace().collect();
        match parts.as_slice() {
            ["terraform", "import", address, id] => Ok(Self {
                address: (*address).to_owned(),
                id: id.trim_matches('\'').to_owned(),
                command: command.to_owned(),
                path,
            }),
            _ => Err(Error::Example {
                path,
                problem: "it must be one command, `terraform import ADDRESS 'ID'`".to_owned(),
            }),
        }
    }
}

fn read(path: &Path) -> Result<String, Error> {
    let text = std::fs::read_to_string(path).map_err(failed("read", path.to_owned()))?;
    Ok(text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_command_has_an_address_and_an_id() {
        let parse = |text| ImportCommand::parse(PathBuf::from("import.sh"), text);
        let command = parse("terraform import a.b '/subscriptions/s'\n").unwrap();
        assert_eq!(
            (command.address.as_str(), command.id.as_str()),
            ("a.b", "/subscriptions/s")
        );
        assert!(parse("terraform import a.b").is_err());
    }
}
