//! The provider started by a person, and an emulator that is not running.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use test_support::{Run, Workspace, binaries, hosts};

use crate::change::unwrapped;

#[test]
fn help_describes_the_program_on_standard_output() {
    let run = provider("--help").success().unwrap();
    assert!(run.stdout.contains("Azure SRE Agent"), "{}", run.stdout);
    assert!(run.stdout.contains("azuresre/azuresre"), "{}", run.stdout);
    assert_eq!(run.stderr, "");
}

#[test]
fn unknown_argument_is_named_on_standard_error() {
    let run = provider("--halp").failure().unwrap();
    assert!(run.stderr.contains("`--halp`"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn missing_emulator_is_reported_immediately() {
    // No program listens on a port that was bound and dropped.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    for host in hosts::all().unwrap() {
        let provider = binaries::provider_binary().unwrap();
        let mut workspace = Workspace::with_provider(&host, &provider).unwrap();
        workspace.env("AZURESRE_EMULATOR", format!("http://{address}"));
        workspace.require_provider().unwrap();
        workspace
            .write("main.tf", "data \"azuresre_agents\" \"all\" {}\n")
            .unwrap();
        workspace.init().unwrap();
        let start = Instant::now();
        let output = unwrapped(&workspace.plan_expecting_error().unwrap().output());
        // Failures of the network are retried for two minutes.
        assert!(start.elapsed() < Duration::from_secs(60), "{output}");
        assert!(output.contains("is it running?"), "{output}");
        assert!(output.contains(&address), "{output}");
    }
}

fn provider(argument: &str) -> Run {
    let mut command = std::process::Command::new(binaries::provider_binary().unwrap());
    Run::capture(command.arg(argument), Duration::from_secs(60)).unwrap()
}
