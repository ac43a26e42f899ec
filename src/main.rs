//! The executable: flags, subcommands, and the server.

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

const HELP: &str = "\
The Terraform and OpenTofu provider for Azure SRE Agent.

Terraform and OpenTofu start this program themselves when a configuration requires the provider:

  terraform {
    required_providers {
      azuresre = { source = \"azuresre/azuresre\" }
    }
  }

Usage: terraform-provider-azuresre [OPTION]
       terraform-provider-azuresre doctor [OPTION]...
       terraform-provider-azuresre export --agent-id ID --out DIR [OPTION]...

  doctor     Check whether an apply can succeed; for options, run `doctor --help`
  export     Write the configuration of an existing agent; for options, run `export --help`
  --version  Print the version
  --debug    Serve until interrupted, for use with a debugger, and print how to attach
  --help     Print this help
";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == "doctor").is_some() {
        return azuresre::doctor::program(arguments.collect(), INFO.version);
    }
    if arguments.next_if(|first| first == "export").is_some() {
        return azuresre::export::program(arguments.collect(), INFO.version);
    }
    let arguments: Vec<String> = arguments
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let provider = || Arc::new(SreProvider::new(INFO.version));
    match arguments.as_slice() {
        [] => serve::run(&INFO, provider()),
        ["--debug" | "-debug"] => serve::run_debug(&INFO, provider()),
        ["--version" | "-version"] => print(&format!(
            "terraform-provider-{} {}\n",
            INFO.name, INFO.version
        )),
        ["--help" | "-help" | "-h"] => print(HELP),
        _ => {
            let _ = writeln!(
                std::io::stderr(),
                "terraform-provider-{}: invalid arguments `{}`. For usage, run it with `--help`",
                INFO.name,
                arguments.join(" ")
            );
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    // An error means that standard output is closed, so nobody can read a message.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}
