//! A test object, and its expected plans.

use std::collections::BTreeSet;

use anyhow::Result;
use samples::{Kind, Removal, Row, Service, Storage, Variant, json, named};
use serde_json::{Value as Json, json};
use test_support::Action;

/// An object of one variant of a kind, on one plane.
pub(super) struct Instance {
    pub(super) kind: Kind,
    pub(super) plane: &'static str,
    pub(super) name: String,
    /// The agent that contains it, or its own id.
    pub(super) agent: String,
    choice: usize,
}

/// The attributes that a plan changes.
#[derive(Default)]
pub(super) struct Expected {
    must: BTreeSet<String>,
    may: BTreeSet<String>,
}

impl Instance {
    pub(super) fn new(noun: &str, choice: usize, plane: &'static str) -> Self {
        let kind = named(noun);
        let name = format!("{}-{plane}", kind.variants[choice].name).replace('_', "-");
        Self {
            kind,
            plane,
            name,
            agent: String::new(),
            choice,
        }
    }

    pub(super) fn variant(&self) -> &Variant {
        &self.kind.variants[self.choice]
    }

    /// Returns the full configuration, with an undeclared member if the service accepts those.
    pub(super) fn full(&self, index: usize) -> Json {
        let mut config = self.variant().full(index);
        if let Some(attribute) = self.undeclared() {
            let team = ["shop", "ops"][index];
            config[attribute] = json!({ "ownedBy": { "team": team } });
        }
        config
    }

