//! The time from the start of the process to its first answers, and its memory then.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use plugin_host::plugin::{ClientIdentity, Handshake, MAGIC_COOKIE, variable};
use plugin_host::{Launch, Plugin};
use tfplugin6::tfplugin6::get_provider_schema;
use tokio::runtime;

use super::Subject;
use super::table::{MEGABYTE, MILLISECOND, Row, median};
use crate::memory;

/// The number of starts. One takes milliseconds, and varies.
const STARTS: usize = 20;

/// The medians of several starts, and the maximum memory.
#[derive(Debug)]
pub(super) struct Startup {
    handshake: Duration,
    schema: Duration,
    resident: u64,
}

pub(super) fn measure(subject: &Subject) -> Result<Startup> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Terraform creates one for each start, which is not the provider's time.
    let identity = ClientIdentity::generate()?;
    let mut handshakes = Vec::new();
    let mut schemas = Vec::new();
    let mut resident = 0;
    for _ in 0..STARTS {
        handshakes.push(time_to_handshake(&subject.provider, &identity)?);
        let launch = Launch::new(&subject.provider).certificate(identity.clone());
        let (schema, memory) = runtime.block_on(time_to_schema(launch))?;
        schemas.push(schema);
        resident = resident.max(memory);
    }
    Ok(Startup {
        handshake: median(handshakes),
        schema: median(schemas),
        resident,
    })
}

/// Returns the time to the handshake, which is a line on standard output.
fn time_to_handshake(provider: &Path, identity: &ClientIdentity) -> Result<Duration> {
    // It is killed before it can remove its socket.
    let sockets = tempfile::tempdir()?;
    let started = Instant::now();
    let mut child = Command::new(provider)
        .env(variable::MAGIC_COOKIE, MAGIC_COOKIE)
        .env(variable::PROTOCOL_VERSIONS, "6")
        .env(variable::CLIENT_CERT, identity.pem())
        .env(variable::UNIX_SOCKET_DIR, sockets.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = child
        .stdout
        .take()
        .context("the provider has no standard output")?;
    let mut line = String::new();
    let read = BufReader::new(stdout).read_line(&mut line);
    let elapsed = started.elapsed();
    // End it in any case, and check its output afterwards.
    let _ = child.kill();
    child.wait()?;
    read?;
    Handshake::parse(&line)?;
    Ok(elapsed)
}

/// Returns the time to the answer, and the resident memory after it.
async fn time_to_schema(launch: Launch) -> Result<(Duration, u64)> {
    let started = Instant::now();
    let plugin = Plugin::start(launch).await?;
    let request = get_provider_schema::Request::default();
    let schema = plugin
        .client()
        .get_provider_schema(request)
        .await?
        .into_inner();
    let elapsed = started.elapsed();
    ensure!(
        !schema.resource_schemas.is_empty(),
        "the provider offers no resources"
    );
    let resident = memory::resident(plugin.pid())?;
    plugin.shutdown().await?;
    Ok((elapsed, resident))
}

impl Startup {
    pub(super) fn rows(&self) -> Vec<Row> {
        let handshake = MILLISECOND.show(self.handshake.as_secs_f64());
        let schema = self.schema.as_secs_f64();
        vec![
            Row::only("start to handshake", handshake),
            Row::at_most(
                "start to the answer of GetProviderSchema",
                MILLISECOND,
                schema,
                0.020,
            ),
            Row::at_most("resident memory then", MEGABYTE, self.resident as f64, 20e6),
        ]
    }
}
