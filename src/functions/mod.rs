//! Functions about ids: they need no sign-in and send nothing.

mod ids;

use std::sync::Arc;

use tfplugin::{Function, FunctionError, Parameter, Signature, Type, Value};

/// A function of texts.
#[derive(Debug)]
pub struct Texts {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// What it does, as Markdown sentences.
    pub about: &'static str,
    /// The parameters, and what they are.
    pub parameters: &'static [(&'static str, &'static str)],
    returns: fn() -> Type,
    call: fn(&[&str]) -> Result<Value, FunctionError>,
}

/// Every function.
pub fn functions() -> &'static [Texts] {
    ids::FUNCTIONS
}

/// Every function, for the framework.
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
