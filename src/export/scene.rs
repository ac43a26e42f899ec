//! What is written beside each other: resources, files of text and variables.

use std::collections::BTreeMap;

use super::hcl::{Block, Expr, Line};
use super::names::{Names, file_name};
use super::references::References;

/// Everything that the resources of an export share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Who refers to whom.
    pub(super) references: References,
    /// Files of text, by their path with slashes.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Variables, in order.
    pub(super) variables: Vec<Variable>,
    variable_names: Names,
    folders: BTreeMap<String, Names>,
}

/// A value that is not in the configuration.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// Its name.
    pub(super) name: String,
    /// Its type.
    pub(super) ty: &'static str,
    /// What it is, in one line.
    pub(super) about: String,
    /// Whether hosts do not show it.
    pub(super) is_sensitive: bool,
    /// Whether hosts store it nowhere.
    pub(super) is_ephemeral: bool,
    /// Whether it has to be given.
    pub(super) is_required: bool,
}

impl Shared {
    /// Adds a file of text to a folder under a name of its own, and gives the call that reads it.
    pub(super) fn file(&mut self, folder: &str, name: &str, content: Vec<u8>, call: &str) -> Expr {
        let names = self.folders.entry(folder.to_owned()).or_default();
        let name = names.take(&file_name(name, "text"));
        let path = format!("{folder}/{name}");
        // Both are of letters that stand for themselves.
        let expression = format!("{call}(\"${{path.module}}/{path}\")");
        self.files.insert(path, content);
        Expr::Code(expression)
    }

    /// Adds a variable under a name of its own, and gives the reference to it.
    pub(super) fn variable(&mut self, variable: Variable) -> String {
        let name = self.variable_names.take(&variable.name);
        let reference = format!("var.{name}");
        self.variables.push(Variable { name, ..variable });
        reference
    }
}

impl Variable {
    /// The block that declares it.
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
