//! The program.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{AGENT, Reply};

/// The running program; killed when dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) addresses: Value,
    rest: BufReader<std::process::ChildStdout>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_azuresre-emulator"))
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
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

    async fn call(&self, method: Method, path: &str, body: Value) -> Reply {
        let url = format!(
            "{}{path}?api-version=2025-05-01-preview",
            self.addresses["arm_endpoint"].as_str().unwrap()
        );
        let request = reqwest::Client::new().request(method, url).json(&body);
        Reply::of(
            request
                .bearer_auth(self.addresses["token"].as_str().unwrap())
                .send()
                .await
                .unwrap(),
        )
        .await
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
async fn the_start_line_has_all_addresses_and_signals_end_the_program() {
    for signal in ["-INT", "-TERM"] {
        let mut program = Program::start(&["--profile", "acceptance"]);
        let addresses = program.addresses.clone();
        for name in [
            "arm_endpoint",
            "authority_host",
            "ca_certificate",
            "token",
            "control",
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

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_when_it_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.redb");
    let file = file.to_str().unwrap();
    let mut program = Program::start(&["--data", file]);
    for round in 0..3 {
        let agent = format!("{AGENT}{round}");
        let reply = program
            .call(Method::PUT, &agent, json!({"location": "swedencentral"}))
            .await;
        assert_eq!(reply.status, 201);
        program.signal("-KILL");
        program.child.wait().unwrap();
        program = Program::start(&["--data", file]);
        for earlier in 0..=round {
            assert_eq!(
                program
                    .call(Method::GET, &format!("{AGENT}{earlier}"), json!({}))
                    .await
                    .status,
                200
            );
        }
    }
}

#[test]
fn bad_profiles_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("profile.json");
    std::fs::write(&file, r#"{"agent_pols": 1}"#).unwrap();
    for (argument, named) in [
        (file.to_str().unwrap(), "agent_pols"),
        ("acceptence", "acceptance"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_azuresre-emulator"))
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
fn help_explains_itself() {
    let output = Command::new(env!("CARGO_BIN_EXE_azuresre-emulator"))
        .arg("--help")
        .output()
        .unwrap();
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
