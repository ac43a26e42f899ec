//! The provider as a program: flags, and serving.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use azuresre::SreProvider;
use tfplugin::serve::{self, Info};

const INFO: Info = Info {
    name: "azuresre",
    address: "registry.terraform.io/azuresre/azuresre",
    version: env!("CARGO_PKG_VERSION"),
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let provider = || Arc::new(SreProvider::new(INFO.version));
    match arguments.as_slice() {
        [] => serve::run(&INFO, provider()),
        ["--debug" | "-debug"] => serve::run_debug(&INFO, provider()),
        ["--version" | "-version"] => {
            // Nobody is left to be told when standard output is closed.
            let _ = writeln!(
                std::io::stdout(),
                "terraform-provider-{} {}",
                INFO.name,
                INFO.version
            );
            ExitCode::SUCCESS
        }
        _ => {
            let _ = writeln!(
                std::io::stderr(),
                "usage: terraform-provider-{} [--debug | --version]\n\nTerraform and OpenTofu start \
                 the provider themselves, without arguments.",
                INFO.name
            );
            ExitCode::FAILURE
        }
    }
}
