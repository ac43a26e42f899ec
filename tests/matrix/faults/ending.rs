//! How a cell ends, and what its end is held to.

use anyhow::{Result, ensure};
use plugin_host::{Diagnostic, Resource};
use serde_json::Value as Json;

use super::cell::{Cell, Operation, THEIRS, Wrong};
use super::message;
use super::scene::Scene;
use crate::kinds::{Home, says_something};

/// How the operation ends for its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Without a word.
    GoesThrough,
    /// It is done or goes on, and something is to be known of it.
    Warning,
    /// It failed, and the state is as before.
    Error,
    /// It failed, and the object is in the state as one to be replaced.
    Tainted,
    /// It failed, and the message says how to take over the object that is there nevertheless.
    Import,
    /// The service says that the object does not exist, so that it is no longer in the state.
    Gone,
}

/// How the troubled run ended.
pub(super) struct Troubled {
    pub(super) resource: Resource,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) failed: bool,
}

impl Cell<'_> {
    /// How the troubled run ended: the message is good, and the state holds what exists.
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
            // A new object that is there nevertheless, or one that could not be proved to be gone.
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
            // What is not where the state says, and is the same on the other plane, was moved there.
            let is_same = state.clone().map(without_place) == before.clone().map(without_place);
            if self.wrong.denies() && is_same && state != before {
                return Ok(Ending::Gone);
            }
            ensure!(state == before, "the state was {before:?} and is {state:?}");
        }
        Ok(ending)
    }

    /// Whether it exists, as far as that is told by what this operation does to it.
    fn exists(&self) -> Result<bool> {
        let is_permanent = self.scene.kind.home.is_permanent();
        let stays = matches!(self.operation, Operation::Read | Operation::Update);
        Ok(is_permanent && stays || self.remains()?)
    }

    pub(super) fn remains(&self) -> Result<bool> {
        let Scene { kind, world, .. } = self.scene;
        let count = kind.records(world, &self.object.name)?.len();
        ensure!(count < 2, "the service has {count} of them");
        let mut remains = kind.remains(world, &self.object.name)?;
        // What others have added stays when the object is put back.
        if let (true, Some(Json::Object(members))) = (kind.home.is_permanent(), &mut remains) {
            members.shift_remove(THEIRS.trim_start_matches('/'));
            let document = Json::Object(members.clone());
            return Ok(match kind.home {
                Home::Singletons { .. } | Home::Permissions => says_something(&document),
                _ => true,
            });
        }
        Ok(remains.is_some())
    }
}

/// A state without what says where the object is.
fn without_place(mut state: Json) -> Json {
    for member in ["id", "plane"] {
        state[member] = Json::Null;
    }
    state
}

/// The id in the import block of a message.
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
