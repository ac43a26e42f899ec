//! Calling functions.

use tfplugin6::tfplugin6 as tf;

use super::table::FunctionEntry;
use super::{Server, call, wire};
use crate::provider::{Function, FunctionError, Parameter, Signature};
use crate::value::Value;

impl Server {
    /// Calls a function according to its signature.
    pub(super) async fn call(
        &self,
        request: tf::call_function::Request,
    ) -> Result<tf::DynamicValue, FunctionError> {
        let name = request.name;
        let entry = self.table.functions.get(&name).cloned();
        let entry = entry
            .ok_or_else(|| FunctionError::new(format!("the provider has no function {name:?}")))?;
        let arguments = read(&entry.signature, &request.arguments)?;
        let result = match arguments {
            None => Value::Unknown,
            Some(arguments) => {
                let function = entry.function.clone();
                let called = call::run(&self.stop, "CallFunction", &name, |_| async move {
                    function.call(arguments)
                });
                called
                    .await
                    .map_err(|panic| FunctionError::new(panic.detail))??
            }
        };
        write(&entry, &result)
    }
}

/// Returns the arguments, or `None` if an unknown one makes the result unknown.
fn read(
    signature: &Signature,
    messages: &[tf::DynamicValue],
) -> Result<Option<Vec<Value>>, FunctionError> {
    let Signature {
        parameters,
        variadic,
        ..
    } = signature;
    let (wanted, given) = (parameters.len(), messages.len());
    if given < wanted || (given > wanted && variadic.is_none()) {
        let text = format!("{wanted} arguments are required ({given} given)");
        return Err(FunctionError::new(text));
    }
    let parameters = parameters.iter().chain(variadic.iter().cycle());
    let mut arguments = Vec::new();
    let mut unknown = false;
    for (number, (message, parameter)) in messages.iter().zip(parameters).enumerate() {
        let value = argument(message, parameter).map_err(|text| FunctionError::at(number, text))?;
        unknown |= !parameter.allows_unknown && !value.is_wholly_known();
        arguments.push(value);
    }
    Ok((!unknown).then_some(arguments))
}

fn argument(message: &tf::DynamicValue, parameter: &Parameter) -> Result<Value, String> {
    let value = wire::read(Some(message), &parameter.ty, "argument")
        .map_err(|error| error.detail.trim_end_matches('.').to_owned())?;
    match value.is_null() && !parameter.allows_null {
        true => Err("argument must not be null".to_owned()),
        false => Ok(value),
    }
}

fn write(entry: &FunctionEntry, result: &Value) -> Result<tf::DynamicValue, FunctionError> {
    wire::write(result, &entry.signature.returns, "result").map_err(|error| {
        let name = entry.function.name();
        FunctionError::new(format!("the result of {name}: {}", error.detail))
    })
}

/// Returns the message for an error. Hosts add the period.
pub(super) fn error(error: FunctionError) -> tf::FunctionError {
    tf::FunctionError {
        text: error.text.trim_end().trim_end_matches('.').to_owned(),
        function_argument: error.argument.and_then(|number| i64::try_from(number).ok()),
    }
}

/// Returns the problems of a function's signature.
pub(super) fn problems(function: &dyn Function, signature: &Signature) -> Vec<String> {
    let mut problems = Vec::new();
    if !crate::schema::is_identifier(function.name()) {
        problems.push("the name is no identifier".to_owned());
    }
    if signature.summary.is_empty() || signature.description.is_empty() {
        problems.push("the summary or the description is missing".to_owned());
    }
    let mut names = Vec::new();
    for parameter in signature.parameters.iter().chain(&signature.variadic) {
        let name = &parameter.name;
        if !crate::schema::is_identifier(name) {
            problems.push(format!("{name}: the name is no identifier"));
        }
        if names.contains(&name) {
            problems.push(format!("{name}: there are two parameters of this name"));
        }
        if parameter.description.is_empty() {
            problems.push(format!("{name}: the description is missing"));
        }
        names.push(name);
    }
    problems
}
