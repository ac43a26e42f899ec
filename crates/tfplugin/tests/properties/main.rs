//! Properties of all schemas, values and sequences of bytes.
//!
//! The reference implementations share no code with the framework: `rmpv` for the wire,
//! `plugin-host` for the rules of Terraform.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers as well"
)]

mod codec;
mod json;
mod lifecycle;
mod schemas;
mod service;
mod typed;

use proptest::test_runner::{Config, FileFailurePersistence};

/// Returns the number of cases, which `PROPTEST_CASES` overrides, and the file for failed cases.
fn config(cases: u32, regressions: &'static str) -> Config {
    let wished = std::env::var_os("PROPTEST_CASES").map(|_| Config::default().cases);
    Config {
        cases: wished.unwrap_or(cases),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        max_shrink_time: 20_000,
        ..Config::default()
    }
}

/// Returns the file for the failed cases of a module.
macro_rules! regressions {
    ($module:literal) => {
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/properties/regressions/",
            $module,
            ".txt"
        )
    };
}

pub(crate) use regressions;
