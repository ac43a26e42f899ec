//! The command line of `doctor`.

use std::ffi::OsString;
use std::path::PathBuf;

use azure::id::AgentId;
use lexopt::Arg;
use tfplugin::Value;

use super::Options;
use crate::provider::arguments::{ARGUMENTS, Argument, Form};

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

/// Why a command line means nothing.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// What is none of the options, or lacks its value.
    #[error("{0}; `--help` prints what is understood")]
    Option(#[from] lexopt::Error),
    /// A secret in a place where everybody on the machine sees it.
    #[error("`--{0}` is no option, since others see the command line: set {1} instead")]
    Secret(String, &'static str),
    /// The id of no agent.
    #[error("{0}")]
    Agent(#[from] azure::id::IdError),
    /// A confirmation of nothing.
    #[error("`--confirm` goes with `--write-probes`")]
    Confirmation,
}

/// Reads a command line; `None` if it asks for help.
///
/// # Errors
/// What is not understood, named.
pub fn parse(arguments: Vec<OsString>) -> Result<Option<Options>, UsageError> {
    let nothing = ARGUMENTS
        .iter()
        .map(|argument| (argument.name, Value::Null));
    let mut options = Options {
        provider: Value::map(nothing),
        agent: None,
        json: false,
        full: false,
        profile: None,
        write_probes: false,
        confirm: None,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        let name = match argument {
            Arg::Long(name) => name.to_owned(),
            Arg::Short('h') => return Ok(None),
            other => return Err(other.unexpected().into()),
        };
        match name.as_str() {
            "help" => return Ok(None),
            "agent-id" => options.agent = Some(AgentId::parse(&text(&mut parser)?)?),
            "json" => options.json = true,
            "full" => options.full = true,
            "profile" => options.profile = Some(PathBuf::from(parser.value()?)),
            "write-probes" => options.write_probes = true,
            "confirm" => options.confirm = Some(text(&mut parser)?),
            other => {
                let wanted = other.replace('-', "_");
                let Some(known) = ARGUMENTS.iter().find(|known| known.name == wanted) else {
                    return Err(Arg::Long(other).unexpected().into());
                };
                options.provider.set(known.name, value(known, &mut parser)?);
            }
        }
    }
    if options.confirm.is_some() && !options.write_probes {
        return Err(UsageError::Confirmation);
    }
    Ok(Some(options))
}

fn value(argument: &Argument, parser: &mut lexopt::Parser) -> Result<Value, UsageError> {
    match argument.form {
        Form::Text => Ok(Value::from(text(parser)?)),
        Form::Secret => {
            let variable = argument.variables.first().copied().unwrap_or_default();
            Err(UsageError::Secret(
                argument.name.replace('_', "-"),
                variable,
            ))
        }
        Form::List => {
            let given = text(parser)?;
            let items = given
                .split([';', ','])
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Ok(Value::list(items.map(|item| Value::from(item.to_owned()))))
        }
        Form::Bool => match parser.optional_value() {
            None => Ok(Value::Bool(true)),
            Some(given) => match given.to_str() {
                Some("true") => Ok(Value::Bool(true)),
                Some("false") => Ok(Value::Bool(false)),
                _ => Err(lexopt::Error::UnexpectedValue {
                    option: format!("--{}", argument.name.replace('_', "-")),
                    value: given,
                }
                .into()),
            },
        },
    }
}

fn text(parser: &mut lexopt::Parser) -> Result<String, lexopt::Error> {
    let value = parser.value()?;
    value.into_string().map_err(lexopt::Error::NonUnicodeValue)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

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
