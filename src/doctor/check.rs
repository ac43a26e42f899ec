//! What a check is, and what comes of one.

use futures::future::BoxFuture;

use super::scene::Scene;

/// A check, as a row of the table in `checks`.
pub(super) struct Check {
    /// Its name in reports.
    pub(super) name: &'static str,
    /// The checks that must have passed before it.
    pub(super) needs: &'static [&'static str],
    /// How it looks. It sends nothing but GET, and requests for tokens.
    pub(super) look: for<'a> fn(&'a mut Scene) -> BoxFuture<'a, Seen>,
}

/// How a check has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Skipped,
}

/// What a check has seen.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) outcome: Outcome,
    /// What was seen, or why nothing was.
    pub(super) text: String,
    /// What you can do about it.
    pub(super) remedies: Vec<String>,
    /// What only an administrator can do about it.
    pub(super) asks: Vec<String>,
    /// What to put into the provider block: arguments with values as they are written there.
    pub(super) block: Vec<(&'static str, String)>,
}

/// A check with what it has seen.
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

    /// Adds what you can do about it.
    pub(super) fn remedy(mut self, text: impl Into<String>) -> Self {
        self.remedies.push(text.into());
        self
    }

    /// Adds what only an administrator can do about it.
    pub(super) fn ask(mut self, text: impl Into<String>) -> Self {
        self.asks.push(text.into());
        self
    }

    /// Adds an argument of the provider block.
    pub(super) fn block(mut self, argument: &'static str, value: impl Into<String>) -> Self {
        self.block.push((argument, value.into()));
        self
    }
}
