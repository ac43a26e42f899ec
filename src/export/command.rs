//! The command line of `export`.

use std::ffi::OsString;

use super::Options;
use crate::provider::command_line::{self, UsageError};

/// The output of `--help`.
pub const HELP: &str = "\
Writes the configuration of an existing agent and of the objects inside it, with `import` blocks for all of
them. The command signs in as the provider does, and changes nothing on the service.

Usage: terraform-provider-azuresre export --agent-id ID --out DIR [OPTION]...

  --agent-id ID     ARM ID of the agent
  --out DIR         Directory to write to; the command creates it if it does not exist
  --force           Overwrite existing files, which the command otherwise keeps
  --stored-secrets  Put secrets into arguments that Terraform stores in state, instead of write-only
                    arguments; for Terraform and OpenTofu before 1.11
  --json            Print one JSON document
  --help            Print this help

All arguments of the provider block are also options, such as --tenant-id, --plane or --emulator, except for
secrets, which you can only set with environment variables. The environment variables are the same as those
of the provider. The command writes the options that you set into the provider block.

Next, run `terraform init` and `terraform plan` in DIR, or the same commands with `tofu`.

Exit codes: 0 on success, 1 if some objects could not be exported, and 2 if nothing was written.
";

/// Parses a command line. Returns `None` if it asks for help.
///
/// # Errors
/// Returns an error that names the argument that is invalid or missing.
pub fn parse(arguments: Vec<OsString>) -> Result<Option<Options>, UsageError> {
    let mut provider = command_line::no_arguments();
    let (mut agent, mut directory) = (None, None);
    let (mut force, mut stored_secrets, mut json) = (false, false, false);
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(name) = command_line::next_option(&mut parser)? {
        match name.as_str() {
            "help" => return Ok(None),
            "agent-id" => agent = Some(command_line::agent(&mut parser)?),
            "out" => directory = Some(command_line::path(&mut parser)?),
            "force" => force = true,
            "stored-secrets" => stored_secrets = true,
            "json" => json = true,
            other => command_line::take_argument(&mut provider, other, &mut parser)?,
        }
    }
    Ok(Some(Options {
        provider,
        agent: agent.ok_or(UsageError::Missing("agent-id"))?,
        directory: directory.ok_or(UsageError::Missing("out"))?,
        force,
        stored_secrets,
        json,
    }))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const AGENT: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.App/agents/shop";

    fn parsed(line: &str) -> Result<Option<Options>, UsageError> {
        let line = line.replace("AGENT", AGENT);
        parse(line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn arguments_of_the_provider_are_options() {
        let options = parsed("--agent-id AGENT --out here --plane data_plane --force");
        let options = options.unwrap().unwrap();
        assert_eq!(options.agent.name(), "shop");
        assert_eq!(options.provider.get("plane").as_str(), Some("data_plane"));
        assert!(options.force && !options.json && !options.stored_secrets);
        assert!(parsed("--agent-id AGENT --help").unwrap().is_none());
    }

    #[rstest]
    #[case("--out here", "--agent-id")]
    #[case("--agent-id AGENT", "--out")]
    #[case("--agent-id shop --out here", "shop")]
    #[case("--agent-id AGENT --out", "--out")]
    #[case("--agent-id AGENT --out here there", "there")]
    #[case("--agent-id AGENT --out here --outt x", "--outt")]
    #[case("--agent-id AGENT --out here --client-secret x", "ARM_CLIENT_SECRET")]
    fn invalid_arguments_are_named(#[case] line: &str, #[case] told: &str) {
        let error = parsed(line).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}
