//! Tests the host with a provider that follows the rules until a test makes it violate one.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod fake;
mod lifecycle;
mod newer;
mod process;
mod violations;
