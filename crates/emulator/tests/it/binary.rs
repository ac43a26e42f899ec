//! The program.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::client::Reply;

/// The path of the program.
pub(crate) const PATH: &str = env!("CARGO_BIN_EXE_azuresre-emulator");

/// The running program, which is killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) addresses: Value,
    rest: BufReader<std::process::ChildStdout>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(Command::new(PATH).args(arguments))
    }

    /// Runs a command that executes the program.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut rest = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        rest.read_line(&mut line).unwrap();
        Self {
            child,
            addresses: serde_json::from_str(&line).unwrap(),
            rest,
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it immediately.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn start_line_has_all_addresses_and_signals_end_the_program() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::start(&["--profile", "acceptance"]);
        let addresses = program.addresses.clone();
        for name in [
            "arm_endpoint",
            "authority_host",
            "ca_certificate",
            "token",
            "control",
            "ui",
            "tenant_id",
            "client_id",
            "client_secret",
            "identity_endpoint",
        ] {
            assert!(addresses[name].is_string(), "{name}");
        }
        let profile = reqwest::get(format!(
            "{}/profile",
            addresses["control"].as_str().unwrap()
        ))
        .await
        .unwrap();
        assert_eq!(Reply::of(profile).await.body["agent_polls"], 2);
        program.signal(signal);
        assert!(program.child.wait().unwrap().success());
        let mut more = String::new();
        program.rest.read_to_string(&mut more).unwrap();
        assert_eq!(more, "", "one line and no more");
        assert!(!Path::new(addresses["ca_certificate"].as_str().unwrap()).exists());
    }
}

#[test]
fn errors_name_invalid_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("profile.json");
    std::fs::write(&file, r#"{"agent_pols": 1}"#).unwrap();
    for (argument, named) in [
        (file.to_str().unwrap(), "agent_pols"),
        ("acceptence", "acceptance"),
    ] {
        let output = Command::new(PATH)
            .args(["--listen", "127.0.0.1:0", "--profile", argument])
            .output()
            .unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(named), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_describes_the_program() {
    let output = Command::new(PATH).arg("--help").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for word in [
        "--listen",
        "--data",
        "--profile",
        "--proxy",
        "EXAMPLE",
        "terraform apply",
    ] {
        assert!(said.contains(word), "{word}");
    }
}
