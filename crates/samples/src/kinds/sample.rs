//! Attributes and their values.

use anyhow::{Result, ensure};
use serde_json::{Value as Json, json};

use crate::json;

/// One choice of a one-of.
pub struct Variant {
    /// What tests call it.
    pub name: &'static str,
    /// The least configuration, without key and plane.
    pub minimal: Json,
    /// The other attributes.
    pub rows: Vec<Row>,
}

/// An attribute with sample values.
#[derive(Clone)]
pub struct Row {
    /// The attribute, with dots.
    pub path: &'static str,
    /// Values, the first two of which differ.
    pub values: Vec<Json>,
    /// What it needs beside itself.
    pub with: Json,
    /// Its place in the stored document; empty if it has none.
    pub at: &'static str,
    /// The value in the document for one of configuration.
    pub form: fn(&Json) -> Json,
    /// What becomes of it when it is removed from the configuration.
    pub removal: Removal,
    /// Reading on ARM does not show it.
    pub masked: bool,
    /// It is never read; nor is it in the state if it is write-only.
    pub secret: Option<Secret>,
    /// It excludes others, so it is not among all at once.
    pub alone: bool,
    /// Another client cannot take it away by itself, or not so that it can be told from a service
    /// that drops it.
    pub bound: bool,
    /// Only the members that are configured are read, so that an import reads none.
    pub own: bool,
    /// A change needs a new object.
    pub replaces: bool,
    /// The service takes it and does not keep it, of which a warning tells.
    pub dropped: bool,
    /// Setting something beside it, or it, has consequences of which a warning tells at this attribute.
    pub warns: bool,
    /// ARM has no place for it, of which a warning tells.
    pub data_plane_only: bool,
    /// The service shows it to nobody.
    pub hidden: bool,
    /// A second object keeps it, which data sources look at on the data plane only.
    pub beside: bool,
}

/// The form of a secret argument.
#[derive(Clone, Copy, PartialEq)]
pub enum Secret {
    /// The state holds it.
    Stored,
    /// No state holds it; an argument beside it says its version.
    WriteOnly,
}

/// What becomes of a value that is removed from the configuration.
#[derive(Clone)]
pub enum Removal {
    /// The service has none any more.
    Gone,
    /// The service has this again.
    Default(Json),
    /// The service keeps it, as the page of the kind says.
    Keeps,
    /// It cannot be removed.
    Never,
}

/// An attribute whose document member has the same form.
pub(super) fn row(path: &'static str, at: &'static str, values: Json) -> Row {
    let Json::Array(values) = values else {
        panic!("{path}: values are a list");
    };
    Row {
        path,
        values,
        with: json!({}),
        at,
        form: Json::clone,
        removal: Removal::Gone,
        masked: false,
        secret: None,
        alone: false,
        bound: false,
        own: false,
        replaces: false,
        dropped: false,
        warns: false,
        data_plane_only: false,
        hidden: false,
        beside: false,
    }
}

/// An attribute that is the provider's own: the service hears nothing of it.
pub(super) fn local(path: &'static str, values: Json) -> Row {
    row(path, "", values)
}