    /// Returns the attribute for undeclared members. Only the first variant sets it, because others
    /// may accept any member themselves.
    fn undeclared(&self) -> Option<&'static str> {
        let is_open = self.choice == 0 && self.kind.storage.members_at().is_some();
        is_open.then_some("additional_properties")
    }

    /// Returns the name of its resource.
    pub(super) fn label(&self) -> String {
        format!("{}_{}", self.variant().name, self.plane)
    }

    pub(super) fn address(&self) -> String {
        format!("{}.{}", self.kind.type_name, self.label())
    }

    /// Returns the body of its block, with the provider of its plane.
    pub(super) fn block(&self, arguments: &Json) -> Json {
        let key = self.kind.key(&self.agent, &self.name, self.plane);
        let mut block = json::merged(arguments, &key);
        block["provider"] = json!(format!("azuresre.{}", self.plane));
        block
    }

    /// Asserts that a data source, or an element of a list, shows the same as the resource.
    pub(super) fn reads_as(&self, managed: &Json, read: &Json, is_element: bool) {
        assert_eq!(read["id"], managed["id"]);
        let rows = self.variant().together();
        let is_shown = |row: &&Row| {
            // A second object stores it, only on the data plane, and lists do not read that object.
            let is_beside = row.beside && (is_element || self.plane == "arm");
            row.is_readable(self.plane) && !row.own && !is_beside
        };
        for row in rows.filter(is_shown) {
            let [read, managed] = [read, managed].map(|one| one.pointer(&row.pointer()).cloned());
            let [mut read, managed] = [read, managed].map(Option::unwrap_or_default);
            // In lists, whose elements have one type, dynamic values are texts.
            if let (Json::Object(_), Json::String(text)) = (&managed, &read) {
                read = serde_json::from_str(text).unwrap();
            }
            let address = self.address();
            assert!(
                json::alike(&read, &managed),
                "{address} has {managed} at {} and its data source {read}",
                row.path
            );
        }
    }

    /// Changes a readable value as another client.
    pub(super) async fn drift(&self, service: &Service) -> Result<()> {
        let Some((row, value)) = self.drifting() else {
            return Ok(());
        };
        let (kind, name) = (&self.kind, self.name.as_str());
        kind.drift(service, &self.agent, name, row.at, value)
            .await?;
        kind.settled(service, &self.agent, name).await
    }

    /// Returns what the plan after that repairs.
    pub(super) fn drifted(&self) -> Expected {
        Expected::must(self.drifting().map(|(row, _)| self.shown_by(row)))
    }

    fn drifting(&self) -> Option<(&Row, Json)> {
        // A tool in its former state counts as changed only after a while.
        if let Storage::Switches = self.kind.storage {
            return None;
        }
        let is_file = matches!(self.kind.storage, Storage::Files);
        let mut rows = self.variant().together();
        let row = rows.find(|row| {
            let is_seen = row.is_readable(self.plane) || is_file && row.hidden;
            is_seen && row.values.len() > 1
        })?;
        Some((row, (row.form)(&row.values[1])))
    }

    /// Returns the attribute that shows another value: for the content of a file, it is the hash.
    fn shown_by(&self, row: &Row) -> String {
        let derived = self.kind.storage.derived().first().filter(|_| row.hidden);
        derived.map_or_else(|| row.path.to_owned(), |derived| (*derived).to_owned())
    }

    /// Returns what the plan after an import sets, because it cannot be read. An object on the data
    /// plane is found there by any id, so values that ARM masks can be read, and the object moves.
    pub(super) fn unreadable(&self) -> Expected {
        let is_knowledge = self.variant().name.starts_with("knowledge");
        let moves = self.plane == "arm" && (is_knowledge || self.kind.noun() == "repo");
        let plane = match moves {
            true => "data_plane",
            false => self.plane,
        };
        let rows = self.variant().together();
        let rows = rows.filter(|row| row.own || !row.is_readable(plane) && !is_knowledge);
        let paths = rows.map(|row| row.path).chain(self.made());
        Expected::must(paths.chain(moves.then_some("plane")))
    }

    /// Returns what the plan from the first values to the second ones changes.
    pub(super) fn updated(&self) -> Expected {
        let rows = self.variant().together();
        let changed = rows.filter(|row| row.values.len() > 1 && row.values[0] != row.values[1]);
        Expected::must(changed.map(|row| row.path).chain(self.made()))
    }

    /// Returns what the plan from the second values to the minimal configuration changes. Values
    /// that the service chooses may be kept.
    pub(super) fn removed(&self) -> Expected {
        let variant = self.variant();
        let is_gone = |row: &&Row| {
            let second = &row.values[1.min(row.values.len() - 1)];
            match variant.minimal.pointer(&row.pointer()) {
                Some(least) => least != second,
                None => matches!(row.removal, Removal::Gone) && !row.is_local(),
            }
        };
        let all = variant.rows.iter().map(|row| row.path);
        let gone = variant.together().filter(is_gone);
        Expected {
            may: all.map(str::to_owned).collect(),
            ..Expected::must(gone.map(|row| row.path).chain(self.made()))
        }
    }

    /// Returns attributes without samples that change.
    fn made(&self) -> impl Iterator<Item = &'static str> {
        let derived = self.kind.storage.derived().iter().copied();
        derived.chain(self.undeclared())
    }

    /// Deletes it as another client.
    pub(super) async fn delete_remotely(&self, service: &Service) -> Result<()> {
        match self.can_be_deleted_remotely() {
            true => self.kind.delete(service, &self.agent, &self.name).await,
            false => Ok(()),
        }
    }

    pub(super) fn can_be_deleted_remotely(&self) -> bool {
        !self.kind.storage.is_permanent()
    }

    /// Returns the action of a plan with another name. The name of a trigger is an ordinary
    /// attribute.
    pub(super) fn renaming(&self) -> Action {
        match self.kind.storage {
            Storage::Triggers => Action::Update,
            _ => Action::Replace,
        }
    }
}

impl Expected {
    fn must(paths: impl IntoIterator<Item: Into<String>>) -> Self {
        Self {
            must: paths.into_iter().map(Into::into).collect(),
            may: BTreeSet::new(),
        }
    }

    /// Returns whether anything must change.
    pub(super) fn is_needed(&self) -> bool {
        !self.must.is_empty()
    }

    /// Returns unexpected and missing changes. A change of an object covers everything in it, and a
    /// change within a dynamic value counts as one of that value.
    pub(super) fn wrong(&self, found: &BTreeSet<String>) -> Vec<String> {
        let is_within = |one: &str, other: &str| {
            let rest = one.strip_prefix(other);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let related = |one: &String, other: &String| is_within(one, other) || is_within(other, one);
        let all: Vec<&String> = self.must.iter().chain(&self.may).collect();
        let surplus = found
            .iter()
            .filter(|path| !all.iter().any(|one| related(one, path)));
        let surplus = surplus.map(|path| format!("surplus {path}"));
        let missing = self
            .must
            .iter()
            .filter(|path| !found.iter().any(|one| related(one, path)));
        let missing = missing.map(|path| format!("missing {path}"));
        surplus.chain(missing).collect()
    }
}
