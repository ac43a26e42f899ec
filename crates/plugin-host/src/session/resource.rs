//! One resource instance.

use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::Value as Json;
use tfplugin6::tfplugin6::deferred::Reason;

use super::change::{Applied, Plan, Planned};
use super::diagnostic::{Diagnostic, Violation};
use super::host::Phase;
use super::rpc::{Calls, PlanRequest};
use super::state::{Object, StoredState};
use super::{ResourceType, Session, read_config};
use crate::core::{Action, Problem, action, required_replaces};
use crate::value::{Value, json};

/// A resource instance with its state, if it exists.
///
/// Its methods do what Terraform does for this instance, in the same order. If one fails,
/// [`Resource::state`] returns the state that Terraform would have saved.
#[derive(Clone, Debug)]
pub struct Resource {
    pub(super) session: Session,
    pub(super) kind: Arc<ResourceType>,
    pub(super) state: Option<StoredState>,
}

/// The result of a refresh.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The object, or `None` if it is gone.
    pub state: Option<Json>,
    /// The warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// The result of a refresh, as input for the plan.
pub(super) struct Current {
    pub(super) object: Option<Object>,
    pub(super) tainted: bool,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) deferred: Option<Reason>,
}

impl Resource {
    pub(super) fn new(session: Session, kind: Arc<ResourceType>) -> Self {
        Self {
            session,
            kind,
            state: None,
        }
    }

    /// Returns the same instance in another run of the host.
    pub fn in_session(&self, session: &Session) -> Result<Self> {
        let mut resource = session.resource(&self.kind.name)?;
        resource.state.clone_from(&self.state);
        Ok(resource)
    }

    /// Plans a configuration: `terraform plan`.
    pub async fn plan(&self, config: Json) -> Result<Plan> {
        self.plan_with(&config, false).await
    }

    /// Plans a configuration with `-replace`.
    pub async fn plan_replace(&self, config: Json) -> Result<Plan> {
        self.plan_with(&config, true).await
    }

    /// Plans the removal from the configuration.
    pub async fn plan_destroy(&self) -> Result<Plan> {
        self.plan_destroy_of(self.current().await?).await
    }

    /// Plans like `terraform destroy`, which has refreshed the state in another process.
    pub async fn plan_destroy_all(&self) -> Result<Plan> {
        self.plan_destroy_of(self.unrefreshed().await?).await
    }

    async fn plan_destroy_of(&self, current: Current) -> Result<Plan> {
        let calls = self.calls();
        let mut planned = Planned {
            action: Action::NoOp,
            prior: Value::Null,
            value: Value::Null,
            private: Vec::new(),
            identity: None,
            replaces: Vec::new(),
            warnings: Vec::new(),
            deferred: current.deferred,
        };
        if let Some(object) = &current.object {
            planned.action = Action::Delete;
            planned.prior = object.value.clone();
            planned.private = object.private.clone();
            planned.identity = object.identity.clone();
            if self.session.plans_destroy() && current.deferred.is_none() {
                let answer = calls
                    .plan(PlanRequest {
                        phase: Phase::Plan,
                        prior: &object.value,
                        config: &Value::Null,
                        prior_private: &object.private,
                        prior_identity: object.identity.as_ref(),
                        planned_private: &[],
                    })
                    .await?;
                refuse_unknown_identity(&calls, answer.identity.as_ref())?;
                planned.private = answer.private;
                planned.identity = answer.identity;
                planned.warnings = answer.warnings;
                planned.deferred = answer.deferred;
            }
        }
        self.finish_plan(current, planned, Value::Null)
    }

    /// Plans and applies: `terraform apply`.
    pub async fn apply(&mut self, config: Json) -> Result<Applied> {
        let plan = self.plan(config.clone()).await?;
        self.apply_plan(&plan, config).await
    }

    /// Plans and applies the removal: `terraform destroy`.
    pub async fn destroy(&mut self) -> Result<Applied> {
        let plan = self.plan_destroy().await?;
        self.apply_plan(&plan, Json::Null).await
    }

    /// Refreshes the state from the remote object: `terraform apply -refresh-only`.
    pub async fn refresh(&mut self) -> Result<Refreshed> {
        let current = self.current().await?;
        self.state = current.stored(&self.kind)?;
        let state = current.object.map(|object| json::to_json(&object.value));
        Ok(Refreshed {
            state,
            diagnostics: current.warnings,
        })
    }

    /// Returns the state as plain JSON, without types of dynamic values and without private data,
    /// or `None` if there is no object.
    pub fn state(&self) -> Option<Json> {
        let stored = self.state.as_ref()?;
        let value = json::from_state_json(&stored.attributes, &self.kind.schema.ty);
        // A state of an older schema is returned unchanged.
        Some(value.map_or_else(|_| stored.attributes.clone(), |value| json::to_json(&value)))
    }

    /// Returns the state as it would be saved.
    pub fn stored(&self) -> Option<&StoredState> {
        self.state.as_ref()
    }

    /// Returns the identity as plain JSON.
    pub fn identity(&self) -> Option<&Json> {
        self.state
            .as_ref()?
            .identity
            .as_ref()
            .map(|identity| &identity.attributes)
    }

