//! Functions: one that is ordinary, one that takes anything, and one that misbehaves.

use std::sync::Arc;

use tfplugin::{Function, FunctionError, Parameter, Signature, Type, Value};

/// Returns all functions.
pub(super) fn all() -> Vec<Arc<dyn Function>> {
    let mut all: Vec<Arc<dyn Function>> = vec![Arc::new(Join), Arc::new(Describe), Arc::new(Trap)];
    if std::env::var(super::START).as_deref() == Ok("invalid") {
        all.push(Arc::new(Invalid));
    }
    all
}

fn signature(parameters: Vec<Parameter>, variadic: Option<Parameter>) -> Signature {
    Signature {
        parameters,
        variadic,
        returns: Type::String,
        summary: "Makes a text".to_owned(),
        description: "Makes a text of its arguments.".to_owned(),
    }
}

fn text(name: &str) -> Parameter {
    Parameter::new(name, Type::String, "A text.")
}

/// `join(between, parts...)`
struct Join;

impl Function for Join {
    fn name(&self) -> &str {
        "join"
    }

    fn signature(&self) -> Signature {
        signature(vec![text("between")], Some(text("parts")))
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let texts: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
        let [between, parts @ ..] = texts.as_slice() else {
            return Err(FunctionError::new("there is nothing to join"));
        };
        if let Some(empty) = parts.iter().position(|part| part.is_empty()) {
            return Err(FunctionError::at(empty + 1, "it is empty."));
        }
        Ok(parts.join(between).into())
    }
}

/// Describes its argument, whatever it is.
struct Describe;

impl Function for Describe {
    fn name(&self) -> &str {
        "describe"
    }

    fn signature(&self) -> Signature {
        let any = Parameter::new("value", Type::Dynamic, "Anything.");
        signature(vec![any.nullable().or_unknown()], None)
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        Ok(match arguments.first() {
            Some(Value::Null) => "null".into(),
            Some(value) if value.is_unknown() => "unknown".into(),
            Some(_) => "known".into(),
            None => Value::Null,
        })
    }
}

/// Does what its argument requests.
struct Trap;

impl Function for Trap {
    fn name(&self) -> &str {
        "trap"
    }

    fn signature(&self) -> Signature {
        signature(vec![text("what")], None)
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        match arguments.first().and_then(Value::as_str) {
            Some("panic") => panic!("a secret in a panic"),
            Some("list") => Ok(Value::list(["a".into()])),
            _ => Ok("done".into()),
        }
    }
}

/// Has two parameters with the same name.
struct Invalid;

impl Function for Invalid {
    fn name(&self) -> &str {
        "invalid"
    }

    fn signature(&self) -> Signature {
        signature(vec![text("same"), text("same")], None)
    }

    fn call(&self, _: Vec<Value>) -> Result<Value, FunctionError> {
        Ok(Value::Null)
    }
}
