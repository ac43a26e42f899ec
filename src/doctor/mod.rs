//! Diagnosis of problems that prevent an apply, and of the behavior of this build of the service.
//!
//! [`program`] is the subcommand `doctor`. Checks are data (`checks`): each has a name,
//! requirements, and a function. Without write probes, the doctor sends only GET requests and token
//! requests. The detected behavior of the build becomes a profile of the emulator (`build`).

mod areas;
mod build;
mod check;
mod checks;
mod collections;
mod command;
mod connect;
mod report;
mod scene;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use azure::id::AgentId;
use tfplugin::Value;

pub use self::command::{HELP, UsageError, parse};
pub use crate::provider::command_line::Environment;

use self::check::{Finding, Seen};
use self::checks::CHECKS;
use self::report::Report;
use self::scene::Scene;

/// The options of the doctor.
#[derive(Clone, Debug)]
pub struct Options {
    /// The arguments of the provider that were set as flags, as an object with all arguments.
    pub provider: Value,
    /// The agent to check.
    pub agent: Option<AgentId>,
    /// Whether the report is a JSON document.
    pub json: bool,
    /// Whether the report contains complete ids.
    pub full: bool,
    /// The path for the profile of the build.
    pub profile: Option<PathBuf>,
    /// Whether objects may be created and deleted to detect more.
    pub write_probes: bool,
    /// The name of the agent, which confirms the write probes.
    pub confirm: Option<String>,
}

/// The result of an examination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No check failed.
    Fine,
    /// A check failed, so an apply would fail, too.
    Sick,
}

/// Runs the subcommand with its arguments, and prints to standard output.
pub fn program(arguments: Vec<OsString>, version: &'static str) -> ExitCode {
    /// The exit code for usage errors, in contrast to failed checks.
    const MISUSED: u8 = 2;
    let options = match parse(arguments) {
        Ok(Some(options)) => options,
        Ok(None) => {
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => return ended(&error, MISUSED),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return ended(&error, MISUSED),
    };
    let environment: Environment = Arc::new(|name| std::env::var(name).ok());
    let examined = runtime.block_on(examine(options, environment, version, &mut io::stdout()));
    match examined {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Sick) => ExitCode::FAILURE,
        Err(error) => ended(&error, MISUSED),
    }
}

/// Runs all checks and prints a report.
///
/// # Errors
/// Returns an error if the report or the profile cannot be written.
pub async fn examine(
    options: Options,
    environment: Environment,
    version: &'static str,
    out: &mut (dyn Write + Send),
) -> io::Result<Verdict> {
    let mut scene = Scene::new(
        options.provider.clone(),
        environment,
        version,
        options.agent.clone(),
    );
    let mut report = Report::new(out, options.json, options.full);
    for check in CHECKS {
        let missing = check.needs.iter().find(|needed| !report.has_passed(needed));
        let seen = match missing {
            Some(needed) => Seen::skipped(format!("the check `{needed}` did not pass")),
            None => (check.look)(&mut scene).await,
        };
        report.finding(Finding {
            check: check.name,
            seen,
        })?;
    }
    if options.profile.is_some() || options.write_probes {
        build::examine(&options, &mut scene, &mut report).await?;
    }
    match report.end(version)? {
        true => Ok(Verdict::Fine),
        false => Ok(Verdict::Sick),
    }
}

/// Returns the switches of the emulator's profile that reading detects, and those that write probes
/// detect.
pub fn switches() -> (Vec<&'static str>, Vec<&'static str>) {
    build::told()
}

fn ended(error: &dyn std::error::Error, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "terraform-provider-azuresre doctor: {error}");
    ExitCode::from(code)
}