    /// Returns whether the next apply replaces the object because its creation failed midway.
    pub fn is_tainted(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.tainted)
    }

    /// Sets or clears the taint: `terraform taint`, `terraform untaint`.
    pub fn set_tainted(&mut self, tainted: bool) {
        if let Some(state) = &mut self.state {
            state.tainted = tainted;
        }
    }

    /// Replaces the state, or forgets the object: `terraform state push`, `terraform state rm`.
    pub fn set_stored(&mut self, state: Option<StoredState>) {
        self.state = state;
    }

    async fn plan_with(&self, config: &Json, force_replace: bool) -> Result<Plan> {
        let calls = self.calls();
        let config = read_config(&calls.step("plan"), &self.kind.schema, config)?;
        let current = self.current().await?;
        let planned = if current.deferred.is_some() {
            let prior = current
                .object
                .as_ref()
                .map_or(Value::Null, |object| object.value.clone());
            Planned {
                action: Action::NoOp,
                value: prior.clone(),
                prior,
                private: Vec::new(),
                identity: None,
                replaces: Vec::new(),
                warnings: Vec::new(),
                deferred: current.deferred,
            }
        } else {
            self.plan_object(Phase::Plan, &current, &config, force_replace, &[])
                .await?
        };
        self.finish_plan(current, planned, config)
    }

    fn finish_plan(&self, current: Current, mut planned: Planned, config: Value) -> Result<Plan> {
        let refreshed = current.stored(&self.kind)?;
        planned.warnings.splice(0..0, current.warnings);
        Ok(Plan::new(planned, refreshed, config))
    }

    /// Returns the refreshed object in the current schema.
    async fn current(&self) -> Result<Current> {
        let mut current = self.unrefreshed().await?;
        if let Some(object) = &current.object {
            (current.object, current.warnings, current.deferred) =
                self.calls().read(object).await?;
            current.tainted &= current.object.is_some();
        }
        Ok(current)
    }

    /// Returns the stored object in the current schema.
    async fn unrefreshed(&self) -> Result<Current> {
        let object = match &self.state {
            Some(stored) => Some(self.calls().upgrade(stored).await?),
            None => None,
        };
        Ok(Current {
            object,
            tainted: self.is_tainted(),
            warnings: Vec::new(),
            deferred: None,
        })
    }

    /// Plans one object like the host: up to two calls, and their consequences.
    pub(super) async fn plan_object(
        &self,
        phase: Phase,
        current: &Current,
        config: &Value,
        force_replace: bool,
        planned_private: &[u8],
    ) -> Result<Planned> {
        let calls = self.calls();
        let schema = &self.kind.schema;
        let mut warnings = calls.validate(phase, config).await?;
        // A tainted object is planned as if it did not exist.
        let object = current.object.as_ref().filter(|_| !current.tainted);
        let prior = object.map_or(Value::Null, |object| object.value.clone());
        let answer = calls
            .plan(PlanRequest {
                phase,
                prior: &prior,
                config,
                prior_private: object.map_or(&[], |object| &object.private),
                prior_identity: object.and_then(|object| object.identity.as_ref()),
                planned_private,
            })
            .await?;
        warnings.extend(answer.warnings);
        let replaces = required_replaces(
            &schema.block,
            &prior,
            &answer.planned,
            &answer.requires_replace,
        )
        .map_err(|problems| {
            Violation::new(
                &calls.step("plan"),
                "Provider produced invalid plan",
                problems,
            )
        })?;
        let mut planned = Planned {
            action: action(&prior, &answer.planned, &schema.block, &replaces),
            prior,
            value: answer.planned,
            private: answer.private,
            identity: answer.identity,
            replaces,
            warnings,
            deferred: answer.deferred,
        };
        if force_replace && planned.action != Action::Create {
            planned.action = Action::Replace;
        }
        match planned.action {
            Action::Replace if planned.deferred.is_none() => {
                // The warnings of this call repeat those of the first one.
                let answer = calls
                    .plan(PlanRequest {
                        phase,
                        prior: &Value::Null,
                        config,
                        prior_private: &planned.private,
                        prior_identity: planned.identity.as_ref(),
                        planned_private: &[],
                    })
                    .await?;
                planned.value = answer.planned;
                planned.private = answer.private;
                planned.identity = answer.identity;
            }
            Action::Create => {
                if let Some(object) = current.object.as_ref().filter(|_| current.tainted) {
                    planned.action = Action::Replace;
                    planned.prior = object.value.clone();
                }
            }
            _ => refuse_unknown_identity(&calls, planned.identity.as_ref())?,
        }
        Ok(planned)
    }

    pub(super) fn calls(&self) -> Calls<'_> {
        Calls {
            session: &self.session,
            kind: &self.kind,
        }
    }
}

impl Current {
    fn stored(&self, kind: &ResourceType) -> Result<Option<StoredState>> {
        let object = self.object.as_ref();
        object
            .map(|object| object.store(kind, self.tainted))
            .transpose()
            .context("refreshed state")
    }
}

/// Only a new object may have an identity that is still unknown.
fn refuse_unknown_identity(calls: &Calls<'_>, identity: Option<&Value>) -> Result<()> {
    let unknown = identity.map(Value::unknown_paths).unwrap_or_default();
    let problems = unknown
        .iter()
        .map(|path| Problem::new(path, "unknown value"))
        .collect();
    Violation::unless_empty(
        &calls.step("plan"),
        "Provider produced invalid identity",
        problems,
    )
}
