//! Functions and their arguments.

use crate::value::{Type, Value};

/// A function: `provider::example::name(…)`.
///
/// It is pure: the same arguments give the same result, whatever the configuration of the provider
/// is. Hosts call it in processes that they never configure.
pub trait Function: Send + Sync + 'static {
    /// Returns the name, without that of the provider.
    fn name(&self) -> &str;

    /// Returns the signature. Called once, at start.
    fn signature(&self) -> Signature;

    /// Returns the result for arguments that match the signature: one for each parameter, and then
    /// any number for the variadic one.
    ///
    /// # Errors
    /// Returns what is wrong with the arguments.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// The parameters and the result of a function.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// The parameter for any number of further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
    /// What the function does, in one line.
    pub summary: String,
    /// What the function does, in Markdown.
    pub description: String,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name, which messages use.
    pub name: String,
    /// The type of arguments.
    pub ty: Type,
    /// The description, in Markdown.
    pub description: String,
    /// Whether an argument may be null. If not, null is an error.
    pub allows_null: bool,
    /// Whether an argument may be unknown. If not, an unknown argument makes the result unknown.
    pub allows_unknown: bool,
}

/// What is wrong with the arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// A sentence without its beginning and its end: hosts prepend the name of the parameter and
    /// append a period.
    pub text: String,
    /// The index of the argument, counted from 0.
    pub argument: Option<usize>,
}

impl Parameter {
    /// Creates a parameter that accepts neither null nor unknown.
    pub fn new(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ty,
            description: description.into(),
            allows_null: false,
            allows_unknown: false,
        }
    }

    /// Allows null.
    #[must_use]
    pub fn nullable(self) -> Self {
        Self {
            allows_null: true,
            ..self
        }
    }

    /// Allows unknown.
    #[must_use]
    pub fn or_unknown(self) -> Self {
        Self {
            allows_unknown: true,
            ..self
        }
    }
}

impl FunctionError {
    /// Creates an error about one argument.
    pub fn at(argument: usize, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            argument: Some(argument),
        }
    }

    /// Creates an error about the arguments together.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            argument: None,
        }
    }
}
