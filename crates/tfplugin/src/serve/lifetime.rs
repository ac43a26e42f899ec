//! When the process ends, and when it does not.

use std::io;

use tokio_util::sync::CancellationToken;

/// Swallows interrupts. A Ctrl-C in a terminal goes to the whole process group; what it means
/// for running calls is told by the host, through `StopProvider`.
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
        // Without a signal handler the interrupt ends the process anyway.
        let _ = tokio::signal::ctrl_c().await;
        done.cancel();
    });
}

/// Ends the server when the host has died: its children then belong to another process. To be
/// called while the host is surely there, since the parent of now counts as the host.
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

/// Sends to standard error, and so to the host's log, whatever is printed from now on: standard
/// output carries the handshake and nothing else, also when a dependency does not know that.
pub(super) fn give_up_stdout() -> io::Result<()> {
    #[cfg(unix)]
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(())
}
