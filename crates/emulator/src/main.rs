//! `azuresre-emulator`: the emulator as a program.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use emulator::{Emulator, Options, Profile};
use tracing_subscriber::EnvFilter;

/// Emulates Azure SRE Agent: Azure Resource Manager, the data plane of every agent, and the parts
/// of Entra ID that credential libraries need.
///
/// Prints one line of JSON with all addresses and a token on start, including the address of a page
/// that shows what happens (ui). Then serves HTTP and HTTPS on the same port until it is
/// interrupted. Logs to standard error (RUST_LOG).
#[derive(Debug, Parser)]
#[command(
    name = "azuresre-emulator",
    version,
    after_long_help = "EXAMPLE:\n  \
        azuresre-emulator --listen 127.0.0.1:7575 --profile acceptance &\n  \
        export AZURESRE_EMULATOR=http://127.0.0.1:7575\n  \
        terraform apply\n  \
        curl http://127.0.0.1:7575/_emulator/requests"
)]
struct Arguments {
    /// The address to listen on. Port 0 selects any free port.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7575")]
    listen: String,
    /// Store everything in this file. Without it, everything is in memory.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The behavior of the services: `default`, `acceptance` (every delay and oddity), or a JSON
    /// file of switches.
    #[arg(long, value_name = "NAME|FILE", default_value = "default")]
    profile: String,
    /// Keep the emulator's CA in this folder. Without it, every run creates a new one.
    #[arg(long, value_name = "FOLDER")]
    ca_dir: Option<PathBuf>,
    /// Also serve an HTTPS proxy for the hosts of Azure, so that clients need no settings except
    /// HTTPS_PROXY and the CA. Other hosts are refused.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:7576")]
    proxy: Option<String>,
    /// Do not serve the page that shows what happens, and do not keep answers for it.
    #[arg(long)]
    no_ui: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();

    // This comes before the start line, so that a program that has read the line can stop the
    // emulator.
    let stopped = stopped()?;
    let emulator = Emulator::start(Options {
        profile: profile(&arguments.profile)?,
        data: arguments.data,
        listen: Some(arguments.listen),
        ca_dir: arguments.ca_dir,
        proxy: arguments.proxy,
        ui: !arguments.no_ui,
    })
    .await?;
    let line = serde_json::to_string(emulator.addresses())?;
    writeln!(io::stdout(), "{line}").context("cannot print the start line")?;
    stopped.await;
    Ok(())
}

/// Completes when the program is interrupted or terminated. Signals are not missed between the call
/// and the first poll.
#[cfg(unix)]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes when Ctrl-C is pressed, or the console is closed. Events are not missed between the
/// call and the first poll.
#[cfg(not(unix))]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_c, ctrl_close};

    let mut interrupt = ctrl_c()?;
    let mut close = ctrl_close()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = close.recv() => {}
        }
    })
}

fn profile(name: &str) -> anyhow::Result<Profile> {
    if let Some(profile) = Profile::named(name) {
        return Ok(profile);
    }
    let text = std::fs::read_to_string(name).with_context(|| {
        format!("cannot read the profile {name}; the built-in ones are default and acceptance")
    })?;
    Profile::from_json(&text).with_context(|| format!("in {name}"))
}
