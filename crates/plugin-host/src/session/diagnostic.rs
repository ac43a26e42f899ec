//! Messages from a provider, and the failures of a session.

use std::fmt;

use anyhow::{Context, Result, bail};
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::diagnostic::Severity as WireSeverity;

use crate::core::Problem;
use crate::value::{Path, Type};

/// One message for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the message is an error or a warning.
    pub severity: Severity,
    /// One line.
    pub summary: String,
    /// The rest.
    pub detail: String,
    /// The attribute that it concerns.
    pub path: Option<Path>,
}

/// The severity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The step failed.
    Error,
    /// The step continued.
    Warning,
}

/// The provider answered with errors, as it may. The user would see them.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The step, and the object that it concerned.
    pub step: String,
    /// All messages, including warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// The provider violated a rule of the protocol. This is a bug in the provider, whatever the
/// configuration is.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The step, and the object that it concerned.
    pub step: String,
    /// What is wrong with the answer, in Terraform's words if it has any.
    pub summary: String,
    /// Every violated rule, with its path.
    pub problems: Vec<Problem>,
}

impl Failure {
    /// Returns the failure in a result that must be one. Any other outcome is an error.
    ///
    /// ```
    /// # use plugin_host::Failure;
    /// let unexpected = Failure::of::<()>(Ok(())).unwrap_err();
    /// assert_eq!(unexpected.to_string(), "succeeded, but should have failed");
    /// ```
    pub fn of<T>(result: Result<T>) -> Result<Self> {
        match result {
            Ok(_) => bail!("succeeded, but should have failed"),
            Err(error) => error.downcast().context("failed in another way"),
        }
    }

    /// Returns the errors among the messages.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

impl Violation {
    /// Returns the violation in a result that must be one. Any other outcome is an error.
    pub fn of<T>(result: Result<T>) -> Result<Self> {
        match result {
            Ok(_) => bail!("kept all rules, but should have broken one"),
            Err(error) => error.downcast().context("failed in another way"),
        }
    }

    pub(super) fn new(step: &str, summary: &str, problems: Vec<Problem>) -> Self {
        Self {
            step: step.to_owned(),
            summary: summary.to_owned(),
            problems,
        }
    }

    /// Creates a violation that concerns the whole answer.
    pub(super) fn whole(step: &str, summary: &str, reason: impl Into<String>) -> Self {
        Self::new(step, summary, vec![Problem::new(&Path::root(), reason)])
    }

    /// Fails if there are problems.
    pub(super) fn unless_empty(step: &str, summary: &str, problems: Vec<Problem>) -> Result<()> {
        if problems.is_empty() {
            return Ok(());
        }
        Err(Self::new(step, summary, problems).into())
    }
}

impl Diagnostic {
    /// Creates a message about an attribute, from the host itself.
    pub(super) fn of_host(problem: &Problem) -> Self {
        Self {
            severity: Severity::Error,
            summary: "Invalid configuration".to_owned(),
            detail: problem.to_string(),
            path: Some(problem.path.clone()),
        }
    }
}

/// Decodes the messages of an answer. Their paths must exist in values of `ty`.
pub(super) fn read_diagnostics(
    step: &str,
    diagnostics: &[proto::Diagnostic],
    ty: &Type,
) -> Result<Vec<Diagnostic>> {
    let invalid = |reason: String| Violation::whole(step, "Invalid diagnostic", reason);
    let read = diagnostics.iter().map(|diagnostic| {
        let severity = match diagnostic.severity() {
            WireSeverity::Error => Severity::Error,
            WireSeverity::Warning => Severity::Warning,
            WireSeverity::Invalid => {
                return Err(invalid(format!("no severity: {}", diagnostic.summary)).into());
            }
        };
        let path = match &diagnostic.attribute {
            None => None,
            Some(path) => {
                let path = Path::from_proto(path).and_then(|path| path.check(ty).map(|()| path));
                Some(path.map_err(|error| invalid(format!("{}: {error:#}", diagnostic.summary)))?)
            }
        };
        Ok(Diagnostic {
            severity,
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            path,
        })
    });
    read.collect()
}

/// Fails if there are errors among the messages.
pub(super) fn succeed(step: &str, diagnostics: Vec<Diagnostic>) -> Result<Vec<Diagnostic>> {
    if diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
    {
        return Err(Failure {
            step: step.to_owned(),
            diagnostics,
        }
        .into());
    }
    Ok(diagnostics)
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.summary)?;
        if let Some(path) = &self.path {
            write!(f, " (at {path})")?;
        }
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.detail)
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: the provider answered with errors", self.step)?;
        self.diagnostics
            .iter()
            .try_for_each(|diagnostic| write!(f, "\n  {diagnostic}"))
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step, self.summary)?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Violation {}
