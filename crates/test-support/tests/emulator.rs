//! The emulator as a child process.

use serde_json::{Value, json};
use test_support::EmulatorProcess;

#[test]
fn emulator_process_answers_on_its_control_api() {
    let emulator = EmulatorProcess::start(&[]).unwrap();
    let addresses = emulator.addresses();
    assert!(
        addresses.control.starts_with(emulator.url()),
        "{addresses:?}"
    );
    assert!(
        !addresses.token.is_empty() && !addresses.more.is_empty(),
        "{addresses:?}"
    );
    assert_eq!(emulator.get("requests").unwrap(), json!([]));
    assert_eq!(emulator.get("state").unwrap(), json!({}));
    let profile = emulator.get("profile").unwrap();
    assert_eq!(emulator.put("profile", &profile).unwrap(), profile);
    emulator.delete("requests").unwrap();
}

#[test]
fn error_shows_the_refusal_of_the_control_api() {
    let emulator = EmulatorProcess::start(&[]).unwrap();
    let error = emulator
        .post("no-such-route", &json!({}))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("404") && error.contains("no such route"),
        "{error}"
    );
}

#[test]
fn requests_to_the_planes_are_signed_in() {
    let emulator = EmulatorProcess::start(&[]).unwrap();
    let url = format!(
        "{}/subscriptions/s/providers/Microsoft.App/agents?api-version=2025-05-01-preview",
        emulator.url()
    );
    let (status, agents) = emulator.send("GET", &url, &Value::Null).unwrap();
    assert_eq!((status, &agents["value"]), (200, &json!([])), "{agents}");
}

#[test]
fn emulator_process_that_cannot_start_is_an_error_with_its_log() {
    let error = EmulatorProcess::start(&["--no-such-flag"]).unwrap_err();
    assert!(format!("{error:#}").contains("--no-such-flag"), "{error:#}");
}

#[test]
fn dropped_emulator_process_has_ended() {
    let emulator = EmulatorProcess::start(&[]).unwrap();
    let address = emulator.url().trim_start_matches("http://").to_owned();
    std::net::TcpStream::connect(&address).unwrap();
    drop(emulator);
    assert!(std::net::TcpStream::connect(&address).is_err());
}
