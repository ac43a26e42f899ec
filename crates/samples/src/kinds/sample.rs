//! Attributes and their values.

use anyhow::{Result, ensure};
use serde_json::{Value as Json, json};

use crate::json;

/// One choice of a one-of.
pub struct Variant {
    /// The name that tests use.
    pub name: &'static str,
    /// The minimal configuration, without key and plane.
    pub minimal: Json,
    /// The other attributes.
    pub rows: Vec<Row>,
}

/// An attribute with sample values.
#[derive(Clone)]
pub struct Row {
    /// The path of the attribute, with dots.
    pub path: &'static str,
    /// Sample values. The first two differ.
    pub values: Vec<Json>,
    /// Other configuration that it needs.
    pub with: Json,
    /// Its JSON pointer in the stored document. Empty if it has none.
    pub at: &'static str,
    /// Converts a configured value to its form in the document.
    pub form: fn(&Json) -> Json,
    /// What happens when it is removed from the configuration.
    pub removal: Removal,
    /// Whether ARM does not return it.
    pub masked: bool,
    /// Set if it is never read. If it is write-only, the state does not contain it either.
    pub secret: Option<Secret>,
    /// Whether it excludes other attributes, so that it is not part of the full configuration.
    pub alone: bool,
    /// Whether another client cannot remove it alone, or not in a way that differs from a service
    /// that drops it.
    pub bound: bool,
    /// Whether only the configured members are read, so that an import reads none.
    pub own: bool,
    /// Whether a change needs a new object.
    pub replaces: bool,
    /// Whether the service accepts it but does not keep it. A warning reports that.
    pub dropped: bool,
    /// Whether it causes a warning at this attribute, alone or in combination with another one.
    pub warns: bool,
    /// Whether it only exists on the data plane. On ARM, a warning reports that.
    pub data_plane_only: bool,
    /// Whether the service never returns it.
    pub hidden: bool,
    /// Whether a second object stores it, which data sources only read on the data plane.
    pub beside: bool,
}

/// The form of a secret argument.
#[derive(Clone, Copy, PartialEq)]
pub enum Secret {
    /// The state contains it.
    Stored,
    /// No state contains it. Another argument contains its version.
    WriteOnly,
}

/// What happens to a value that is removed from the configuration.
#[derive(Clone)]
pub enum Removal {
    /// The service removes it.
    Gone,
    /// The service resets it to this value.
    Default(Json),
    /// The service keeps it, as the page of the kind says.
    Keeps,
    /// It cannot be removed.
    Never,
}

/// Creates a row whose document member has the same form.
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

/// Creates a row for an attribute of the provider alone, which is not sent to the service.
pub(super) fn local(path: &'static str, values: Json) -> Row {
    row(path, "", values)
}

/// Creates rows for the two forms of a secret argument.
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

    /// Marks the attribute as one whose change needs a new object. It is not part of the full
    /// configuration either.
    pub(super) fn replaces(self) -> Self {
        Self {
            replaces: true,
            ..self.alone()
        }
    }

    /// Marks the attribute as one that the service drops, so the full document does not contain it.
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

    /// Marks the attribute as one that only exists on the data plane. It is not part of the full
    /// configuration.
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

    /// Returns the configuration that sets it to the value at this index.
    pub fn config(&self, index: usize) -> Json {
        let mut config = self.with.clone();
        if let (Some(Secret::WriteOnly), true) = (self.secret, index > 0) {
            let version = format!("{}_version", self.path);
            json::merge(&mut config, &json::at(&version, '.', json!(index + 1)));
        }
        json::set(&mut config, &self.pointer(), self.values[index].clone());
        config
    }

    /// Fails unless a document of the service contains the value at this index.
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

    /// Returns the JSON pointer of the attribute in a configuration.
    pub fn pointer(&self) -> String {
        format!("/{}", self.path.replace('.', "/"))
    }

    /// Returns whether a plane returns it.
    pub fn is_readable(&self, plane: &str) -> bool {
        let hidden = self.secret.is_some() || self.is_local() || self.hidden;
        let masked = self.masked && plane != "data_plane";
        !hidden && !masked && self.is_kept(plane)
    }

    /// Returns whether the service keeps it on a plane.
    pub fn is_kept(&self, plane: &str) -> bool {
        !(self.dropped || self.data_plane_only && plane == "arm")
    }

    /// Returns whether a warning at it is expected.
    pub fn may_warn(&self, plane: &str) -> bool {
        self.warns || !self.is_kept(plane)
    }

    /// Returns whether it is an attribute of the provider alone.
    pub fn is_local(&self) -> bool {
        self.at.is_empty()
    }

    /// Returns the top-level attribute.
    pub fn top(&self) -> &'static str {
        self.path.split('.').next().unwrap_or_default()
    }
}

impl Variant {
    /// Returns the full configuration.
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

    /// Returns the rows that can be set together.
    pub fn together(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.alone)
    }

    /// Returns a configuration that differs from the minimal one and needs no new object.
    pub fn changed(&self) -> Json {
        let row = self.together().find(|row| row.values.len() > 1);
        let row = row.unwrap_or_else(|| panic!("{}: nothing can change", self.name));
        json::merged(&self.minimal, &row.config(1))
    }
}
