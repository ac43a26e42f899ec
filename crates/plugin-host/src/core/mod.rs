//! Terraform core's rules about values, as functions without side effects: the oracle that judges providers.
//!
//! They share no code with the provider framework, and never will: a misreading of the rules would otherwise judge
//! itself.
//!
//! | Question | Function |
//! |---|---|
//! | What does a provider get as proposed new state? | [`proposed_new`] |
//! | May it plan this? | [`assert_plan_valid`] |
//! | May it answer this to apply, or to the second plan? | [`assert_object_compatible`] |
//! | Is this a state that can be saved? | [`state_problems`] |
//! | Which replacements count, what will be done? | [`required_replaces`], [`action`] |
//! | Does a host accept these schemas, this configuration? | [`schema_problems`], [`config_problems`] |

mod action;
mod compatible;
mod plan_valid;
mod proposed;
mod state;

use std::fmt;

pub use self::action::{Action, action, required_replaces};
pub use self::compatible::assert_object_compatible;
pub use self::plan_valid::assert_plan_valid;
pub use self::proposed::proposed_new;
pub(crate) use self::state::without_write_only;
pub use self::state::{state_problems, write_only_problems};
pub use crate::schema::{config_problems, schema_problems};
use crate::value::Path;

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub path: Path,
    /// Why.
    pub reason: String,
}

impl Problem {
    pub(crate) fn new(path: &Path, reason: impl Into<String>) -> Self {
        Self {
            path: path.clone(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}
