use std::fmt::Write as _;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A command that has ended, with its output.
#[derive(Clone, Debug)]
pub struct Run {
    /// The program and its arguments, for messages.
    pub command: String,
    /// The working directory.
    pub directory: Option<PathBuf>,
    /// The exit code, or `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The duration from start to end.
    pub elapsed: Duration,
}

impl Run {
    /// Runs a command without input and waits for it. Kills it and fails after the limit.
    pub fn capture(command: &mut Command, limit: Duration) -> Result<Self> {
        let text = describe(command);
        let directory = command.get_current_dir().map(Into::into);
        let start = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {text}"))?;
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let ended = wait_for_end(&mut child, &stdout, &stderr, start + limit);
        let elapsed = start.elapsed();
        let (ended, stdout, stderr) = ended?;
        let status = child
            .wait()
            .with_context(|| format!("cannot wait for {text}"))?;
        let code = status.code();
        let run = Self {
            command: text,
            directory,
            code,
            stdout,
            stderr,
            elapsed,
        };
        if !ended {
            bail!("killed after {} s: {}", limit.as_secs(), run.report());
        }
        Ok(run)
    }

    /// Returns this run, or an error with all output if it failed.
    pub fn success(self) -> Result<Self> {
        if self.code == Some(0) {
            Ok(self)
        } else {
            bail!(self.report())
        }
    }

    /// Returns this run, or an error with all output if it did not fail.
    pub fn failure(self) -> Result<Self> {
        if matches!(self.code, Some(code) if code != 0) {
            Ok(self)
        } else {
            bail!("expected a failure: {}", self.report())
        }
    }

    /// Returns standard output followed by standard error.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Parses standard output as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout)
            .with_context(|| format!("the output is not JSON: {}", self.report()))
    }

    /// Describes the command, its directory, its result, and all output.
    pub fn report(&self) -> String {
        let mut report = format!("`{}`", self.command);
        // Writing to a String does not fail.
        if let Some(directory) = &self.directory {
            let _ = write!(report, " in {}", directory.display());
        }
        let _ = match self.code {
            Some(code) => write!(report, " ended with exit code {code}"),
            None => write!(report, " was ended by a signal"),
        };
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.trim().is_empty() {
                let _ = write!(report, "\n--- {name}\n{}", text.trim_end());
            }
        }
        report
    }
}

/// Returns program and arguments as in a shell.
pub(crate) fn describe(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn collect(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // The output before an error is still useful.
            let _ = stream.read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for the end of both streams, and kills the child at the deadline. Returns whether it ended
/// before, and its output.
fn wait_for_end(
    child: &mut Child,
    stdout: &Receiver<Vec<u8>>,
    stderr: &Receiver<Vec<u8>>,
    deadline: Instant,
) -> Result<(bool, String, String)> {
    let mut in_time = true;
    let mut texts = Vec::new();
    for stream in [stdout, stderr] {
        let left = deadline.saturating_duration_since(Instant::now());
        let bytes = match stream.recv_timeout(left) {
            Ok(bytes) => bytes,
            Err(RecvTimeoutError::Timeout) => {
                in_time = false;
                child
                    .kill()
                    .context("cannot kill a command that did not end")?;
                // A grandchild may keep the stream open longer than the child lives.
                stream
                    .recv_timeout(Duration::from_secs(5))
                    .unwrap_or_default()
            }
            Err(RecvTimeoutError::Disconnected) => Vec::new(),
        };
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    let stderr = texts.pop().unwrap_or_default();
    let stdout = texts.pop().unwrap_or_default();
    Ok((in_time, stdout, stderr))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<Run> {
        Run::capture(Command::new("sh").args(["-c", script]), limit)
    }

    #[test]
    fn run_reports_both_streams_and_the_exit_code() {
        let run = shell("echo out; echo err >&2; exit 3", Duration::from_secs(60)).unwrap();
        assert_eq!(
            (run.stdout.as_str(), run.stderr.as_str()),
            ("out\n", "err\n")
        );
        assert_eq!(run.code, Some(3));
        let message = run.success().unwrap_err().to_string();
        assert!(message.contains("exit code 3"), "{message}");
        assert!(
            message.contains("--- stdout\nout\n--- stderr\nerr"),
            "{message}"
        );
    }

    #[test]
    fn failure_refuses_a_run_that_succeeded() {
        let run = shell("true", Duration::from_secs(60)).unwrap();
        assert!(run.failure().is_err());
    }

    #[test]
    fn run_past_its_limit_is_killed_and_shows_its_output() {
        let start = Instant::now();
        let error = shell("echo before; exec sleep 600", Duration::from_millis(200)).unwrap_err();
        assert!(error.to_string().contains("before"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}
