//! The folder of one example.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use test_support::{State, Workspace, workspace_dir};

use crate::support::{files, read, terraform_blocks};

/// Attributes of conversations that are set only if incidents or run modes are involved.
const SELDOM_TOLD: [&str; 3] = ["agent_mode", "incident_id", "incident_status"];

/// An example.
#[derive(Clone, Debug)]
pub(super) struct Example {
    /// The type of the resource or data source in the example.
    pub(super) kind: String,
    /// The parent folder: `resources` or `data-sources`.
    pub(super) group: &'static str,
    pub(super) folder: PathBuf,
}

impl Example {
    pub(super) fn all(group: &'static str) -> Result<Vec<Self>> {
        let folders = files(&workspace_dir().join("examples").join(group))?;
        let examples = folders.into_iter().map(|folder| {
            let kind = folder.file_name().context("a folder has no name")?;
            Ok(Self {
                kind: kind.to_string_lossy().into_owned(),
                group,
                folder,
            })
        });
        examples.collect()
    }

    pub(super) fn module(&self) -> String {
        format!("{}_{}", self.group, self.kind)
    }

    /// Returns a call of the example as a module. Its variables get secret values.
    pub(super) fn call(&self, workspace: &Workspace) -> Result<String> {
        let source = format!("{}/{}", self.group, self.kind);
        let mut call = format!(
            "module \"{}\" {{\n  source = \"./{source}\"\n",
            self.module()
        );
        for file in files(&self.folder)? {
            if file.extension().is_none_or(|extension| extension != "tf") {
                continue;
            }
            let text = read(&file)?;
            for name in variables(&text) {
                writeln!(call, "  {name} = var.secret")?;
            }
            let name = file.file_name().context("a file has no name")?;
            workspace.write(Path::new(&source).join(name), text)?;
        }
        call.push_str("}\n");
        Ok(call)
    }

    /// Returns the address from the example's `import.sh`, and the `import` block of its page, both
    /// adapted to the example as a module.
    pub(super) fn import_block(&self, way: &str, state: &State) -> Result<(String, String)> {
        let command = read(&self.folder.join("import.sh"))?;
        let words: Vec<_> = command.split_whitespace().collect();
        let ["terraform", "import", address, id] = words.as_slice() else {
            anyhow::bail!("{command:?} is no import command");
        };
        let id = id.trim_matches('\'');
        let here = format!("module.{}.{address}", self.module());
        let found = state
            .values(&here)
            .with_context(|| format!("{here} is not in state"))?;
        let real = text(found, "id")?;
        let block = terraform_blocks(&self.page()?)
            .into_iter()
            .find(|block| block.starts_with("import ") && block.contains(&format!("  {way} = ")))
            .with_context(|| format!("the page of {} has no import by {way}", self.kind))?;
        let mut block = block.replace(&format!("to = {address}\n"), &format!("to = {here}\n"));
        match found["object_id"].as_str() {
            // The service generates another id every time.
            Some(object) => {
                let (agent, shown) = id.rsplit_once('/').context("an id has parts")?;
                ensure!(
                    real == format!("{agent}/{object}"),
                    "{id} is not like {real}"
                );
                block = block.replace(shown, object);
            }
            None => ensure!(real == id, "{id} should be {real}"),
        }
        Ok((here, block))
    }

    pub(super) fn page(&self) -> Result<String> {
        let name = self.kind.trim_start_matches("azuresre_");
        read(&workspace_dir().join(format!("docs/{}/{name}.md", self.group)))
    }

    /// Returns the attributes that the page describes as not read back, or only in part.
    pub(super) fn unread(&self) -> Result<BTreeSet<String>> {
        let page = self.page()?;
        let Some((_, rest)) = page.split_once("## What is not read back\n") else {
            return Ok(BTreeSet::new());
        };
        let section = rest.split("\n## ").next().unwrap_or_default();
        let names = section.split('`').skip(1).step_by(2);
        let first = names.filter_map(|name| name.split('.').next());
        Ok(first.map(str::to_owned).collect())
    }

    /// Asserts that the data source has found objects from the examples of resources: one, or some
    /// in a list. Asserts that a lookup returns something.
    pub(super) fn expect_what_resources_made(&self, state: &State) -> Result<()> {
        let within = format!("module.{}.", self.module());
        let all = state.resources().into_iter();
        let read: Vec<&Value> = all
            .filter(|found| found["mode"] == "data" && found["type"] == self.kind)
            .filter(|found| text(found, "address").is_ok_and(|it| it.starts_with(&within)))
            .map(|found| &found["values"])
            .collect();
        ensure!(!read.is_empty(), "the example of {} reads none", self.kind);
        for values in read {
            let (objects, kind) = match (&values["items"], &values["id"]) {
                (Value::Array(items), _) => (items.iter().collect(), self.kind.strip_suffix('s')),
                (_, Value::String(_)) => (vec![values], Some(self.kind.as_str())),
                _ => {
                    let told = values.as_object().into_iter().flatten();
                    let mut told = told.filter(|(name, _)| {
                        *name != "agent_id" && !SELDOM_TOLD.contains(&name.as_str())
                    });
                    let says = |value: &Value| !value.is_null() && *value != Value::Array(vec![]);
                    ensure!(
                        told.all(|(_, value)| says(value)),
                        "{}: {values}",
                        self.kind
                    );
                    continue;
                }
            };
            let made = managed(state, kind.unwrap_or_default());
            let is_made = |object: &&Value| text(object, "id").is_ok_and(|id| made.contains(id));
            ensure!(
                !objects.is_empty() && objects.iter().all(is_made),
                "{} reads {objects:?}, of {made:?}",
                self.kind
            );
        }
        Ok(())
    }
}

/// Returns the ids of the objects of a type in the state.
pub(super) fn managed<'a>(state: &'a State, kind: &str) -> BTreeSet<&'a str> {
    let all = state.resources().into_iter();
    all.filter(|found| found["mode"] == "managed" && found["type"] == kind)
        .filter_map(|found| found["values"]["id"].as_str())
        .collect()
}

/// Returns the names of the variables that a configuration declares.
fn variables(configuration: &str) -> Vec<&str> {
    let lines = configuration.lines();
    lines
        .filter_map(|line| line.strip_prefix("variable \"")?.split('"').next())
        .collect()
}

pub(super) fn text<'a>(object: &'a Value, member: &str) -> Result<&'a str> {
    object[member]
        .as_str()
        .with_context(|| format!("no {member} in {object}"))
}
