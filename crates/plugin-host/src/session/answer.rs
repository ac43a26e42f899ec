//! Checks of the values in an answer.

use anyhow::{Context, Result};
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::deferred::Reason;

use super::diagnostic::Violation;
use super::host::{Host, Phase};
use super::{IdentityType, rpc};
use crate::core::{Problem, state_problems};
use crate::schema::Schema;
use crate::value::{Type, Value};

const INVALID_OBJECT: &str = "Provider produced invalid object";
const INVALID_IDENTITY: &str = "Provider produced invalid identity";

/// Decodes a value of the type. Fails with a violation with the summary.
pub(super) fn decode(
    step: &str,
    summary: &str,
    value: Option<proto::DynamicValue>,
    ty: &Type,
) -> Result<Value> {
    let value = rpc::read_value(value, ty);
    value.map_err(|error| Violation::whole(step, summary, format!("{error:#}")).into())
}

/// Decodes an object that can be saved, or null.
pub(super) fn object(
    step: &str,
    value: Option<proto::DynamicValue>,
    schema: &Schema,
) -> Result<Value> {
    let value = decode(step, INVALID_OBJECT, value, &schema.ty)?;
    Violation::unless_empty(step, INVALID_OBJECT, state_problems(&schema.block, &value))?;
    Ok(value)
}

/// Decodes an identity. Parts may be unknown only while the object does not exist yet.
pub(super) fn identity(
    step: &str,
    data: proto::ResourceIdentityData,
    identity: Option<&IdentityType>,
    unknown_allowed: bool,
) -> Result<Option<Value>> {
    let Some(identity) = identity else {
        let reason = "the type has no identity schema";
        return Err(Violation::whole(step, INVALID_IDENTITY, reason).into());
    };
    let value = decode(step, INVALID_IDENTITY, data.identity_data, &identity.ty)?;
    if !unknown_allowed {
        let unknown = value.unknown_paths();
        let problems = unknown
            .iter()
            .map(|path| Problem::new(path, "unknown value"))
            .collect();
        Violation::unless_empty(step, INVALID_IDENTITY, problems)?;
    }
    Ok((!value.is_null()).then_some(value))
}

/// Returns the reason of a deferral that the host allows. Any other deferral is a violation.
pub(super) fn check_deferral(
    step: &str,
    host: &Host,
    phase: Phase,
    deferred: Option<proto::Deferred>,
) -> Result<Option<Reason>> {
    let Some(deferred) = deferred else {
        return Ok(None);
    };
    if phase == Phase::Apply {
        let summary = "Resource deferred during apply, but not during plan";
        return Err(Violation::whole(step, summary, deferred.reason().as_str_name()).into());
    }
    if !host
        .capabilities(phase)
        .is_some_and(|client| client.deferral_allowed)
    {
        let summary = "Provider deferred changes when Terraform did not allow deferrals";
        return Err(Violation::whole(step, summary, deferred.reason().as_str_name()).into());
    }
    Reason::try_from(deferred.reason)
        .map(Some)
        .context("unknown reason of a deferral")
}
