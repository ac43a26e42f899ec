//! Reading, planning, applying, importing and upgrading resources.

use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use super::secrets::Secrets;
use super::table::ResourceEntry;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::{
    Violation, keep_spelling, plan, plan_violations, replacements, result_violations,
    without_write_only,
};
use crate::provider::{
    ApplyResponse, Checkpoint, CreateRequest, DeleteRequest, ImportRequest, ImportResponse,
    PlanRequest, ReadRequest, ReadResponse, UpdateRequest, UpgradeRequest,
};
use crate::value::{self, Path, Surplus, Value};

/// The result of a plan.
pub(super) struct Planned {
    pub(super) state: Value,
    pub(super) replace: Vec<Path>,
    pub(super) private: Vec<u8>,
    pub(super) identity: Value,
}

/// The input of a plan.
pub(super) struct PlanInput {
    pub(super) config: Value,
    pub(super) prior: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Value,
}

/// The input of an apply.
pub(super) struct ApplyInput {
    pub(super) config: Value,
    pub(super) prior: Value,
    pub(super) planned: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Value,
}

/// What the host stores.
pub(super) struct Outcome {
    pub(super) state: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Value,
    pub(super) diagnostics: Diagnostics,
}

/// Plans one object.
pub(super) fn plan_resource(
    entry: &ResourceEntry,
    input: PlanInput,
    diagnostics: &mut Diagnostics,
) -> Planned {
    let PlanInput {
        config,
        prior,
        private,
        identity,
    } = input;
    let attributes = &entry.schema.attributes;
    let secrets = Secrets::of(attributes, &[&config, &prior]);
    let planned = if config.is_null() {
        Value::Null
    } else {
        plan(
            attributes,
            &entry.resource.defaults(&config, &prior),
            &config,
            &prior,
        )
    };
    // Every plan repeats the private bytes: the delete step of a replacement receives those of the
    // plan for the create step.
    let mut request = PlanRequest {
        config,
        prior,
        planned,
        private,
        replace: Vec::new(),
    };
    entry.resource.plan(&mut request, diagnostics);
    let PlanRequest {
        config,
        prior,
        planned,
        private,
        mut replace,
    } = request;
    if config.is_null() {
        secrets.hide(diagnostics);
        return Planned {
            state: Value::Null,
            replace: Vec::new(),
            private,
            identity,
        };
    }
    report(
        diagnostics,
        plan_violations(attributes, &prior, &config, &planned),
        "The provider planned an invalid value",
    );
    secrets.hide(diagnostics);
    if prior.is_null() {
        replace.clear();
    } else {
        replace.extend(replacements(attributes, &config, &prior, &planned));
        replace.sort();
        replace.dedup();
    }
    // A new object has no identity yet. The prior one belongs to the object that is replaced.
    let identity = if prior.is_null() {
        Value::Null
    } else {
        identity
    };
    Planned {
        state: planned,
        replace,
        private,
        identity,
    }
}

/// Reads one object.
pub(super) async fn read_resource(entry: &ResourceEntry, request: ReadRequest) -> Outcome {
    let (prior, identity, private) = (
        request.state.clone(),
        request.identity.clone(),
        request.private.clone(),
    );
    let response = entry.resource.read(request).await;
    let ReadResponse {
        state,
        identity: new_identity,
        private: new_private,
        mut diagnostics,
    } = response;
    Secrets::of(&entry.schema.attributes, &[&prior]).hide(&mut diagnostics);
    if diagnostics.has_errors() {
        return Outcome {
            state: prior,
            private,
            identity,
            diagnostics,
        };
    }
    let Some(state) = state else {
        return Outcome {
            state: Value::Null,
            private: Vec::new(),
            identity: Value::Null,
            diagnostics,
        };
    };
    let attributes = &entry.schema.attributes;
    let state = keep_spelling(attributes, &prior, without_write_only(attributes, state));
    if !state.is_wholly_known() {
        diagnostics.push(Diagnostic::error(
            "The provider read an unknown value",
            "A refreshed state must be known. This is a bug in the provider; please report it.",
        ));
        return Outcome {
            state: prior,
            private,
            identity,
            diagnostics,
        };
    }
    let new_identity = new_identity.unwrap_or_else(|| identity.clone());
    if !identity.is_null() && identity.as_map().is_some_and(has_values) && identity != new_identity
    {
        diagnostics.push(Diagnostic::error(
            "Unexpected identity change",
            "The object that was read has another identity than the stored one. This is a bug in \
             the provider; please report it.",
        ));
    }
    Outcome {
        state,
        private: new_private.unwrap_or(private),
        identity: new_identity,
        diagnostics,
    }
}

/// Creates, updates or deletes one object. `checkpoint` is still available after a panic.
pub(super) async fn apply_resource(
    entry: ResourceEntry,
    input: ApplyInput,
    checkpoint: Checkpoint,
    cancel: CancellationToken,
) -> Outcome {
    let ApplyInput {
        config,
        prior,
        planned,
        private,
        identity,
    } = input;
    let resource = &entry.resource;
    let kept = private.clone();
    let secrets = Secrets::of(&entry.schema.attributes, &[&config, &prior, &planned]);
    let response = match (prior.is_null(), planned.is_null()) {
        (true, true) => ApplyResponse::gone(),
        (true, false) => {
            let planned = planned.clone();
            resource
                .create(CreateRequest {
                    config,
                    planned,
                    private,
                    checkpoint,
                    cancel,
                })
                .await
        }
        (false, false) => {
            let request = UpdateRequest {
                config,
                prior: prior.clone(),
                planned: planned.clone(),
                identity: identity.clone(),
                private,
                checkpoint,
                cancel,
            };
            resource.update(request).await
        }
        (false, true) => {
            resource
                .delete(DeleteRequest {
                    prior: prior.clone(),
                    private,
                    cancel,
                })
                .await
        }
    };
    let mut outcome = finish(&entry, &prior, &planned, kept, identity, response);
    secrets.hide(&mut outcome.diagnostics);
    outcome
}

