//! The provider's pages for the Terraform Registry.
//!
//! They are generated from the declarations of the kinds and lookups, from the table of provider
//! arguments, and from the files in `examples/`. `cargo xtask docs` writes them, and a test
//! compares them.

mod action;
mod attributes;
mod category;
mod data_source;
mod ephemeral;
mod examples;
mod function;
mod import;
mod list;
mod list_resource;
mod lookup;
mod page;
mod provider;
mod readback;
mod resource;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use self::examples::Examples;
use azuresre::SreProvider;
use azuresre::data_sources::lookups;
use azuresre::functions::functions;
use azuresre::resources;
use tfplugin::Provider as _;

/// The folder of the pages, below the root of the repository.
const FOLDER: &str = "docs";

/// The folders in it that only contain generated pages.
const GENERATED: [&str; 6] = [
    "resources",
    "data-sources",
    "functions",
    "ephemeral-resources",
    "list-resources",
    "actions",
];

/// All pages, generated from a checkout of the repository.
#[derive(Debug)]
pub struct Pages {
    root: PathBuf,
    texts: BTreeMap<PathBuf, String>,
}

/// Why pages cannot be generated, compared or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot {verb} {}", path.display())]
    File {
        /// The operation that failed.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// An example is not in the form that the pages need.
    #[error("{}: {problem}", path.display())]
    Example {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and how to fix it.
        problem: String,
    },
    /// A type or function is in no group.
    #[error("{0} has no subcategory: add it to crates/registry-docs/src/category.rs")]
    Category(String),
}

impl Pages {
    /// Generates the pages. `root` is the root of the repository, which contains the examples.
    ///
    /// # Errors
    /// Fails if an example is missing or unusable, or if a page is in no group.
    pub fn new(root: &Path) -> Result<Self, Error> {
        let examples = Examples::new(root);
        let mut kinds = resources::kinds();
        kinds.sort_by_key(|kind| kind.name);
        // The provider itself returns what is not declared in kinds.
        let provider = SreProvider::with_environment("0.0.0", |_| None);
        let lookups = lookups();
        let folder = Path::new(FOLDER);
        let mut texts = BTreeMap::new();
        texts.insert(
            folder.join("index.md"),
            provider::page(&kinds, &lookups, &provider, &examples.provider()?),
        );
        let resource_page = |type_name: &str| folder.join("resources").join(page::file(type_name));
        let read_page = |type_name: &str| folder.join("data-sources").join(page::file(type_name));
        for kind in &kinds {
            let name = kind.type_name();
            let text = resource::page(kind, &examples.resource(&name)?)?;
            texts.insert(resource_page(&name), text);
            let text = data_source::page(kind, &examples.data_source(&name)?)?;
            texts.insert(read_page(&name), text);
            let name = kind.list_name();
            if let Some(schema) = kind.list_schema() {
                let text = list::page(kind, &schema, &examples.data_source(&name)?)?;
                texts.insert(read_page(&name), text);
            }
        }
        for lookup in &lookups {
            let name = lookup.type_name();
            let text = lookup::page(lookup, &examples.data_source(&name)?)?;
            texts.insert(read_page(&name), text);
        }
        for (texts_of, function) in functions().iter().zip(provider.functions()) {
            let name = texts_of.name;
            let text = function::page(texts_of, &function.signature(), &examples.function(name)?)?;
            texts.insert(folder.join("functions").join(page::file(name)), text);
        }
        for resource in provider.ephemeral_resources() {
            let name = resource.name();
            let text = ephemeral::page(resource.as_ref(), &examples.ephemeral_resource(name)?)?;
            texts.insert(
                folder.join("ephemeral-resources").join(page::file(name)),
                text,
            );
        }
        for one in provider.actions() {
            let name = one.name();
            let text = action::page(one.as_ref(), &examples.action(name)?)?;
            texts.insert(folder.join("actions").join(page::file(name)), text);
        }
        let lists = provider.list_resources();
        for kind in &kinds {
            let name = kind.type_name();
            let Some(list) = lists.iter().find(|list| list.name() == name) else {
                continue;
            };
            let text = list_resource::page(kind, list.as_ref(), &examples.list_resource(&name)?)?;
            texts.insert(folder.join("list-resources").join(page::file(&name)), text);
        }
        Ok(Self {
            root: root.to_owned(),
            texts,
        })
    }

    /// Returns the files that are out of date, missing, or superfluous.
    ///
    /// # Errors
    /// Fails if a file cannot be read.
    pub fn differences(&self) -> Result<Vec<PathBuf>, Error> {
        let mut differences = self.surplus()?;
        for (path, text) in &self.texts {
            let file = self.root.join(path);
            match std::fs::read_to_string(&file) {
                Ok(found) if found == *text => {}
                Ok(_) => differences.push(path.clone()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    differences.push(path.clone());
                }
                Err(error) => return Err(failed("read", file)(error)),
            }
        }
        differences.sort();
        Ok(differences)
    }

    /// Updates the files, and returns those that were out of date.
    ///
    /// # Errors
    /// Fails if a file cannot be written or removed.
    pub fn write(&self) -> Result<Vec<PathBuf>, Error> {
        let differences = self.differences()?;
        for path in &differences {
            let file = self.root.join(path);
            let Some(text) = self.texts.get(path) else {
                std::fs::remove_file(&file).map_err(failed("remove", file))?;
                continue;
            };
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder).map_err(failed("create", folder.to_owned()))?;
            }
            std::fs::write(&file, text).map_err(failed("write", file))?;
        }
        Ok(differences)
    }

    /// Returns the files in the generated folders that are not pages.
    fn surplus(&self) -> Result<Vec<PathBuf>, Error> {
        let mut surplus = Vec::new();
        for folder in GENERATED.map(|folder| Path::new(FOLDER).join(folder)) {
            let there = self.root.join(&folder);
            let entries = match std::fs::read_dir(&there) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(failed("read", there)(error)),
            };
            for entry in entries {
                let entry = entry.map_err(failed("read", there.clone()))?;
                let path = folder.join(entry.file_name());
                if !self.texts.contains_key(&path) {
                    surplus.push(path);
                }
            }
        }
        Ok(surplus)
    }
}

fn failed(verb: &'static str, path: PathBuf) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::File { verb, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_leaves_only_the_pages() {
        let root = tempfile::tempdir().unwrap();
        let page = |name: &str| Path::new(FOLDER).join("resources").join(name);
        let pages = Pages {
            root: root.path().to_owned(),
            texts: ["new.md", "old.md", "same.md"]
                .map(|name| (page(name), "text\n".to_owned()))
                .into(),
        };
        std::fs::create_dir_all(root.path().join(page(""))).unwrap();
        for (name, text) in [
            ("old.md", "other\n"),
            ("same.md", "text\n"),
            ("gone.md", ""),
        ] {
            std::fs::write(root.path().join(page(name)), text).unwrap();
        }
        let expected = ["gone.md", "new.md", "old.md"].map(page);
        assert_eq!(pages.differences().unwrap(), expected);
        assert_eq!(pages.write().unwrap(), expected);
        assert_eq!(pages.differences().unwrap(), Vec::<PathBuf>::new());
        assert!(!root.path().join(page("gone.md")).exists());
    }

    #[test]
    fn error_names_a_missing_example() {
        let root = tempfile::tempdir().unwrap();
        let error = Pages::new(root.path()).unwrap_err().to_string();
        assert!(error.contains("provider.tf"), "{error}");
    }
}
