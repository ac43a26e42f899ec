//! The outcomes of cases, and how they are checked.

use anyhow::{Result, ensure};
use plugin_host::{Diagnostic, Resource};
use serde_json::Value as Json;

use super::case::{Case, Operation, THEIRS, Wrong};
use super::fixture::Fixture;
use super::message;
use crate::kinds::{Storage, has_content};

/// The outcome of the operation for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Success without a message.
    GoesThrough,
    /// Success, or work that continues, with a warning.
    Warning,
    /// An error, with the state unchanged.
    Error,
    /// An error, with the object tainted in the state.
    Tainted,
    /// An error whose message says how to import the object, which exists nevertheless.
    Import,
    /// The service reports that the object does not exist, so it is removed from the state.
    Gone,
}

/// The result of the run with the failure.
pub(super) struct Troubled {
    pub(super) resource: Resource,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) failed: bool,
}

impl Case<'_> {
    /// Returns the outcome of the run with the failure. Fails unless the message is helpful, and
    /// the state contains what exists.
    pub(super) fn ending(&self, troubled: &Troubled) -> Result<Ending> {
        let Troubled {
            resource,
            diagnostics,
            failed,
        } = troubled;
        let says = match self.wrong {
            Wrong::Request(_, trouble) => trouble.says,
            _ => None,
        };
        for diagnostic in diagnostics {
            let named = self.object.key["name"].as_str().unwrap_or("default");
            message::check(diagnostic, named, &self.object.agent, says)?;
        }
        let exists = self.exists()?;
        let state = resource.state();
        let before = self.object.resource.state();
        let ending = match (failed, diagnostics.is_empty()) {
            (false, true) => Ending::GoesThrough,
            (false, false) => Ending::Warning,
            (true, _) if resource.is_tainted() => Ending::Tainted,
            (true, _) => Ending::Error,
        };
        match ending {
            Ending::GoesThrough if self.operation == Operation::Delete => {
                ensure!(state.is_none(), "it is gone and in the state");
                if exists {
                    ensure!(self.wrong.denies(), "it is still there, and nobody says so");
                    return Ok(Ending::Gone);
                }
            }
            Ending::GoesThrough => {
                ensure!(exists, "it is not there, and nobody says so");
                if state.is_none() {
                    ensure!(self.wrong.denies(), "it is lost");
                    return Ok(Ending::Gone);
                }
            }
            Ending::Warning => ensure!(state.is_some(), "it is not in the state"),
            Ending::Tainted => {}
            // A new object that exists nevertheless, or one whose deletion could not be confirmed.
            _ if state.is_none() && exists => {
                ensure!(
                    import_id(diagnostics).is_some(),
                    "it exists, is in no state, and the message does not say how to import it: {}",
                    shown(diagnostics)
                );
                return Ok(Ending::Import);
            }
            _ => ensure!(
                state.is_none() || state == before,
                "the state was {before:?} and is {state:?}"
            ),
        }
        if self.operation == Operation::Read && ending != Ending::Gone {
            // An object that is not where the state says, but identical on the other plane, was
            // moved there.
            let is_same = state.clone().map(without_place) == before.clone().map(without_place);
            if self.wrong.denies() && is_same && state != before {
                return Ok(Ending::Gone);
            }
            ensure!(state == before, "the state was {before:?} and is {state:?}");
        }
        Ok(ending)
    }

    /// Returns whether the object exists, as far as this operation determines it.
    fn exists(&self) -> Result<bool> {
        let is_permanent = self.fixture.kind.storage.is_permanent();
        let stays = matches!(self.operation, Operation::Read | Operation::Update);
        Ok(is_permanent && stays || self.remains()?)
    }

    pub(super) fn remains(&self) -> Result<bool> {
        let Fixture { kind, world, .. } = self.fixture;
        let count = kind.records(world, &self.object.name)?.len();
        ensure!(count < 2, "the service has {count} of them");
        let mut remains = kind.remains(world, &self.object.name)?;
        // Members of other clients are kept when the object is reset.
        if let (true, Some(Json::Object(members))) = (kind.storage.is_permanent(), &mut remains) {
            members.shift_remove(THEIRS.trim_start_matches('/'));
            let document = Json::Object(members.clone());
            return Ok(match kind.storage {
                Storage::Singletons { .. } | Storage::Permissions => has_content(&document),
                _ => true,
            });
        }
        Ok(remains.is_some())
    }
}

/// Returns a state without the attributes that say where the object is.
fn without_place(mut state: Json) -> Json {
    for member in ["id", "plane"] {
        state[member] = Json::Null;
    }
    state
}

/// Returns the id in the import block of a message.
pub(super) fn import_id(diagnostics: &[Diagnostic]) -> Option<&str> {
    let blocks = diagnostics
        .iter()
        .filter_map(|one| one.detail.split_once("import {"));
    let ids = blocks.filter_map(|(_, block)| block.split_once("id = \""));
    ids.filter_map(|(_, rest)| rest.split('"').next()).next()
}

fn shown(diagnostics: &[Diagnostic]) -> String {
    let lines = diagnostics.iter().map(ToString::to_string);
    lines.collect::<Vec<_>>().join("\n")
}
