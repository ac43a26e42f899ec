//! Plans, and their application.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::deferred::Reason;

use super::diagnostic::{Diagnostic, Failure, Severity, Violation, read_diagnostics};
use super::host::Phase;
use super::resource::{Current, Resource};
use super::rpc::{self, Calls};
use super::state::{Object, StoredState};
use super::{answer, read_config};
use crate::core::{
    Action, Problem, assert_object_compatible, without_write_only, write_only_problems,
};
use crate::value::{Path, Value, json};

const INCONSISTENT_PLAN: &str = "Provider produced inconsistent final plan";
const INVALID_OBJECT: &str = "Provider produced invalid object";
const INVALID_RESULT: &str = "Provider returned invalid result object after apply";

/// The planned changes of a resource instance.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What apply will do.
    pub action: Action,
    /// The refreshed object, or null if there is none.
    pub before: Json,
    /// The planned object, with unknown values as [`unknown()`](crate::value::unknown), or null if
    /// it is to be destroyed.
    pub after: Json,
    /// The paths that force the replacement.
    pub replace_paths: Vec<Path>,
    /// The warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// Set if the provider deferred the plan.
    pub deferred: Option<Reason>,
    refreshed: Option<StoredState>,
    config: Value,
    planned: Value,
    private: Vec<u8>,
    identity: Option<Value>,
}

/// The result of an apply.
#[derive(Clone, Debug)]
pub struct Applied {
    /// What was done.
    pub action: Action,
    /// The new state, or `None` if there is no object.
    pub state: Option<Json>,
    /// The warnings of plan and apply.
    pub diagnostics: Vec<Diagnostic>,
}

/// A plan as the host stores it.
pub(super) struct Planned {
    pub(super) action: Action,
    pub(super) prior: Value,
    pub(super) value: Value,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Value>,
    pub(super) replaces: Vec<Path>,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) deferred: Option<Reason>,
}

impl Plan {
    pub(super) fn new(planned: Planned, refreshed: Option<StoredState>, config: Value) -> Self {
        Self {
            action: planned.action,
            before: json::to_json(&planned.prior),
            after: json::to_json(&planned.value),
            replace_paths: planned.replaces,
            diagnostics: planned.warnings,
            deferred: planned.deferred,
            refreshed,
            config,
            planned: planned.value,
            private: planned.private,
            identity: planned.identity,
        }
    }

    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.action == Action::NoOp && self.deferred.is_none()
    }

    /// Returns the top-level attributes that differ between [`Plan::before`] and [`Plan::after`].
    pub fn changed(&self) -> BTreeSet<String> {
        let names = [&self.before, &self.after]
            .into_iter()
            .filter_map(Json::as_object);
        let names = names.flat_map(serde_json::Map::keys);
        names
            .filter(|name| self.before[*name] != self.after[*name])
            .cloned()
            .collect()
    }
}

/// The input of one call to apply.
struct Change<'a> {
    action: Action,
    prior: &'a Value,
    planned: &'a Value,
    config: &'a Value,
    private: &'a [u8],
    identity: Option<&'a Value>,
}

impl Resource {
    /// Applies a plan. The configuration is that of the plan, in which everything that was unknown
    /// is known now.
    ///
    /// Like Terraform, this asks the provider for the plan again before a create or update. That
    /// plan must not contradict the first one. A replacement destroys the old object first.
    pub async fn apply_plan(&mut self, plan: &Plan, config: Json) -> Result<Applied> {
        if let Some(reason) = plan.deferred {
            bail!(
                "the plan was deferred ({}), so there is nothing to apply",
                reason.as_str_name()
            );
        }
        self.state = plan.refreshed.clone();
        let mut warnings = plan.diagnostics.clone();
        match plan.action {
            Action::NoOp => {}
            Action::Delete => warnings.extend(self.apply_delete(plan).await?),
            Action::Replace => {
                warnings.extend(self.apply_delete(plan).await?);
                warnings.extend(self.apply_create_or_update(plan, &config).await?);
            }
            Action::Create | Action::Update => {
                warnings.extend(self.apply_create_or_update(plan, &config).await?);
            }
        }
        Ok(Applied {
            action: plan.action,
            state: self.state(),
            diagnostics: warnings,
        })
    }

    async fn apply_delete(&mut self, plan: &Plan) -> Result<Vec<Diagnostic>> {
        let Some(stored) = self.state.clone() else {
            return Ok(Vec::new());
        };
        let object = self.calls().upgrade(&stored).await?;
        // In a replacement, the planned identity is that of the new object.
        let identity = plan
            .identity
            .as_ref()
            .filter(|_| plan.action == Action::Delete);
        self.change(Change {
            action: Action::Delete,
            prior: &object.value,
            planned: &Value::Null,
            config: &Value::Null,
            private: &plan.private,
            identity,
        })
        .await
    }

