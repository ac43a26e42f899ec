//! When the process ends, and what does not end it.

use std::io;

use tokio_util::sync::CancellationToken;

/// Ignores interrupts. A Ctrl-C in a terminal reaches the whole process group, and the host decides
/// what it means for running calls, through `StopProvider`.
pub(super) fn ignore_interrupts() {
    tokio::spawn(async {
        while tokio::signal::ctrl_c().await.is_ok() {
            tracing::debug!("ignored an interrupt: the host decides what it means");
        }
    });
}

/// Ends the server on the first interrupt.
pub(super) fn end_with_interrupt(done: CancellationToken) {
    tokio::spawn(async move {
        // Without a signal handler, the interrupt ends the process anyway.
        let _ = tokio::signal::ctrl_c().await;
        done.cancel();
    });
}

/// Ends the server when the host has died, because its children then get another parent. Call this
/// while the host is certainly running, since the current parent counts as the host.
pub(super) fn end_with_parent(done: CancellationToken) {
    #[cfg(unix)]
    let host = std::os::unix::process::parent_id();
    #[cfg(unix)]
    tokio::spawn(async move {
        use std::os::unix::process::parent_id;
        use std::time::Duration;

        let mut ticks = tokio::time::interval(Duration::from_millis(500));
        while parent_id() == host {
            tokio::select! {
                () = done.cancelled() => return,
                _ = ticks.tick() => {}
            }
        }
        tracing::warn!("the host is gone");
        done.cancel();
    });
    #[cfg(not(unix))]
    drop(done);
}

/// Redirects everything that is printed to standard error, and so to the host's log. Standard
/// output contains the handshake and nothing else, even if a dependency prints.
pub(super) fn give_up_stdout() -> io::Result<()> {
    #[cfg(unix)]
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(())
}
