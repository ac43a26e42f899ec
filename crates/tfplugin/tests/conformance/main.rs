//! The conformance tests: one for each statement about the behavior of a provider towards its host.
//!
//! This program has two roles. Run by Cargo, it is a test binary with the usual options. Started by
//! its own tests, it is the provider under test, which they drive over the plugin protocol exactly
//! like Terraform, through `plugin-host`. A separate program could be missing or stale.
//! [`statements`] is the list of statements and their proofs; `CONFORMANCE.md` is generated from
//! it.

mod actions;
mod apply;
mod cancellation;
mod document;
mod ephemeral;
mod functions;
mod generated;
mod identity;
mod intruders;
mod lists;
mod logging;
mod new_kinds;
mod plan;
mod process;
mod provider;
mod rpc;
mod schema;
mod statements;
mod support;
mod values;
mod write_only;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use self::statements::{Proof, statements};

fn main() -> ExitCode {
    if env::var_os(provider::PROVIDER).is_some() {
        return provider::main();
    }
    let arguments = Arguments::from_args();
    let proofs = statements()
        .into_iter()
        .filter_map(|statement| match statement.proof {
            Proof::Test { name, run } => {
                Some(Trial::test(name, move || Ok(support::block_on(run())?)))
            }
            Proof::Open(_) => None,
        });
    let own = [
        Trial::test("document::is_current", || Ok(document::is_current()?)),
        Trial::test("document::lists_every_statement_once", || {
            Ok(document::lists_every_statement_once()?)
        }),
    ];
    libtest_mimic::run(&arguments, proofs.chain(own).collect()).exit_code()
}
