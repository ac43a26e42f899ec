use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use pty_process::Size;
use pty_process::blocking::{self as pty, Pty};

use crate::run::describe;

/// A command in a pseudo terminal, in a separate session. Ctrl-C reaches all its processes, like in
/// a shell. Dropping it kills the command.
#[derive(Debug)]
pub struct Terminal {
    command: String,
    child: Child,
    pty: Arc<PtyHandle>,
    chunks: Receiver<Vec<u8>>,
    screen: Vec<u8>,
    /// The position up to which [`Terminal::wait_for`] has searched.
    seen: usize,
}

/// The result of a command in a terminal.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The exit code, or `None` if a signal ended it.
    pub code: Option<i32>,
    /// Everything the terminal showed.
    pub output: String,
}

struct PtyHandle(Pty);

impl std::fmt::Debug for PtyHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pty")
    }
}

impl Terminal {
    /// Starts a command. Its streams are redirected to the terminal.
    pub fn spawn(command: Command) -> Result<Self> {
        let text = describe(&command);
        let (pty, pts) = pty::open().context("cannot open a pseudo terminal")?;
        // Wide enough to avoid wrapped messages.
        pty.resize(Size::new(50, 250))
            .context("cannot resize a pseudo terminal")?;
        let child = pty::Command::from(command)
            .spawn(pts)
            .with_context(|| format!("cannot start {text}"))?;
        let pty = Arc::new(PtyHandle(pty));
        let chunks = read_chunks(Arc::clone(&pty));
        Ok(Self {
            command: text,
            child,
            pty,
            chunks,
            screen: Vec::new(),
            seen: 0,
        })
    }

    /// Waits until the terminal shows a text after the one that the previous call found.
    pub fn wait_for(&mut self, text: &str, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(position) = find(&self.screen[self.seen..], text.as_bytes()) {
                self.seen += position + text.len();
                return Ok(());
            }
            match self.receive(deadline) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => bail!(
                    "`{}` did not print {text:?} within {} s; it printed:\n{}",
                    self.command,
                    limit.as_secs(),
                    self.output()
                ),
                Err(RecvTimeoutError::Disconnected) => bail!(
                    "`{}` ended without printing {text:?}; it printed:\n{}",
                    self.command,
                    self.output()
                ),
            }
        }
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&mut self) -> Result<()> {
        self.type_in("\u{3}")
    }

    /// Types a text.
    pub fn type_in(&mut self, text: &str) -> Result<()> {
        (&self.pty.0)
            .write_all(text.as_bytes())
            .with_context(|| format!("cannot type into the terminal of `{}`", self.command))
    }

    /// Waits until every process has left the terminal.
    pub fn finish(mut self, limit: Duration) -> Result<Finished> {
        let deadline = Instant::now() + limit;
        loop {
            match self.receive(deadline) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => bail!(
                    "`{}` did not end within {} s; it printed:\n{}",
                    self.command,
                    limit.as_secs(),
                    self.output()
                ),
            }
        }
        let status = self.child.wait()?;
        Ok(Finished {
            code: status.code(),
            output: self.output(),
        })
    }

    /// Returns the output so far, with plain line ends.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.screen).replace('\r', "")
    }

    fn receive(&mut self, deadline: Instant) -> Result<(), RecvTimeoutError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let chunk = self.chunks.recv_timeout(left)?;
        self.screen.extend(chunk);
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Kills the session leader, and with it the terminal, which sends a hangup to its
        // foreground processes. After `finish`, no process is left.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads on a separate thread, because a read cannot have a deadline. The channel closes when the
/// last process has left the terminal.
fn read_chunks(pty: Arc<PtyHandle>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        // Linux reports the end as an error, and other systems as zero bytes.
        while let Ok(count @ 1..) = (&pty.0).read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Terminal {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Terminal::spawn(command).unwrap()
    }

    #[test]
    fn interrupt_reaches_the_command() {
        let script = "trap 'echo caught; exit 7' INT; echo ready; while :; do sleep 0.1; done";
        let mut terminal = shell(script);
        terminal.wait_for("ready", LIMIT).unwrap();
        terminal.interrupt().unwrap();
        let finished = terminal.finish(LIMIT).unwrap();
        assert_eq!(finished.code, Some(7), "{}", finished.output);
        assert!(finished.output.contains("caught"), "{}", finished.output);
    }

    #[test]
    fn wait_only_searches_after_the_previous_text() {
        let mut terminal = shell("echo once; read line; echo twice");
        terminal.wait_for("once", LIMIT).unwrap();
        terminal.type_in("once more\n").unwrap();
        terminal.wait_for("once", LIMIT).unwrap();
        terminal.wait_for("twice", LIMIT).unwrap();
        let error = terminal.wait_for("once", LIMIT).unwrap_err();
        assert!(
            error.to_string().contains("ended without printing"),
            "{error}"
        );
    }

    #[test]
    fn command_that_does_not_end_in_time_is_an_error_with_its_output() {
        let mut terminal = shell("echo ready; sleep 600");
        terminal.wait_for("ready", LIMIT).unwrap();
        let error = terminal.finish(Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("ready"), "{error}");
    }
}