/// The two forms of a secret argument.
pub(super) fn secret(paths: [&'static str; 3], at: &'static str, values: Json) -> [Row; 2] {
    let [stored, write_only, version] = paths;
    let stored = Row {
        secret: Some(Secret::Stored),
        ..row(stored, at, values.clone())
    };
    let write_only = Row {
        secret: Some(Secret::WriteOnly),
        alone: true,
        ..row(write_only, at, values).with(json::at(version, '.', json!(1)))
    };
    [stored, write_only]
}

impl Row {
    pub(super) fn with(mut self, more: Json) -> Self {
        json::merge(&mut self.with, &more);
        self
    }

    pub(super) fn removal(self, removal: Removal) -> Self {
        Self { removal, ..self }
    }

    pub(super) fn alone(self) -> Self {
        Self {
            alone: true,
            ..self
        }
    }

    /// A change needs a new object, so it is not among all at once either.
    pub(super) fn replaces(self) -> Self {
        Self {
            replaces: true,
            ..self.alone()
        }
    }

    /// The service drops it, so what is set together is without it.
    pub(super) fn dropped(self) -> Self {
        Self {
            dropped: true,
            ..self.alone()
        }
    }

    pub(super) fn warns(self) -> Self {
        Self {
            warns: true,
            ..self
        }
    }

    /// ARM has no place for it, so that it is not among all at once.
    pub(super) fn on_data_plane_only(self) -> Self {
        Self {
            data_plane_only: true,
            ..self.alone()
        }
    }

    pub(super) fn hidden(self) -> Self {
        Self {
            hidden: true,
            ..self
        }
    }

    pub(super) fn beside(self) -> Self {
        Self {
            beside: true,
            ..self
        }
    }

    pub(super) fn own(self) -> Self {
        Self { own: true, ..self }
    }

    pub(super) fn bound(self) -> Self {
        Self {
            bound: true,
            ..self
        }
    }

    pub(super) fn masked(self) -> Self {
        Self {
            masked: true,
            ..self
        }
    }

    pub(super) fn form(self, form: fn(&Json) -> Json) -> Self {
        Self { form, ..self }
    }

    /// The configuration that sets it to the value of this index.
    pub fn config(&self, index: usize) -> Json {
        let mut config = self.with.clone();
        if let (Some(Secret::WriteOnly), true) = (self.secret, index > 0) {
            let version = format!("{}_version", self.path);
            json::merge(&mut config, &json::at(&version, '.', json!(index + 1)));
        }
        json::set(&mut config, &self.pointer(), self.values[index].clone());
        config
    }

    /// Whether a document of the service has the value of this index.
    pub fn held_by(&self, document: &Json, index: usize, plane: &str) -> Result<()> {
        if self.is_local() {
            return Ok(());
        }
        let wanted = match self.is_kept(plane) {
            true => (self.form)(&self.values[index]),
            false => Json::Null,
        };
        let found = document.pointer(self.at).unwrap_or(&Json::Null);
        let same = match (found, &wanted) {
            // The service adds ids to the keys.
            (Json::Object(found), Json::Object(wanted))
                if self.at.ends_with("AssignedIdentities") =>
            {
                found.len() == wanted.len() && wanted.keys().all(|id| found.contains_key(id))
            }
            (found, wanted) if json::is_nothing(Some(wanted)) => json::is_nothing(Some(found)),
            (found, wanted) => json::alike(found, wanted),
        };
        ensure!(
            same,
            "the service has {found} at {} and not {wanted}",
            self.at
        );
        Ok(())
    }

    /// The attribute as a JSON pointer into a configuration.
    pub fn pointer(&self) -> String {
        format!("/{}", self.path.replace('.', "/"))
    }

    /// Whether reading shows it on a plane.
    pub fn is_readable(&self, plane: &str) -> bool {
        let hidden = self.secret.is_some() || self.is_local() || self.hidden;
        let masked = self.masked && plane != "data_plane";
        !hidden && !masked && self.is_kept(plane)
    }

    /// Whether the service keeps it on a plane.
    pub fn is_kept(&self, plane: &str) -> bool {
        !(self.dropped || self.data_plane_only && plane == "arm")
    }

    /// Whether a warning at it is to be expected.
    pub fn may_warn(&self, plane: &str) -> bool {
        self.warns || !self.is_kept(plane)
    }

    /// Whether it is the provider's own.
    pub fn is_local(&self) -> bool {
        self.at.is_empty()
    }

    /// The top-level attribute.
    pub fn top(&self) -> &'static str {
        self.path.split('.').next().unwrap_or_default()
    }
}

impl Variant {
    /// Everything at once.
    pub fn full(&self, index: usize) -> Json {
        let needs = self.together().fold(self.minimal.clone(), |config, row| {
            json::merged(&config, &row.with)
        });
        self.together().fold(needs, |mut config, row| {
            let index = index.min(row.values.len() - 1);
            json::set(&mut config, &row.pointer(), row.values[index].clone());
            config
        })
    }

    /// The rows that can be set together.
    pub fn together(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.alone)
    }

    /// A configuration that differs from the least one and needs no new object.
    pub fn changed(&self) -> Json {
        let row = self.together().find(|row| row.values.len() > 1);
        let row = row.unwrap_or_else(|| panic!("{}: nothing can change", self.name));
        json::merged(&self.minimal, &row.config(1))
    }
}
