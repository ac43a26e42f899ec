//! A plugin process and the connection to it.
//!
//! [`Launch`] describes how to start the process, and [`Plugin`] is the running process.
//! [`in_process`] works without a process. [`transport`] and [`ClientIdentity`] are for tests that
//! connect in ways that Terraform does not.

mod handshake;
mod in_process;
mod launch;
mod lines;
mod reattach;
mod tls;
pub mod transport;

use std::fs;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tfplugin6::plugin::Empty;
use tfplugin6::plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin6::plugin::grpc_stdio_client::GrpcStdioClient;
use tfplugin6::tfplugin6 as proto;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tonic::transport::Channel;

pub use self::handshake::Handshake;
pub use self::in_process::in_process;
pub use self::launch::{Launch, MAGIC_COOKIE, Output, variable};
pub use self::lines::Lines;
pub use self::reattach::Reattach;
pub use self::tls::ClientIdentity;
use self::transport::{Address, Security};

/// The client of the provider service.
pub type ProviderClient = proto::provider_client::ProviderClient<Channel>;

/// How long Terraform waits between the call to shut down and the kill.
const GRACE: Duration = Duration::from_secs(2);

/// A plugin that is running and connected. Dropping it kills a process that was started here.
#[derive(Debug)]
pub struct Plugin {
    process: Option<Process>,
    pid: u32,
    address: Address,
    security: Security,
    channel: Channel,
    // The tasks end when this is dropped, and with them their use of the connection.
    stdio: JoinSet<()>,
}

/// How a process ended.
#[derive(Debug)]
pub struct Exit {
    /// Its status.
    pub status: ExitStatus,
    /// Whether it had to be killed because it did not end in time.
    pub killed: bool,
    /// The time from the call to shut down to the end.
    pub elapsed: Duration,
}

#[derive(Debug)]
struct Process {
    child: Child,
    handshake: Handshake,
    stdout: Arc<Lines>,
    stderr: Arc<Lines>,
}

impl Plugin {
    /// Starts a plugin as Terraform does: environment, handshake, mutual TLS, connection.
    pub async fn start(launch: Launch) -> Result<Self> {
        let started = launch.spawn().await?;
        let handshake = started.handshake;
        ensure!(
            handshake.protocol == 6,
            "protocol version is {}, not 6",
            handshake.protocol
        );
        let security = match (&started.identity, &handshake.certificate) {
            (identity, Some(server)) => Security::Tls {
                server: server.clone(),
                identity: identity.clone(),
            },
            (Some(_), None) => bail!("the plugin did not answer with a certificate"),
            (None, None) => Security::Plain,
        };
        let pid = started.child.id().context("the plugin has ended")?;
        let address = handshake.address.clone();
        let process = Process {
            child: started.child,
            handshake,
            stdout: started.stdout,
            stderr: started.stderr,
        };
        let channel = transport::connect(&address, &security)
            .await
            .with_context(|| {
                format!(
                    "cannot connect to the plugin; it wrote:\n{}",
                    process.stderr.joined()
                )
            })?;
        let stdio = drain_stdio(channel.clone());
        Ok(Self {
            process: Some(process),
            pid,
            address,
            security,
            channel,
            stdio,
        })
    }

    /// Attaches to a plugin in debug mode, given the JSON of `TF_REATTACH_PROVIDERS`.
    pub async fn attach(json: &str) -> Result<Self> {
        let Reattach { pid, address } = Reattach::parse(json)?;
        let security = Security::Plain;
        let channel = transport::connect(&address, &security).await?;
        let stdio = drain_stdio(channel.clone());
        Ok(Self {
            process: None,
            pid,
            address,
            security,
            channel,
            stdio,
        })
    }

    /// Returns a client of the provider, without limits on message sizes.
    pub fn client(&self) -> ProviderClient {
        provider_client(self.channel.clone())
    }

    /// Returns the connection, for clients of other services.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Returns the address at which the plugin listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Returns how the connection is secured.
    pub fn security(&self) -> &Security {
        &self.security
    }

    /// Returns the handshake, or `None` in debug mode.
    pub fn handshake(&self) -> Option<&Handshake> {
        self.process.as_ref().map(|process| &process.handshake)
    }

    /// Returns the process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Returns what the process wrote to standard output after the handshake, which should be
    /// nothing.
    pub fn stdout(&self) -> Option<Arc<Lines>> {
        self.process.as_ref().map(|process| process.stdout.clone())
    }

    /// Returns what the process wrote to standard error, which is its log.
    pub fn stderr(&self) -> Option<Arc<Lines>> {
        self.process.as_ref().map(|process| process.stderr.clone())
    }

    /// Sends a signal by its name, for example `INT`. Unix only.
    pub async fn signal(&self, name: &str) -> Result<()> {
        let pid = self.pid.to_string();
        let status = Command::new("kill")
            .args(["-s", name, &pid])
            .status()
            .await?;
        ensure!(status.success(), "signal {name} could not be sent to {pid}");
        Ok(())
    }

    /// Waits until the process ends without being asked to.
    pub async fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let process = self
            .process
            .as_mut()
            .context("an attached plugin is not ours to wait for")?;
        let status = timeout(limit, process.child.wait()).await;
        Ok(status.with_context(|| format!("the plugin still runs after {limit:?}"))??)
    }

    /// Ends the process like Terraform: asks it to shut down, waits for 2 seconds, and kills it.
    ///
    /// A plugin in debug mode is not asked; only the connection ends.
    pub async fn shutdown(self) -> Result<Option<Exit>> {
        let Self {
            process,
            channel,
            stdio,
            ..
        } = self;
        let Some(mut process) = process else {
            return Ok(None);
        };
        let begun = Instant::now();
        // Terraform ignores the answer as well, because the process may be gone before it sends
        // one.
        let mut controller = GrpcControllerClient::new(channel);
        let _ = timeout(GRACE, controller.shutdown(Empty {})).await;
        drop((controller, stdio));
        let (status, killed) = match timeout(GRACE, process.child.wait()).await {
            Ok(status) => (status?, false),
            Err(_) => {
                process.child.start_kill()?;
                (process.child.wait().await?, true)
            }
        };
        Ok(Some(Exit {
            status,
            killed,
            elapsed: begun.elapsed(),
        }))
    }

    /// Kills the process immediately, as after a second interrupt.
    pub async fn kill(mut self) -> Result<()> {
        match &mut self.process {
            Some(process) => Ok(process.child.kill().await?),
            None => bail!("an attached plugin is not ours to kill"),
        }
    }
}

impl Drop for Process {
    /// Removes the socket, which a killed process leaves in its own directory.
    fn drop(&mut self) {
        let Address::Unix(socket) = &self.handshake.address else {
            return;
        };
        // Fails if the process has already ended.
        let _ = self.child.start_kill();
        // Both fail if the process has cleaned up, or if the directory contains something else.
        let _ = fs::remove_file(socket);
        let _ = socket.parent().map(fs::remove_dir);
    }
}

/// Opens the stream of printed output, like Terraform does right after connecting, and keeps it
/// open.
fn drain_stdio(channel: Channel) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // A plugin may lack this service, and may end the stream.
        let Ok(response) = GrpcStdioClient::new(channel).stream_stdio(()).await else {
            return;
        };
        let mut stream = response.into_inner();
        while let Ok(Some(_)) = stream.message().await {}
    });
    tasks
}

fn provider_client(channel: Channel) -> ProviderClient {
    ProviderClient::new(channel)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX)
}
