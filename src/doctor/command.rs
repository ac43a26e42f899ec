//! The command line of `doctor`.

use std::ffi::OsString;

use super::Options;
use crate::provider::command_line;
pub use crate::provider::command_line::UsageError;

/// The output of `--help`.
pub const HELP: &str = "\
Checks whether an apply can succeed, and explains what prevents it. The doctor signs in as the provider
does, changes nothing unless you set --write-probes and --confirm, and prints one line for each check.

Usage: terraform-provider-azuresre doctor [OPTION]...

  --agent-id ID     ARM ID of the agent; defaults to the only agent of the subscription
  --json            Print one JSON document
  --full            Print full IDs instead of shortened ones
  --profile FILE    Write what the doctor finds out about this build of the service as an emulator profile
  --write-probes    Name the objects that the doctor would create and delete on the agent to find out more
  --confirm NAME    With --write-probes: create and delete these objects on the agent with this name
  --help            Print this help

All arguments of the provider block are also options, such as --tenant-id, --use-msi or --emulator, except
for secrets, which you can only set with environment variables. The environment variables are the same as
those of the provider.

Exit codes: 0 if an apply can succeed, 1 if an apply would fail, and 2 if the doctor itself fails.
";

/// Parses a command line. Returns `None` if it asks for help.
///
/// # Errors
/// Returns an error that names the invalid argument.
pub fn parse(arguments: Vec<OsString>) -> Result<Option<Options>, UsageError> {
    let mut options = Options {
        provider: command_line::no_arguments(),
        agent: None,
        json: false,
        full: false,
        profile: None,
        write_probes: false,
        confirm: None,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(name) = command_line::next_option(&mut parser)? {
        match name.as_str() {
            "help" => return Ok(None),
            "agent-id" => options.agent = Some(command_line::agent(&mut parser)?),
            "json" => options.json = true,
            "full" => options.full = true,
            "profile" => options.profile = Some(command_line::path(&mut parser)?),
            "write-probes" => options.write_probes = true,
            "confirm" => options.confirm = Some(command_line::text(&mut parser)?),
            other => command_line::take_argument(&mut options.provider, other, &mut parser)?,
        }
    }
    if options.confirm.is_some() && !options.write_probes {
        return Err(UsageError::Alone("confirm", "write-probes"));
    }
    Ok(Some(options))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tfplugin::Value;

    use super::*;

    fn parsed(line: &str) -> Result<Option<Options>, UsageError> {
        parse(line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn arguments_of_the_provider_are_options() {
        let options =
            parsed("--use-msi --use-cli=false --tenant-id t --auxiliary-tenant-ids a;b --json");
        let options = options.unwrap().unwrap();
        assert_eq!(options.provider.get("use_msi"), &Value::Bool(true));
        assert_eq!(options.provider.get("use_cli"), &Value::Bool(false));
        assert_eq!(options.provider.get("tenant_id").as_str(), Some("t"));
        assert_eq!(
            options
                .provider
                .get("auxiliary_tenant_ids")
                .elements()
                .unwrap()
                .len(),
            2
        );
        assert!(options.json);
    }

    #[rstest]
    #[case("--halp", "--halp")]
    #[case("--client-secret s", "ARM_CLIENT_SECRET")]
    #[case("--agent-id shop", "shop")]
    #[case("--confirm shop", "--write-probes")]
    #[case("--use-msi=perhaps", "perhaps")]
    #[case("shop", "shop")]
    fn invalid_arguments_are_named(#[case] line: &str, #[case] told: &str) {
        let error = parsed(line).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}
