//! Other processes on the machine that have found the socket.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use plugin_host::plugin::transport::{self, Address, Security};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Provider, knock, launch, within};

/// The variable by which a host names the group that may use the socket.
const SOCKET_GROUP: &str = "PLUGIN_UNIX_SOCKET_GROUP";

/// More connections than the server accepts between its handshakes and its calls.
const STALLED: usize = 64;

pub(crate) async fn h26_plain_text_is_refused() -> Result<()> {
    let provider = Provider::start().await?;
    let (address, security) = (provider.plugin.address(), provider.plugin.security());
    let result = within(knock(address, &Security::Plain)).await?;
    ensure!(result.is_err(), "let in");
    for words in [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
        &[0x16, 0x03, 0x01, 0xff, 0xff, 0x01],
        &[0; 100_000],
    ] {
        let mut connection = transport::open(address, &Security::Plain).await?;
        // The server may close the connection before it has read everything.
        let _ = connection.write_all(words).await;
        let _ = connection.shutdown().await;
        let mut answer = Vec::new();
        let _ = within(connection.read_to_end(&mut answer)).await?;
        // At most a TLS alert, which has seven bytes.
        ensure!(answer.len() <= 7, "answered with {answer:?}");
    }
    // The host itself is not affected.
    knock(address, security).await
}

pub(crate) async fn h27_connections_that_stall_keep_nobody_out() -> Result<()> {
    let provider = Provider::start().await?;
    let (address, security) = (provider.plugin.address(), provider.plugin.security());
    let mut stalled = Vec::new();
    for _ in 0..STALLED {
        stalled.push(transport::open(address, &Security::Plain).await?);
    }
    knock(address, security).await?;
    drop(stalled);
    Ok(())
}

pub(crate) async fn h28_the_socket_is_for_its_owner_and_the_named_group() -> Result<()> {
    let provider = Provider::start().await?;
    let Address::Unix(socket) = provider.plugin.address() else {
        // This system has no Unix sockets.
        return Ok(());
    };
    let dir = socket.parent().context("no directory")?;
    ensure!(mode(dir)? == 0o700, "{:o}", mode(dir)?);
    // Any group will do, and the process's own one always exists.
    let own = tempfile::tempdir()?;
    let group = fs::metadata(own.path())?.gid();
    let launch = launch()?.env(SOCKET_GROUP, group.to_string());
    let shared = Provider::launched(launch).await?;
    let Address::Unix(socket) = shared.plugin.address() else {
        return Ok(());
    };
    let dir = socket.parent().context("no directory")?;
    ensure!(fs::metadata(socket)?.gid() == group, "another group");
    ensure!(mode(dir)? == 0o750, "{:o}", mode(dir)?);
    ensure!(mode(socket)? == 0o660, "{:o}", mode(socket)?);
    Ok(())
}

fn mode(path: &Path) -> Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}
