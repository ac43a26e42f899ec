//! Terraform core's rules about values, as pure functions, which check providers.
//!
//! They deliberately share no code with the provider framework. Otherwise, a misreading of the
//! rules would go undetected.
//!
//! | Question | Function |
//! |---|---|
//! | Which proposed new state does a provider receive? | [`proposed_new`] |
//! | May it plan this? | [`assert_plan_valid`] |
//! | May it return this from apply, or from the second plan? | [`assert_object_compatible`] |
//! | Can this state be saved? | [`state_problems`] |
//! | Which paths force a replacement, and what will be done? | [`required_replaces`], [`action`] |
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

/// One violated rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The position in the value.
    pub path: Path,
    /// What is wrong.
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
