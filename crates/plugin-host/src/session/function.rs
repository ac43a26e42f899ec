//! Calls of functions.

use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;

use super::diagnostic::Violation;
use super::{Session, answer, rpc};
use crate::value::{Type, Value, json, unknown};

const INVALID: &str = "Provider produced invalid function result";

/// An error of a function about its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong. The host adds a period.
    pub text: String,
    /// The name of the parameter, if the error concerns one.
    pub parameter: Option<String>,
}

impl Session {
    /// Calls a function like an expression does. It is called twice, because the same arguments
    /// must give the same result.
    ///
    /// # Errors
    /// Returns a [`FunctionError`] if an argument is invalid.
    pub async fn call_function(&self, name: &str, arguments: &[Json]) -> Result<Json> {
        let step = format!("call {name}");
        let function = self.inner.schemas.functions.get(name);
        let function = function.with_context(|| format!("there is no function {name}"))?;
        let result = function.r#return.as_ref().context("no result")?;
        let result = Type::parse(&result.r#type)?;
        let (wanted, given) = (function.parameters.len(), arguments.len());
        ensure!(
            given == wanted || (given > wanted && function.variadic_parameter.is_some()),
            "{step}: {wanted} arguments are wanted, {given} are given"
        );
        let variadic = function.variadic_parameter.iter().cycle();
        let parameters: Vec<_> = function
            .parameters
            .iter()
            .chain(variadic)
            .take(given)
            .collect();
        let mut values = Vec::new();
        let mut is_unknown = false;
        for (parameter, argument) in parameters.iter().zip(arguments) {
            let ty = Type::parse(&parameter.r#type)?;
            let value = json::from_json(argument, &ty)?;
            if value.is_null() && !parameter.allow_null_value {
                bail!(FunctionError {
                    text: "argument must not be null".to_owned(),
                    parameter: Some(parameter.name.clone()),
                });
            }
            is_unknown |= !value.is_wholly_known() && !parameter.allow_unknown_values;
            values.push((value, ty));
        }
        if is_unknown {
            return Ok(unknown());
        }
        let known = values.iter().all(|(value, _)| value.is_wholly_known());
        let mut results = Vec::new();
        for _ in 0..2 {
            let encoded = values
                .iter()
                .map(|(value, ty)| Ok(rpc::value(value, ty)?.unwrap_or_default()));
            let request = proto::call_function::Request {
                name: name.to_owned(),
                arguments: encoded.collect::<Result<_>>()?,
            };
            let response = self.client().call_function(request).await;
            let response = response.context("CallFunction")?.into_inner();
            if let Some(error) = response.error {
                return Err(self.function_error(&step, error, &parameters)?.into());
            }
            results.push(answer::decode(&step, INVALID, response.result, &result)?);
        }
        let [first, second] = <[Value; 2]>::try_from(results)
            .ok()
            .context("two results")?;
        if first != second {
            let reason = "the same arguments give another result";
            return Err(Violation::whole(&step, INVALID, reason).into());
        }
        if known && !first.is_wholly_known() {
            let reason = "an unknown result of known arguments";
            return Err(Violation::whole(&step, INVALID, reason).into());
        }
        Ok(json::to_json(&first))
    }

    fn function_error(
        &self,
        step: &str,
        error: proto::FunctionError,
        parameters: &[&proto::function::Parameter],
    ) -> Result<FunctionError> {
        let violation = |reason: &str| Violation::whole(step, "Invalid function error", reason);
        if error.text.is_empty() {
            return Err(violation("no text").into());
        }
        let parameter = match error.function_argument {
            None => None,
            Some(number) => {
                let number = usize::try_from(number).ok();
                let parameter = number.and_then(|number| parameters.get(number));
                let parameter = parameter.ok_or_else(|| violation("no such argument"))?;
                Some(parameter.name.clone())
            }
        };
        Ok(FunctionError {
            text: error.text,
            parameter,
        })
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parameter {
            Some(name) => write!(f, "Invalid value for {name:?} parameter: {}.", self.text),
            None => write!(f, "Call failed: {}.", self.text),
        }
    }
}

impl std::error::Error for FunctionError {}
