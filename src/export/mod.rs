//! Export of the configuration of an agent with all its objects, for hosts without `terraform
//! query`.
//!
//! [`program`] is the subcommand `export`. It reads the objects (`collect`) with the same lists and
//! generated configurations as `terraform query`. It writes blocks (`body`) in which names of other
//! objects are references (`references`) and long texts are files, and saves everything in a folder
//! (`files`). It sends only GET requests and token requests.

mod body;
mod collect;
mod command;
mod files;
mod hcl;
mod layout;
mod names;
mod references;
mod report;
mod scene;
mod secrets;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use azure::id::AgentId;
use azure::wire::Wire;
use tfplugin::{Diagnostics, Value};
use tokio_util::sync::CancellationToken;

pub use self::command::{HELP, parse};
pub use self::files::FilesError;

use self::layout::Layout;
use crate::provider::arguments::Arguments;
pub use crate::provider::command_line::Environment;
use crate::provider::settings;
use crate::session::SessionHandle;

/// The time limit for retries of failed requests. It is short, because the user waits for the
/// result, and kinds that cannot be read are reported.
const RETRIES: Duration = Duration::from_secs(30);

/// The options of an export.
#[derive(Clone, Debug)]
pub struct Options {
    /// The arguments of the provider that were set as flags, as an object with all arguments.
    pub provider: Value,
    /// The agent to export.
    pub agent: AgentId,
    /// The folder to write to.
    pub directory: PathBuf,
    /// Whether to replace existing files.
    pub force: bool,
    /// Whether secrets become arguments that Terraform stores.
    pub stored_secrets: bool,
    /// Whether the report is a JSON document.
    pub json: bool,
}

/// The result of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was exported.
    Complete,
    /// The report lists objects that could not be exported.
    Incomplete,
}

/// The reason why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The provider cannot be configured, or the agent cannot be read.
    #[error("{0}")]
    Told(String),
    /// The agent does not exist.
    #[error("the agent {0} does not exist, or you do not have permission to read it")]
    NoAgent(AgentId),
    /// The files cannot be written.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The report cannot be printed.
    #[error("cannot print the report: {0}")]
    Report(#[from] io::Error),
    /// The user interrupted the export.
    #[error("interrupted. Nothing was written")]
    Interrupted,
}

/// Runs the subcommand with its arguments, and prints to standard output.
pub fn program(arguments: Vec<OsString>, version: &'static str) -> ExitCode {
    /// The exit code if nothing was written.
    const NOTHING: u8 = 2;
    let options = match parse(arguments) {
        Ok(Some(options)) => options,
        Ok(None) => {
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => return ended(&error, NOTHING),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return ended(&error, NOTHING),
    };
    let environment: Environment = Arc::new(|name| std::env::var(name).ok());
    let cancel = CancellationToken::new();
    let interrupted = cancel.clone();
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let mut out = io::stdout();
    let exported = export(options, environment, version, None, cancel, &mut out);
    match runtime.block_on(exported) {
        Ok(Verdict::Complete) => ExitCode::SUCCESS,
        Ok(Verdict::Incomplete) => ExitCode::FAILURE,
        Err(error) => ended(&error, NOTHING),
    }
}

/// Exports an agent and prints a report. Requests use the given transport instead of the network,
/// if there is one.
///
/// # Errors
/// Returns an error if nothing was written.
pub async fn export(
    options: Options,
    environment: Environment,
    version: &'static str,
    wire: Option<Arc<dyn Wire>>,
    cancel: CancellationToken,
    out: &mut (dyn Write + Send),
) -> Result<Verdict, ExportError> {
    let mut options = options;
    // Without this, objects would name a subscription that differs from that of the provider block.
    let subscription = options.agent.subscription_id().to_owned();
    options.provider.set("subscription_id", subscription.into());
    let session = session(&options, &environment, version, wire)?;
    let collected = collect::collect(&session, &options.agent, &cancel).await;
    if cancel.is_cancelled() {
        return Err(ExportError::Interrupted);
    }
    let collected = collected.map_err(|why| ExportError::Told(collect::told(&why)))?;
    let collected = collected.ok_or_else(|| ExportError::NoAgent(options.agent.clone()))?;
    let plane = session.preferences().0;
    let Layout { files, mut report } = layout::lay_out(collected, &options, plane, version);
    files::write(&options.directory, &files, options.force, &cancel)?;
    report.others = files::others(&options.directory, &files);
    report.tell(out, &options.directory, version, options.json)?;
    match report.is_complete() {
        true => Ok(Verdict::Complete),
        false => Ok(Verdict::Incomplete),
    }
}

/// Creates a session like the provider does from the same arguments and environment variables, but
/// with a shorter time limit for retries.
fn session(
    options: &Options,
    environment: &Environment,
    version: &'static str,
    wire: Option<Arc<dyn Wire>>,
) -> Result<SessionHandle, ExportError> {
    let arguments = Arguments::new(&options.provider, |name| environment(name));
    let told = |why: Diagnostics| {
        let lines: Vec<String> = why.iter().map(collect::told).collect();
        ExportError::Told(lines.join("\n"))
    };
    let mut config = settings::client_config(&arguments, version, "export").map_err(told)?;
    config.retry.failures_for = RETRIES;
    let session = settings::session(&arguments, config, wire).map_err(told)?;
    let handle = SessionHandle::default();
    handle.set(session);
    Ok(handle)
}

fn ended(error: &dyn std::error::Error, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "terraform-provider-azuresre export: {error}");
    ExitCode::from(code)
}
