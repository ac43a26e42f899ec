//! The command line of `doctor`.

use std::ffi::OsString;

use super::Options;
use crate::provider::command_line;
pub use crate::provider::command_line::UsageError;

/// What `--help` prints.
pub const HELP: &str = "\
Finds out what stands between you and a first apply. It signs in as the provider does, changes nothing,
and prints a line for each check.

Usage: terraform-provider-azuresre doctor [OPTION]...

  --agent-id ID     The ARM id of the agent; the only one of the subscription is found without it
  --json            Print one JSON document
  --full            Print ids in full, which are shortened otherwise
  --profile FILE    Write what can be told of this build of the service as a profile of the emulator
  --write-probes    Name the objects that would be created and deleted on the agent to find out more
  --confirm NAME    With --write-probes: do it, on the agent with this name
  --help            Print this

Every argument of the provider block is an option as well, such as --tenant-id, --use-msi or --emulator,
but secrets, which come from the environment alone. The variables are those of the provider.

The exit code is 0, 1 where an apply would fail, and 2 where the doctor itself cannot work.
";

/// Reads a command line; `None` if it asks for help.
///
/// # Errors
/// What is not understood, named.
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
    fn what_is_not_understood_is_named(#[case] line: &str, #[case] told: &str) {
        let error = parsed(line).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}
