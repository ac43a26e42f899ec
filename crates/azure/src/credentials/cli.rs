//! Runs the Azure CLI.

use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use azure_identity::Executor;

/// Runs the Azure CLI for at most a minute, without prompts, and not beyond the end of the call
/// that needs it.
#[derive(Debug)]
pub(super) struct CliExecutor {
    pub(super) environment: Vec<(String, String)>,
}

const WITHIN: Duration = Duration::from_secs(60);

#[async_trait]
impl Executor for CliExecutor {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let output = tokio::process::Command::new(program)
            .args(args)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        tokio::time::timeout(WITHIN, output)
            .await
            .unwrap_or_else(|_| {
                let message = format!("`az` did not respond within {} s", WITHIN.as_secs());
                Err(io::Error::new(io::ErrorKind::TimedOut, message))
            })
    }
}
