//! Checks and their results.

use futures::future::BoxFuture;

use super::scene::Scene;

/// A check, which is a row of the table in `checks`.
pub(super) struct Check {
    /// The name of the check in reports.
    pub(super) name: &'static str,
    /// The checks that must pass first.
    pub(super) needs: &'static [&'static str],
    /// The function that runs the check. It sends only GET requests and token requests.
    pub(super) look: for<'a> fn(&'a mut Scene) -> BoxFuture<'a, Seen>,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// The result of a check.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) outcome: Outcome,
    /// What the check found, or why it was skipped.
    pub(super) text: String,
    /// What the user can do about it.
    pub(super) remedies: Vec<String>,
    /// What only an administrator can do about it.
    pub(super) asks: Vec<String>,
    /// Arguments for the provider block, with their values in HCL.
    pub(super) block: Vec<(&'static str, String)>,
}

/// A check with its result.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) seen: Seen,
}

impl Outcome {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl Seen {
    pub(super) fn passed(text: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, text)
    }

    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, text)
    }

    pub(super) fn skipped(text: impl Into<String>) -> Self {
        Self::new(Outcome::Skipped, text)
    }

    fn new(outcome: Outcome, text: impl Into<String>) -> Self {
        Self {
            outcome,
            text: text.into(),
            remedies: Vec::new(),
            asks: Vec::new(),
            block: Vec::new(),
        }
    }

    /// Adds advice for the user.
    pub(super) fn remedy(mut self, text: impl Into<String>) -> Self {
        self.remedies.push(text.into());
        self
    }

    /// Adds a task for an administrator.
    pub(super) fn ask(mut self, text: impl Into<String>) -> Self {
        self.asks.push(text.into());
        self
    }

    /// Adds an argument for the provider block.
    pub(super) fn block(mut self, argument: &'static str, value: impl Into<String>) -> Self {
        self.block.push((argument, value.into()));
        self
    }
}
