//! Requirements for messages.

use anyhow::{Result, ensure};
use plugin_host::Diagnostic;

/// Texts that no message or log may contain.
const SECRETS: [&str; 3] = ["secret-", "Bearer ", "azuresre-emulator-token"];

/// The beginnings of advice.
const ADVICE: [&str; 15] = [
    "apply again",
    "is it running",
    "plan again",
    "try again",
    "the next plan or apply",
    "next plan",
    "import it",
    "assign ",
    "check ",
    "set `",
    "wait until",
    "something other than",
    "start it",
    "untaint",
    // Refers to the first of several messages with one cause.
    "for the remedy, see the error",
];

/// Fails unless a message names the object and its address, repeats what the service reported, and
/// says what to do.
pub(crate) fn check(
    message: &Diagnostic,
    name: &str,
    agent: &str,
    said: Option<&str>,
) -> Result<()> {
    let text = format!("{}\n{}", message.summary, message.detail);
    ensure!(
        message.summary.contains(name),
        "the summary does not name {name:?}: {message}"
    );
    let is_located = text.to_lowercase().contains(&agent.to_lowercase());
    ensure!(
        is_located,
        "the message does not say where the object is: {message}"
    );
    if let Some(said) = said {
        ensure!(
            text.contains(said),
            "the message does not say {said:?}: {message}"
        );
    }
    let lower = text.to_lowercase();
    let advises = ADVICE.iter().any(|advice| lower.contains(advice));
    ensure!(advises, "the message does not say what to do: {message}");
    harmless(&text)
}

/// Fails if a text of the provider contains a secret, or the trace of a panic.
pub(crate) fn harmless(text: &str) -> Result<()> {
    ensure!(!text.contains("panicked"), "there was a panic: {text}");
    for secret in SECRETS {
        ensure!(!text.contains(secret), "{secret:?} is in {text}");
    }
    Ok(())
}
