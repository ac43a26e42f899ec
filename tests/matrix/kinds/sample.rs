//! Attributes and their values.

use serde_json::{Value as Json, json};

use crate::json;

/// One choice of a one-of.
pub(crate) struct Variant {
    /// What tests call it.
    pub(crate) name: &'static str,
    /// The least configuration, without key and plane.
    pub(crate) minimal: Json,
    /// The other attributes.
    pub(crate) rows: Vec<Row>,
}

/// An attribute with sample values.
#[derive(Clone)]
pub(crate) struct Row {
    /// The attribute, with dots.
    pub(crate) path: &'static str,
    /// Values, the first two of which differ.
    pub(crate) values: Vec<Json>,
    /// What it needs beside itself.
    pub(crate) with: Json,
    /// Its place in the stored document; empty if it has none.
    pub(crate) at: &'static str,
    /// The value in the document for one of configuration.
    pub(crate) form: fn(&Json) -> Json,
    /// What becomes of it when it is removed from the configuration.
    pub(crate) removal: Removal,
    /// Reading on ARM does not show it.
    pub(crate) masked: bool,
    /// It is never read; nor is it in the state if it is write-only.
    pub(crate) secret: Option<Secret>,
    /// It excludes others, so it is not among all at once.
    pub(crate) alone: bool,
    /// Another client cannot take it away by itself, or not so that it can be told from a service
    /// that drops it.
    pub(crate) bound: bool,
    /// Only the members that are configured are read, so that an import reads none.
    pub(crate) own: bool,
    /// A change needs a new object.
    pub(crate) replaces: bool,
    /// The service takes it and does not keep it, of which a warning tells.
    pub(crate) dropped: bool,
    /// ARM has no place for it, of which a warning tells.
    pub(crate) data_plane_only: bool,
    /// The service shows it to nobody.
    pub(crate) hidden: bool,
    /// A second object keeps it, which data sources look at on the data plane only.
    pub(crate) beside: bool,
}

/// The form of a secret argument.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Secret {
    Stored,
    WriteOnly,
}

/// What becomes of a value that is removed from the configuration.
#[derive(Clone)]
pub(crate) enum Removal {
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
pub(crate) fn row(path: &'static str, at: &'static str, values: Json) -> Row {
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
        data_plane_only: false,
        hidden: false,
        beside: false,
    }
}

/// An attribute that is the provider's own: the service hears nothing of it.
pub(crate) fn local(path: &'static str, values: Json) -> Row {
    row(path, "", values)
}

/// The two forms of a secret argument.
pub(crate) fn secret(paths: [&'static str; 3], at: &'static str, values: Json) -> [Row; 2] {
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
    pub(crate) fn with(mut self, more: Json) -> Self {
        json::merge(&mut self.with, &more);
        self
    }

    pub(crate) fn removal(self, removal: Removal) -> Self {
        Self { removal, ..self }
    }

    pub(crate) fn alone(self) -> Self {
        Self {
            alone: true,
            ..self
        }
    }

    /// A change needs a new object, so it is not among all at once either.
    pub(crate) fn replaces(self) -> Self {
        Self {
            replaces: true,
            ..self.alone()
        }
    }

    /// The service drops it, so what is set together is without it.
    pub(crate) fn dropped(self) -> Self {
        Self {
            dropped: true,
            ..self.alone()
        }
    }

    /// ARM has no place for it, so that it is not among all at once.
    pub(crate) fn on_data_plane_only(self) -> Self {
        Self {
            data_plane_only: true,
            ..self.alone()
        }
    }

    pub(crate) fn hidden(self) -> Self {
        Self {
            hidden: true,
            ..self
        }
    }

    pub(crate) fn beside(self) -> Self {
        Self {
            beside: true,
            ..self
        }
    }

    pub(crate) fn own(self) -> Self {
        Self { own: true, ..self }
    }

    pub(crate) fn bound(self) -> Self {
        Self {
            bound: true,
            ..self
        }
    }

    pub(crate) fn masked(self) -> Self {
        Self {
            masked: true,
            ..self
        }
    }

    pub(crate) fn form(self, form: fn(&Json) -> Json) -> Self {
        Self { form, ..self }
    }

    /// The configuration that sets it to the value of this index.
    pub(crate) fn config(&self, index: usize) -> Json {
        let mut config = self.with.clone();
        if let (Some(Secret::WriteOnly), true) = (self.secret, index > 0) {
            let version = format!("{}_version", self.path);
            json::merge(&mut config, &json::at(&version, '.', json!(index + 1)));
        }
        json::set(&mut config, &self.pointer(), self.values[index].clone());
        config
    }

    /// The attribute as a JSON pointer into a configuration.
    pub(crate) fn pointer(&self) -> String {
        format!("/{}", self.path.replace('.', "/"))
    }

    /// Whether reading shows it on a plane.
    pub(crate) fn is_readable(&self, plane: &str) -> bool {
        let hidden = self.secret.is_some() || self.is_local() || self.hidden;
        let masked = self.masked && plane != "data_plane";
        !hidden && !masked && self.is_kept(plane)
    }

    /// Whether the service keeps it on a plane.
    pub(crate) fn is_kept(&self, plane: &str) -> bool {
        !(self.dropped || self.data_plane_only && plane == "arm")
    }

    /// Whether it is the provider's own.
    pub(crate) fn is_local(&self) -> bool {
        self.at.is_empty()
    }

    /// The top-level attribute.
    pub(crate) fn top(&self) -> &'static str {
        self.path.split('.').next().unwrap_or_default()
    }
}

impl Variant {
    /// Everything at once.
    pub(crate) fn full(&self, index: usize) -> Json {
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
    pub(crate) fn together(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.alone)
    }

    /// A configuration that differs from the least one and needs no new object.
    pub(crate) fn changed(&self) -> Json {
        let row = self.together().find(|row| row.values.len() > 1);
        let row = row.unwrap_or_else(|| panic!("{}: nothing can change", self.name));
        json::merged(&self.minimal, &row.config(1))
    }
}
