use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::emulator_binary;

/// How long the emulator may take to listen.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The emulator as a child process. Dropping it ends it.
#[derive(Debug)]
pub struct EmulatorProcess {
    child: Option<Child>,
    addresses: Addresses,
    log: PathBuf,
    /// Holds the log, unless the caller said where it goes.
    _dir: Option<TempDir>,
}

/// The addresses of an emulator, as its first line on standard output gives them.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Addresses {
    /// Azure Resource Manager, and the value of `AZURESRE_EMULATOR`.
    pub arm_endpoint: String,
    /// The login endpoint.
    pub authority_host: String,
    /// The control API, without a slash at its end.
    pub control: String,
    /// The token that every plane accepts.
    pub token: String,
    /// The file with the CA certificate of the proxy, when one was asked for.
    #[serde(default)]
    pub ca_certificate: Option<PathBuf>,
}

impl EmulatorProcess {
    /// Builds the emulator when needed and starts it on a free port, with further arguments.
    pub fn start(args: &[&str]) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let log = dir.path().join("emulator.log");
        let mut started = Self::spawn(&mut command(args)?, log)?;
        started._dir = Some(dir);
        Ok(started)
    }

    /// The same, in a process group of its own, so that Ctrl-C in the terminal does not end it, and
    /// with its log in this file; for one that is going to be [detached](Self::detach).
    #[cfg(unix)]
    pub fn start_detachable(args: &[&str], log: PathBuf) -> Result<Self> {
        use std::os::unix::process::CommandExt as _;

        Self::spawn(command(args)?.process_group(0), log)
    }

    /// Where it listens.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The value of `AZURESRE_EMULATOR`, which points the provider here.
    pub fn url(&self) -> &str {
        self.addresses.arm_endpoint.trim_end_matches('/')
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asks the control API: `GET` of `requests`, `state`, `profile`, …
    pub fn get(&self, path: &str) -> Result<Value> {
        let url = self.control(path);
        let answer = ureq::get(&url)
            .call()
            .and_then(|mut answer| answer.body_mut().read_json());
        answer.with_context(|| format!("cannot GET {url}; the emulator logged:\n{}", self.log()))
    }

    /// Tells the control API: `POST` to `faults`, `reset`, …; returns the status.
    pub fn post(&self, path: &str, body: &Value) -> Result<u16> {
        let url = self.control(path);
        let answer = ureq::post(&url).send_json(body);
        let answer = answer
            .with_context(|| format!("cannot POST {url}; the emulator logged:\n{}", self.log()))?;
        Ok(answer.status().as_u16())
    }

    /// Changes the behaviour at run time: `PUT` of `profile`; returns the status.
    pub fn put(&self, path: &str, body: &Value) -> Result<u16> {
        let url = self.control(path);
        let answer = ureq::put(&url).send_json(body);
        let answer = answer
            .with_context(|| format!("cannot PUT {url}; the emulator logged:\n{}", self.log()))?;
        Ok(answer.status().as_u16())
    }

    /// Leaves the emulator running; returns its process id.
    pub fn detach(mut self) -> Option<u32> {
        self.child.take().map(|child| child.id())
    }

    fn spawn(command: &mut Command, log: PathBuf) -> Result<Self> {
        let program = PathBuf::from(command.get_program());
        let stderr =
            File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let addresses = child
            .stdout
            .take()
            .context("the emulator has no standard output")
            .and_then(first_line)
            .and_then(|line| {
                serde_json::from_str(&line)
                    .with_context(|| format!("the emulator's first line is {line:?}"))
            });
        match addresses {
            Ok(addresses) => Ok(Self {
                child: Some(child),
                addresses,
                log,
                _dir: None,
            }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error.context(format!("the emulator did not start:\n{}", read(&log))))
            }
        }
    }

    fn control(&self, path: &str) -> String {
        format!("{}/{path}", self.addresses.control.trim_end_matches('/'))
    }
}

impl Drop for EmulatorProcess {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // Fails only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn command(args: &[&str]) -> Result<Command> {
    let mut command = Command::new(emulator_binary()?);
    command.args(["--listen", "127.0.0.1:0"]).args(args);
    Ok(command)
}

fn read(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}

/// The first line, waited for on a thread of its own, which then drains the rest: a full pipe would
/// stop the emulator.
fn first_line(stdout: ChildStdout) -> Result<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        let result = reader.read_line(&mut line).map(|_| line);
        let _ = sender.send(result);
        let _ = io::copy(&mut reader, &mut io::sink());
    });
    match receiver.recv_timeout(START_LIMIT) {
        Ok(Ok(line)) if line.is_empty() => Err(anyhow!("it ended without printing its addresses")),
        Ok(line) => line.context("cannot read its addresses"),
        Err(_) => Err(anyhow!("no addresses after {} s", START_LIMIT.as_secs())),
    }
}
