//! The host against a provider that keeps the rules, until it is told to break one.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod fake;
mod judgement;
mod lifecycle;
mod newer;
mod process;
