//! Functions about ids. They require no sign-in and send no requests.

mod ids;

use std::sync::Arc;

use tfplugin::{Function, FunctionError, Parameter, Signature, Type, Value};

/// A function whose parameters are strings.
#[derive(Debug)]
pub struct Texts {
    /// The name of the function.
    pub name: &'static str,
    /// The summary, in one line.
    pub summary: &'static str,
    /// The description, as Markdown sentences.
    pub about: &'static str,
    /// The names and descriptions of the parameters.
    pub parameters: &'static [(&'static str, &'static str)],
    returns: fn() -> Type,
    call: fn(&[&str]) -> Result<Value, FunctionError>,
}

/// Returns all functions.
pub fn functions() -> &'static [Texts] {
    ids::FUNCTIONS
}

/// Returns all functions for the framework.
pub(crate) fn all() -> Vec<Arc<dyn Function>> {
    let all = functions().iter();
    all.map(|texts| -> Arc<dyn Function> { Arc::new(Shared(texts)) })
        .collect()
}

struct Shared(&'static Texts);

impl Function for Shared {
    fn name(&self) -> &str {
        self.0.name
    }

    fn signature(&self) -> Signature {
        let parameters = self.0.parameters.iter();
        Signature {
            parameters: parameters
                .map(|(name, about)| Parameter::new(*name, Type::String, *about))
                .collect(),
            variadic: None,
            returns: (self.0.returns)(),
            summary: self.0.summary.to_owned(),
            description: self.0.about.to_owned(),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let texts: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
        (self.0.call)(&texts)
    }
}
