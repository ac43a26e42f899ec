use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::Deserialize;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::binaries::emulator_binary;

/// How long the emulator may take to start listening.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The emulator as a child process. Dropping it kills the process.
#[derive(Debug)]
pub struct EmulatorProcess {
    child: Option<Child>,
    addresses: Addresses,
    log: PathBuf,
    /// Keeps the log, unless the caller chose another file.
    _dir: Option<TempDir>,
}

/// The addresses of an emulator, from its first line on standard output.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Addresses {
    /// The address of Azure Resource Manager, which is the value of `AZURESRE_EMULATOR`.
    pub arm_endpoint: String,
    /// The address of the login endpoint, which is https.
    pub authority_host: String,
    /// The address of the control API, without a trailing slash.
    pub control: String,
    /// The token that every plane accepts.
    pub token: String,
    /// The file with the certificate of the CA that signed the emulator's own.
    pub ca_certificate: PathBuf,
    /// All others, by name: tenant, application, managed identity and pipeline endpoints.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl EmulatorProcess {
    /// Builds the emulator if needed, and starts it on a free port with further arguments.
    pub fn start(args: &[&str]) -> Result<Self> {
        Self::start_binary(&emulator_binary()?, args)
    }

    /// Starts this executable on a free port, with further arguments.
    pub fn start_binary(binary: &Path, args: &[&str]) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let log = dir.path().join("emulator.log");
        let mut command = command(binary, args);
        // It is killed in the end, and cannot remove its own files.
        let mut started = Self::spawn(command.env("TMPDIR", dir.path()), log)?;
        started._dir = Some(dir);
        Ok(started)
    }

    /// Starts the emulator like [`Self::start`], but in a separate process group, so that Ctrl-C in
    /// the terminal does not end it, and with its log in this file. Use this for an emulator to
    /// [detach](Self::detach).
    #[cfg(unix)]
    pub fn start_detachable(args: &[&str], log: PathBuf) -> Result<Self> {
        use std::os::unix::process::CommandExt as _;

        Self::spawn(command(&emulator_binary()?, args).process_group(0), log)
    }

    /// Returns the addresses at which it listens.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Returns the value of `AZURESRE_EMULATOR`, which makes the provider use this emulator.
    pub fn url(&self) -> &str {
        self.addresses.arm_endpoint.trim_end_matches('/')
    }

    /// Returns its log.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Calls the control API with `GET`: `requests`, `state`, `profile`, …
    pub fn get(&self, path: &str) -> Result<Value> {
        self.call("GET", path, None)
    }

    /// Calls the control API with `POST`: `faults`, `reset`, … Returns the answer, null if empty.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call("POST", path, Some(body))
    }

    /// Changes a document of the control API with `PUT`: `profile`. Returns the answer.
    pub fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.call("PUT", path, Some(body))
    }

    /// Removes something from the control API with `DELETE`: `requests`, `faults`, …
    pub fn delete(&self, path: &str) -> Result<Value> {
        self.call("DELETE", path, None)
    }

    /// Sends a request to Azure Resource Manager or to the data plane of an agent, with the token
    /// that every plane accepts. Returns the status and the body, which is a text if it is not
    /// JSON.
    pub fn send(&self, method: &str, url: &str, body: &Value) -> Result<(u16, Value)> {
        let body = (!body.is_null()).then_some(body);
        let (status, answer) = exchange(method, url, Some(&self.addresses.token), body)
            .with_context(|| format!("cannot {method} {url}; it logged:\n{}", self.log()))?;
        let body = serde_json::from_str(&answer).unwrap_or(Value::String(answer));
        Ok((status, body))
    }

    /// Its process id.
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(std::process::Child::id)
    }

    /// Keeps the emulator running after this value is dropped, and returns its process id.
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

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let url = format!("{}/{path}", self.addresses.control.trim_end_matches('/'));
        let (status, answer) = exchange(method, &url, None, body)
            .with_context(|| format!("cannot {method} {url}; it logged:\n{}", self.log()))?;
        ensure!(
            (200..300).contains(&status),
            "{method} {url} was answered {status}: {answer}"
        );
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer)
            .with_context(|| format!("{method} {url} was not answered in JSON: {answer}"))
    }
}

impl Drop for EmulatorProcess {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // This only fails if it has already ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn command(binary: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(["--listen", "127.0.0.1:0"]).args(args);
    command
}

fn read(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}

/// Returns the status and body of an answer, whatever the status is.
fn exchange(
    method: &str,
    url: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Result<(u16, String)> {
    // Without a proxy, because the emulator is on this machine.
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .build();
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut request = ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("accept", "application/json")
        .header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(body)?;
    let mut answer = ureq::Agent::new_with_config(config).run(request)?;
    // The log of many requests is long.
    let text = answer
        .body_mut()
        .with_config()
        .limit(u64::MAX)
        .read_to_string()?;
    Ok((answer.status().as_u16(), text))
}

/// Reads the first line on a separate thread, which then drains the rest, because a full pipe would
/// block the emulator.
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