/// Returns the outcome of an apply that panicked: the last checkpoint, or the values from before.
pub(super) fn after_panic(before: Outcome, checkpoint: &Checkpoint, panic: Diagnostic) -> Outcome {
    let (state, identity) = checkpoint.take().unwrap_or((before.state, None));
    Outcome {
        state: state.without_unknowns(),
        // The host discards what an answer omits.
        private: before.private,
        identity: identity.unwrap_or(before.identity).without_unknowns(),
        diagnostics: panic.into(),
    }
}

fn finish(
    entry: &ResourceEntry,
    prior: &Value,
    planned: &Value,
    private: Vec<u8>,
    planned_identity: Value,
    response: ApplyResponse,
) -> Outcome {
    let ApplyResponse {
        state,
        identity,
        private: new_private,
        mut diagnostics,
    } = response;
    let attributes = &entry.schema.attributes;
    let failed = diagnostics.has_errors();
    let state = match state {
        Some(state) => state,
        // Nothing was done: an update or a delete leaves the prior state.
        None if failed => prior.clone(),
        None => Value::Null,
    };
    let state = without_write_only(attributes, state);
    let state = if planned.is_known() {
        keep_spelling(attributes, planned, state)
    } else {
        state
    };
    match (failed, planned.is_null(), state.is_null()) {
        (true, ..) | (false, true, true) => {}
        (false, true, false) => diagnostics.push(Diagnostic::error(
            "The object still exists",
            "The provider reported a deletion and an object. This is a bug in the provider; please \
             report it.",
        )),
        (false, false, true) => diagnostics.push(Diagnostic::error(
            "The object is missing",
            "The provider reported success without an object. This is a bug in the provider; please \
             report it.",
        )),
        (false, false, false) => report(
            &mut diagnostics,
            result_violations(attributes, planned, &state),
            "The provider produced an inconsistent result",
        ),
    }
    let identity = match (&entry.identity, state.is_null()) {
        (Some(_), false) => identity.unwrap_or(planned_identity),
        _ => Value::Null,
    };
    if entry.identity.is_some() && !failed && !state.is_null() && !identity.is_wholly_known() {
        diagnostics.push(Diagnostic::error(
            "The identity is missing",
            "The provider gave no identity for the object. This is a bug in the provider; please \
             report it.",
        ));
    }
    Outcome {
        state: state.without_unknowns(),
        private: new_private.unwrap_or(private),
        identity: identity.without_unknowns(),
        diagnostics,
    }
}

/// Imports one object.
pub(super) async fn import_resource(
    entry: ResourceEntry,
    request: ImportRequest,
) -> Result<(Value, Value), Diagnostics> {
    let ImportResponse { state, identity } = entry.resource.import(request).await?;
    let mut full = Value::map(
        entry
            .schema
            .attributes
            .keys()
            .map(|name| (name.as_str(), state.get(name).clone())),
    );
    full = without_write_only(&entry.schema.attributes, full).without_unknowns();
    Ok((full, identity.unwrap_or_default()))
}

/// Upgrades a stored state to the current schema.
pub(super) fn upgrade_resource(
    entry: &ResourceEntry,
    version: i64,
    json: &[u8],
) -> Result<Value, Diagnostics> {
    let unreadable = |reason: String, path: Path| {
        Diagnostic::error(
            "Unreadable state",
            format!(
                "The stored state of {} cannot be read: {reason}.",
                entry.resource.name()
            ),
        )
        .at(path)
    };
    let state: Json = serde_json::from_slice(json)
        .map_err(|error| unreadable(error.to_string(), Path::root()))?;
    let current = entry.schema.version;
    let state = if version == current {
        state
    } else if version < current {
        entry.resource.upgrade(UpgradeRequest { version, state })?
    } else {
        return Err(Diagnostic::error(
            "State of a newer version",
            format!(
                "The state has version {version}, and this provider knows {current}. Use the version \
                 of the provider that wrote it, or a later one."
            ),
        )
        .into());
    };
    // Drops attributes of another version. New attributes are null until the next refresh.
    let state = value::from_json(&state, &entry.ty, Surplus::Ignore)
        .map_err(|error| unreadable(error.message, error.path))?;
    Ok(without_write_only(&entry.schema.attributes, state))
}

fn has_values(members: &std::collections::BTreeMap<String, Value>) -> bool {
    members.values().any(|value| !value.is_null())
}

fn report(diagnostics: &mut Diagnostics, violations: Vec<Violation>, summary: &str) {
    diagnostics.extend(violations.into_iter().map(|Violation { path, reason }| {
        let detail =
            format!("At {path}, {reason}. This is a bug in the provider; please report it.");
        Diagnostic::error(summary, detail).at(path)
    }));
}