    async fn apply_create_or_update(
        &mut self,
        plan: &Plan,
        config: &Json,
    ) -> Result<Vec<Diagnostic>> {
        let calls = self.calls();
        let step = calls.step("apply");
        let config = read_config(&step, &self.kind.schema, config)?;
        if !config.is_wholly_known() {
            bail!("{step}: by now everything in the configuration is known");
        }
        let block = &self.kind.schema.block;
        let promised = without_write_only(block, &plan.config);
        if !config_follows(&promised, &without_write_only(block, &config)) {
            bail!("{step}: the configuration is another one than that of the plan");
        }
        let object = match &self.state {
            Some(stored) => Some(calls.upgrade(stored).await?),
            None => None,
        };
        let current = Current {
            object,
            tainted: false,
            warnings: Vec::new(),
            deferred: None,
        };
        let stores_planned = self.session.inner.host.apply_capabilities;
        let planned_private: &[u8] =
            if stores_planned.is_some_and(|client| client.store_planned_private) {
                &plan.private
            } else {
                &[]
            };
        let again = self
            .plan_object(Phase::Apply, &current, &config, false, planned_private)
            .await?;
        let expected = match plan.action {
            Action::Replace => Action::Create,
            action => action,
        };
        // An update may turn out to change nothing once everything is known.
        if again.action != expected && (expected, again.action) != (Action::Update, Action::NoOp) {
            let reason = format!(
                "changed the planned action from {expected} to {}",
                again.action
            );
            return Err(Violation::whole(&step, INCONSISTENT_PLAN, reason).into());
        }
        let problems = assert_object_compatible(block, &plan.planned, &again.value);
        Violation::unless_empty(&step, INCONSISTENT_PLAN, problems)?;
        if again.action == Action::NoOp {
            return Ok(again.warnings);
        }
        self.change(Change {
            action: again.action,
            prior: &again.prior,
            planned: &again.value,
            config: &config,
            private: &again.private,
            identity: again.identity.as_ref(),
        })
        .await
    }

    /// Calls apply once. The state afterwards is what Terraform saves, whatever the result is.
    async fn change(&mut self, change: Change<'_>) -> Result<Vec<Diagnostic>> {
        let kind = self.kind.clone();
        let session = self.session.clone();
        let calls = Calls {
            session: &session,
            kind: &kind,
        };
        let schema = &kind.schema;
        let step = calls.step(&change.action.to_string());
        let request = proto::apply_resource_change::Request {
            type_name: kind.name.clone(),
            prior_state: rpc::value(change.prior, &schema.ty)?,
            planned_state: rpc::value(change.planned, &schema.ty)?,
            config: rpc::value(change.config, &schema.ty)?,
            planned_private: change.private.to_vec(),
            provider_meta: session.provider_meta(),
            planned_identity: calls.identity(change.identity)?,
        };
        let response = session.client().apply_resource_change(request).await;
        let response = response.context("ApplyResourceChange")?.into_inner();
        let diagnostics = read_diagnostics(&step, &response.diagnostics, &schema.ty)?;
        let failed = diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error);

        // A failure from here to the save keeps the prior state, so a new object would be lost.
        let value = answer::decode(&step, INVALID_OBJECT, response.new_state, &schema.ty)?;
        let secrets = write_only_problems(&schema.block, &value);
        Violation::unless_empty(&step, INVALID_OBJECT, secrets)?;
        let identity = calls.read_identity(&step, response.new_identity, false)?;

        let mut problems = result_problems(&change, &value, failed);
        if response.legacy_type_system {
            problems.push(Problem::new(&Path::root(), "legacy_type_system is set"));
        }
        let mut summary = INVALID_RESULT;
        if problems.is_empty() && !failed && change.action != Action::Delete {
            problems = assert_object_compatible(&schema.block, change.planned, &value);
            summary = "Provider produced inconsistent result after apply";
        }
        // After an error without an object, the prior one is kept.
        if !(failed && value.is_null()) {
            let wrong = failed || !problems.is_empty();
            let tainted = change.action == Action::Create && wrong;
            let object = Object {
                value: value.unknown_as_null(),
                private: response.private,
                identity,
            };
            self.state = (!value.is_null())
                .then(|| object.store(&kind, tainted))
                .transpose()?;
        }
        Violation::unless_empty(&step, summary, problems)?;
        if failed {
            return Err(Failure { step, diagnostics }.into());
        }
        Ok(diagnostics)
    }
}

/// Returns what is wrong with a result, regardless of the plan.
fn result_problems(change: &Change<'_>, value: &Value, failed: bool) -> Vec<Problem> {
    let unknown = value.unknown_paths();
    let mut problems: Vec<Problem> = unknown
        .iter()
        .map(|path| Problem::new(path, "unknown value"))
        .collect();
    let reason = match (change.action, value.is_null()) {
        (Action::Delete, false) => "object after a delete without error",
        (Action::Create | Action::Update, true) => "null after an apply without error",
        _ => return problems,
    };
    if !failed {
        problems.push(Problem::new(&Path::root(), reason));
    }
    problems
}

/// Returns whether a configuration can result from the one that was planned.
fn config_follows(planned: &Value, now: &Value) -> bool {
    match (planned.inner(), now.inner()) {
        (Value::Unknown(_), _) => true,
        (Value::List(planned), Value::List(now)) => {
            planned.len() == now.len()
                && planned
                    .iter()
                    .zip(now)
                    .all(|(planned, now)| config_follows(planned, now))
        }
        (Value::Map(planned), Value::Map(now)) => {
            planned.keys().eq(now.keys())
                && planned
                    .values()
                    .zip(now.values())
                    .all(|(planned, now)| config_follows(planned, now))
        }
        (Value::Set(elements), Value::Set(_)) if !planned.is_wholly_known() => {
            // Elements cannot be matched.
            !elements.is_empty()
        }
        (planned, now) => planned == now,
    }
}
