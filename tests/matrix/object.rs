//! A test object, and checks of it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use plugin_host::{Applied, Resource};
use serde_json::{Value as Json, json};

use crate::json;
use crate::kinds::{Kind, Removal, Row, Variant};
use crate::world::{World, for_each};

/// An object under test.
pub(crate) struct Object<'a> {
    pub(crate) world: &'a World,
    pub(crate) kind: &'a Kind,
    pub(crate) plane: &'static str,
    pub(crate) resource: Resource,
    pub(crate) agent: String,
    pub(crate) key: Json,
    pub(crate) name: String,
}

impl<'a> Object<'a> {
    /// Creates a test object that does not exist in the service yet.
    pub(crate) async fn new(
        world: &'a World,
        kind: &'a Kind,
        plane: &'static str,
        name: &str,
    ) -> Result<Self> {
        let agent = kind.agent(world, name).await?;
        Ok(Self {
            world,
            kind,
            plane,
            resource: world.resource(kind.type_name)?,
            key: kind.key(&agent, name, plane),
            agent,
            name: name.to_owned(),
        })
    }

    /// Applies, and checks the provider: there are no warnings, and nothing is left to do before
    /// and after a refresh.
    pub(crate) async fn apply(&mut self, config: &Json) -> Result<Applied> {
        let config = json::merged(config, &self.key);
        let applied = self.resource.apply(config.clone()).await?;
        self.warns_of_nothing_but_losses(&applied)?;
        self.nothing_to_do(&config).await.context("after apply")?;
        self.resource.refresh().await?;
        self.nothing_to_do(&config).await.context("after refresh")?;
        Ok(applied)
    }

    /// Fails if there are warnings, except about what the service drops.
    fn warns_of_nothing_but_losses(&self, applied: &Applied) -> Result<()> {
        let variants = self.kind.variants.iter();
        let rows = variants.flat_map(|variant| &variant.rows);
        let dropped = rows.filter(|row| row.may_warn(self.plane));
        let dropped: BTreeSet<&str> = dropped.map(|row| row.path).collect();
        let mut others = applied.diagnostics.iter().filter(|one| {
            let at = one.path.as_ref().map(ToString::to_string);
            !at.is_some_and(|at| dropped.contains(at.as_str()))
        });
        match others.next() {
            Some(other) => bail!("applied with a warning: {other}"),
            None => Ok(()),
        }
    }

    pub(crate) async fn nothing_to_do(&self, config: &Json) -> Result<()> {
        let plan = self.resource.plan(config.clone()).await?;
        ensure!(
            plan.is_empty(),
            "the plan is to {} {:?}: {} -> {}",
            plan.action,
            plan.changed(),
            plan.before,
            plan.after
        );
        Ok(())
    }

    /// Gives it another name in the configuration.
    pub(crate) async fn rename(&mut self, name: &str) -> Result<()> {
        self.agent = self.kind.agent(self.world, name).await?;
        self.key = self.kind.key(&self.agent, name, self.plane);
        name.clone_into(&mut self.name);
        Ok(())
    }

    /// Sets a member of the document as another client. Null removes it.
    pub(crate) async fn drift(&self, at: &str, value: Json) -> Result<()> {
        let (kind, name) = (self.kind, self.name.as_str());
        kind.drift(self.world, &self.agent, name, at, value).await
    }

    /// Deletes it as another client.
    pub(crate) async fn delete_remotely(&self) -> Result<()> {
        self.kind.delete(self.world, &self.agent, &self.name).await
    }

    /// Returns its id.
    pub(crate) fn id(&self) -> Result<String> {
        let state = self.resource.state().context("no state")?;
        Ok(state["id"].as_str().context("no id")?.to_owned())
    }

    pub(crate) fn document(&self) -> Result<Json> {
        let document = self.kind.document(self.world, &self.name)?;
        document.context("the service has no such object")
    }

    /// Fails unless the service has the value at this index.
    pub(crate) fn has(&self, row: &Row, index: usize) -> Result<()> {
        if row.is_local() {
            return Ok(());
        }
        row.held_by(&self.document()?, index, self.plane)
    }

    /// Fails unless the service has what remains after the value at this index is removed.
    pub(crate) fn has_lost(&self, row: &Row, before: usize) -> Result<()> {
        if row.is_local() {
            return Ok(());
        }
        let document = self.document()?;
        let found = document.pointer(row.at);
        match &row.removal {
            Removal::Never => Ok(()),
            Removal::Keeps => self.has(row, before),
            Removal::Gone => {
                ensure!(
                    json::is_nothing(found) || found == Some(&json!("None")),
                    "the service still has {found:?} at {}",
                    row.at
                );
                Ok(())
            }
            Removal::Default(default) => {
                ensure!(
                    found == Some(default) || found.is_none(),
                    "the service has {found:?} at {} and not {default}",
                    row.at
                );
                Ok(())
            }
        }
    }

    pub(crate) async fn destroy(&mut self) -> Result<()> {
        self.resource.destroy().await?;
        ensure!(
            self.resource.state().is_none(),
            "there is a state after destroy"
        );
        let left = self.kind.remains(self.world, &self.name)?;
        ensure!(left.is_none(), "the service still has {left:?}");
        Ok(())
    }
}

/// Runs the work with one object for each row of a kind on a plane, many at a time.
pub(crate) async fn each_row(
    kind: &Kind,
    plane: &'static str,
    work: impl AsyncFn(Object<'_>, &Variant, &Row) -> Result<()>,
) -> Result<()> {
    let world = &World::new().await?;
    let rows = kind.variants.iter().flat_map(|variant| {
        let rows = variant.rows.iter();
        rows.map(move |row| (variant, row))
    });
    let cases = rows.enumerate().map(|(n, (variant, row))| {
        let case = format!("{}, {}", variant.name, row.path);
        (case, (format!("object-{n}"), variant, row))
    });
    let work = &work;
    for_each(cases, |(name, variant, row)| async move {
        let object = Object::new(world, kind, plane, &name).await?;
        work(object, variant, row).await
    })
    .await
}

/// Runs the work with one object for each variant of a kind on a plane, many at a time.
pub(crate) async fn each_variant(
    kind: &Kind,
    plane: &'static str,
    work: impl AsyncFn(Object<'_>, &Variant) -> Result<()>,
) -> Result<()> {
    let world = &World::new().await?;
    let cases = kind.variants.iter().map(|variant| {
        let name = format!("v-{}", variant.name.replace('_', "-"));
        (variant.name.to_owned(), (name, variant))
    });
    let work = &work;
    for_each(cases, |(name, variant)| async move {
        let object = Object::new(world, kind, plane, &name).await?;
        work(object, variant).await
    })
    .await
}
