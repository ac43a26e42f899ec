//! Starts a plugin process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{ClientIdentity, Handshake, Lines};

/// The value of [`variable::MAGIC_COOKIE`], by which Terraform and OpenTofu identify themselves to
/// a provider.
pub const MAGIC_COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The environment variables that a host sets for a plugin.
pub mod variable {
    /// Proves that a host started the process.
    pub const MAGIC_COOKIE: &str = "TF_PLUGIN_MAGIC_COOKIE";
    /// The major protocol versions that the host supports, in no particular order.
    pub const PROTOCOL_VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
    /// The host's certificate as PEM. Without it, the connection is plain text.
    pub const CLIENT_CERT: &str = "PLUGIN_CLIENT_CERT";
    /// The lowest port for TCP.
    pub const MIN_PORT: &str = "PLUGIN_MIN_PORT";
    /// The highest port for TCP.
    pub const MAX_PORT: &str = "PLUGIN_MAX_PORT";
    /// The directory for the socket. Terraform does not set it.
    pub const UNIX_SOCKET_DIR: &str = "PLUGIN_UNIX_SOCKET_DIR";
    /// Whether the broker may share the connection. Terraform does not set it.
    pub const MULTIPLEX_GRPC: &str = "PLUGIN_MULTIPLEX_GRPC";
}

/// How long to wait for the log of a dead process.
const LOG_LIMIT: Duration = Duration::from_secs(1);
/// Terraform's limit.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A plugin process to be started, by default exactly as Terraform starts it.
///
/// ```no_run
/// # async fn example() -> anyhow::Result<()> {
/// use plugin_host::{Launch, Plugin};
///
/// let launch = Launch::new("target/debug/terraform-provider-x").env("TF_LOG", "trace");
/// let plugin = Plugin::start(launch).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    // `None` removes a variable that would be inherited.
    environment: BTreeMap<OsString, Option<OsString>>,
    certificate: Certificate,
    directory: Option<PathBuf>,
    limit: Duration,
}

/// The output of a process without a connection.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
}

/// A process that has printed its handshake.
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) handshake: Handshake,
    pub(super) identity: Option<ClientIdentity>,
    pub(super) stdout: Arc<Lines>,
    pub(super) stderr: Arc<Lines>,
}

#[derive(Clone, Debug)]
enum Certificate {
    Fresh,
    Given(ClientIdentity),
    None,
}

impl Launch {
    /// Creates a launch of the program, with the environment of Terraform and a new client
    /// certificate.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let set = [
            (variable::MAGIC_COOKIE, MAGIC_COOKIE),
            (variable::PROTOCOL_VERSIONS, "5,6"),
            (variable::MIN_PORT, "10000"),
            (variable::MAX_PORT, "25000"),
        ];
        let removed = [
            variable::CLIENT_CERT,
            variable::UNIX_SOCKET_DIR,
            variable::MULTIPLEX_GRPC,
        ];
        let set = set
            .into_iter()
            .map(|(name, value)| (name.into(), Some(value.into())));
        let removed = removed.into_iter().map(|name| (name.into(), None));
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: removed.chain(set).collect(),
            certificate: Certificate::Fresh,
            directory: None,
            limit: START_LIMIT,
        }
    }

    /// Adds an argument. Terraform passes none.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable, even one that Terraform sets.
    pub fn env(mut self, name: impl Into<OsString>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .insert(name.into(), Some(value.as_ref().to_owned()));
        self
    }

    /// Removes a variable, even one that Terraform sets.
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), None);
        self
    }

    /// Uses this certificate instead of a new one.
    pub fn certificate(mut self, identity: ClientIdentity) -> Self {
        self.certificate = Certificate::Given(identity);
        self
    }

    /// Requests a plain-text connection, like Terraform with `TF_DISABLE_PLUGIN_TLS`.
    pub fn without_tls(mut self) -> Self {
        self.certificate = Certificate::None;
        self
    }

    /// Runs in this directory.
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets how long to wait for the handshake, or for the end of the process in
    /// [`Launch::output`].
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs a process that is expected to end without a connection.
    pub async fn output(&self) -> Result<Output> {
        let child = self
            .command(self.identity()?.as_ref())
            .spawn()
            .context(self.failure())?;
        let output = timeout(self.limit, child.wait_with_output()).await;
        let output = output.map_err(|_| anyhow!("still runs after {:?}", self.limit));
        let output = output
            .and_then(|output| Ok(output?))
            .with_context(|| self.failure())?;
        Ok(Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    pub(super) async fn spawn(&self) -> Result<Started> {
        let identity = self.identity()?;
        let mut child = self
            .command(identity.as_ref())
            .spawn()
            .with_context(|| self.failure())?;
        let stdout = child
            .stdout
            .take()
            .context("standard output is not piped")?;
        let stderr = child.stderr.take().context("standard error is not piped")?;
        let stderr = Lines::collect(BufReader::new(stderr));
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let read = timeout(self.limit, stdout.read_line(&mut line)).await;
        let handshake = match read {
            Err(_) => Err(anyhow!(
                "timeout while waiting for the handshake ({:?})",
                self.limit
            )),
            Ok(Ok(0)) => match child.wait().await {
                Ok(status) => Err(anyhow!("ended before the handshake ({status})")),
                Err(error) => Err(error.into()),
            },
            Ok(Ok(_)) => Handshake::parse(&line),
            Ok(Err(error)) => Err(error.into()),
        };
        let handshake = match handshake {
            Ok(handshake) => handshake,
            Err(error) => {
                child.start_kill().or_else(|error| match error.kind() {
                    ErrorKind::InvalidInput => Ok(()), // It has already ended.
                    _ => Err(error),
                })?;
                let log = stderr.complete(LOG_LIMIT).await;
                return Err(error.context(format!("{}; it wrote:\n{log}", self.failure())));
            }
        };
        Ok(Started {
            child,
            handshake,
            identity,
            stdout: Lines::collect(stdout),
            stderr,
        })
    }

    fn identity(&self) -> Result<Option<ClientIdentity>> {
        Ok(match &self.certificate {
            Certificate::Fresh => Some(ClientIdentity::generate()?),
            Certificate::Given(identity) => Some(identity.clone()),
            Certificate::None => None,
        })
    }

    fn command(&self, identity: Option<&ClientIdentity>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).kill_on_drop(true);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        if let Some(identity) = identity {
            command.env(variable::CLIENT_CERT, identity.pem());
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None if identity.is_some() && name == variable::CLIENT_CERT => &mut command,
                None => command.env_remove(name),
            };
        }
        command
    }

    fn failure(&self) -> String {
        format!("plugin {} did not start", self.program.display())
    }
}
