//! Functions, and what they are called with.

use crate::value::{Type, Value};

/// A function: `provider::example::name(…)`.
///
/// It is pure: the same arguments give the same result, whatever the provider is configured as, and
/// hosts call it in processes that they never configure.
pub trait Function: Send + Sync + 'static {
    /// The name, without that of the provider.
    fn name(&self) -> &str;

    /// What it takes and gives. Asked once, at start.
    fn signature(&self) -> Signature;

    /// The result for arguments that are as the signature says: as many as there are parameters, and
    /// then any number for the variadic one.
    ///
    /// # Errors
    /// What is wrong with the arguments.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// One for any number of further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
    /// What it does, in one line.
    pub summary: String,
    /// What it does, in Markdown.
    pub description: String,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, which messages call it by.
    pub name: String,
    /// The type of arguments.
    pub ty: Type,
    /// What it is, in Markdown.
    pub description: String,
    /// Whether an argument may be null; otherwise that is an error.
    pub allows_null: bool,
    /// Whether an argument may be unknown; otherwise the result is.
    pub allows_unknown: bool,
}

/// What is wrong with the arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// A sentence without its beginning and its end: hosts put the name of the parameter before it and
    /// a full stop behind.
    pub text: String,
    /// Which argument, counted from 0.
    pub argument: Option<usize>,
}

impl Parameter {
    /// A parameter that is neither null nor unknown.
    pub fn new(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ty,
            description: description.into(),
            allows_null: false,
            allows_unknown: false,
        }
    }

    /// The same for arguments that may be null.
    #[must_use]
    pub fn nullable(self) -> Self {
        Self {
            allows_null: true,
            ..self
        }
    }

    /// The same for arguments that may be unknown.
    #[must_use]
    pub fn or_unknown(self) -> Self {
        Self {
            allows_unknown: true,
            ..self
        }
    }
}

impl FunctionError {
    /// What is wrong with one argument.
    pub fn at(argument: usize, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            argument: Some(argument),
        }
    }

    /// What is wrong with the arguments together.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            argument: None,
        }
    }
}
