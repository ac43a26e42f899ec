//! The arguments of the provider block as command-line options of the subcommands.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use azure::id::AgentId;
use lexopt::{Arg, Parser};
use tfplugin::Value;

use super::arguments::{ARGUMENTS, Argument, Form};

/// A function that returns the value of an environment variable.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// An error in a command line.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// An option is unknown, or lacks its value.
    #[error("{0}. For usage, run the command with `--help`")]
    Option(#[from] lexopt::Error),
    /// A secret was passed as an option, where other users can see it.
    #[error(
        "`--{0}` is not available, because other users can see the command line. Set the \
         environment variable {1} instead"
    )]
    Secret(String, &'static str),
    /// The id of the agent is invalid.
    #[error("{0}")]
    Agent(#[from] azure::id::IdError),
    /// A required option is missing.
    #[error("`--{0}` is required. For usage, run the command with `--help`")]
    Missing(&'static str),
    /// An option has no effect without another one.
    #[error("`--{0}` requires `--{1}`")]
    Alone(&'static str, &'static str),
}

/// Returns the arguments of the provider, none of which is set.
pub(crate) fn no_arguments() -> Value {
    let names = ARGUMENTS.iter().map(|argument| argument.name);
    Value::map(names.map(|name| (name, Value::Null)))
}

/// Returns the name of the next option, or `None` at the end. `-h` counts as `help`.
pub(crate) fn next_option(parser: &mut Parser) -> Result<Option<String>, UsageError> {
    match parser.next()? {
        None => Ok(None),
        Some(Arg::Long(name)) => Ok(Some(name.to_owned())),
        Some(Arg::Short('h')) => Ok(Some("help".to_owned())),
        Some(other) => Err(other.unexpected().into()),
    }
}

/// Parses an option for an argument of the provider.
pub(crate) fn take_argument(
    provider: &mut Value,
    name: &str,
    parser: &mut Parser,
) -> Result<(), UsageError> {
    let wanted = name.replace('-', "_");
    let Some(known) = ARGUMENTS.iter().find(|known| known.name == wanted) else {
        return Err(Arg::Long(name).unexpected().into());
    };
    provider.set(known.name, value(known, parser)?);
    Ok(())
}

/// Parses the value of an option as the id of an agent.
pub(crate) fn agent(parser: &mut Parser) -> Result<AgentId, UsageError> {
    Ok(AgentId::parse(&text(parser)?)?)
}

/// Parses the value of an option as a path.
pub(crate) fn path(parser: &mut Parser) -> Result<PathBuf, lexopt::Error> {
    parser.value().map(PathBuf::from)
}

/// Parses the value of an option as a string.
pub(crate) fn text(parser: &mut Parser) -> Result<String, lexopt::Error> {
    let value: OsString = parser.value()?;
    value.into_string().map_err(lexopt::Error::NonUnicodeValue)
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
