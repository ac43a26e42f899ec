//! The shared parts of an export: references, files and variables.

use std::collections::BTreeMap;

use super::hcl::{Block, Expr, Line};
use super::names::{Names, file_name};
use super::references::References;

/// The parts that all resources of an export share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The references between objects.
    pub(super) references: References,
    /// The files by path, separated by slashes.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// The variables, in order.
    pub(super) variables: Vec<Variable>,
    variable_names: Names,
    folders: BTreeMap<String, Names>,
}

/// A variable for a value that is not in the configuration.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// The name of the variable.
    pub(super) name: String,
    /// The type of the variable.
    pub(super) ty: &'static str,
    /// The description, in one line.
    pub(super) about: String,
    /// Whether hosts redact the value.
    pub(super) is_sensitive: bool,
    /// Whether hosts never store the value.
    pub(super) is_ephemeral: bool,
    /// Whether the variable is required.
    pub(super) is_required: bool,
}

impl Shared {
    /// Adds a file with a unique name to a folder, and returns the call that reads it.
    pub(super) fn file(&mut self, folder: &str, name: &str, content: Vec<u8>, call: &str) -> Expr {
        let names = self.folders.entry(folder.to_owned()).or_default();
        let name = names.take(&file_name(name, "text"));
        let path = format!("{folder}/{name}");
        // Neither contains characters that must be escaped.
        let expression = format!("{call}(\"${{path.module}}/{path}\")");
        self.files.insert(path, content);
        Expr::Code(expression)
    }

    /// Adds a variable with a unique name, and returns the reference to it.
    pub(super) fn variable(&mut self, variable: Variable) -> String {
        let name = self.variable_names.take(&variable.name);
        let reference = format!("var.{name}");
        self.variables.push(Variable { name, ..variable });
        reference
    }
}

impl Variable {
    /// Returns the block that declares the variable.
    pub(super) fn block(&self) -> Block {
        let mut lines = vec![
            Line::set("description", Expr::Text(self.about.clone())),
            Line::set("type", Expr::Code(self.ty.to_owned())),
        ];
        for (name, is_set) in [
            ("sensitive", self.is_sensitive),
            ("ephemeral", self.is_ephemeral),
        ] {
            if is_set {
                lines.push(Line::set(name, Expr::Bool(true)));
            }
        }
        if !self.is_required {
            lines.push(Line::set("default", Expr::Null));
        }
        Block::new("variable", &[&self.name], lines)
    }
}
