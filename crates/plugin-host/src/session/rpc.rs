//! The calls for one resource, which encode the values and check the answers.

use anyhow::{Context, Result, ensure};
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::deferred::Reason;

use super::diagnostic::{Diagnostic, Violation, read_diagnostics, succeed};
use super::host::Phase;
use super::state::{Object, StoredState};
use super::{ResourceType, Session, answer};
use crate::core::{Problem, assert_plan_valid, proposed_new};
use crate::value::{Path, Type, Value, json, msgpack};

const INVALID_PLAN: &str = "Provider produced invalid plan";

/// The input of a plan.
pub(super) struct PlanRequest<'a> {
    pub(super) phase: Phase,
    pub(super) prior: &'a Value,
    pub(super) config: &'a Value,
    pub(super) prior_private: &'a [u8],
    pub(super) prior_identity: Option<&'a Value>,
    /// The private bytes of the first plan, if apply plans again.
    pub(super) planned_private: &'a [u8],
}

/// The plan of a provider.
pub(super) struct PlanAnswer {
    pub(super) planned: Value,
    pub(super) requires_replace: Vec<Path>,
    pub(super) private: Vec<u8>,
    pub(super) identity: Option<Value>,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) deferred: Option<Reason>,
}

/// The calls for one resource type.
pub(super) struct Calls<'a> {
    pub(super) session: &'a Session,
    pub(super) kind: &'a ResourceType,
}

impl Calls<'_> {
    /// Upgrades a stored object to the current schemas.
    pub(super) async fn upgrade(&self, stored: &StoredState) -> Result<Object> {
        let step = self.step("upgrade state of");
        let summary = "Invalid resource state upgrade";
        ensure!(
            stored.schema_version <= self.kind.schema.version,
            "{step}: Resource instance managed by newer provider version"
        );
        let request = proto::upgrade_resource_state::Request {
            type_name: self.kind.name.clone(),
            version: stored.schema_version,
            raw_state: Some(proto::RawState {
                json: serde_json::to_vec(&stored.attributes)?,
                ..proto::RawState::default()
            }),
        };
        let response = self.session.client().upgrade_resource_state(request).await;
        let response = response.context("UpgradeResourceState")?.into_inner();
        self.succeed(&step, &response.diagnostics)?;
        let value = answer::object(&step, response.upgraded_state, &self.kind.schema)?;
        if value.is_null() {
            return Err(Violation::whole(&step, summary, "null").into());
        }
        let identity = self.upgrade_identity(stored).await?;
        Ok(Object {
            value,
            private: stored.private.clone(),
            identity,
        })
    }

    async fn upgrade_identity(&self, stored: &StoredState) -> Result<Option<Value>> {
        let Some(identity) = &self.kind.identity else {
            return Ok(None);
        };
        let step = self.step("upgrade identity of");
        let version = stored.identity.as_ref().map_or(0, |stored| stored.version);
        ensure!(
            version <= identity.version,
            "{step}: Resource instance managed by newer provider version"
        );
        if version == identity.version {
            let stored = stored.identity.as_ref();
            return stored
                .map(|stored| json::from_state_json(&stored.attributes, &identity.ty))
                .transpose();
        }
        let json = match &stored.identity {
            Some(stored) => serde_json::to_vec(&stored.attributes)?,
            None => Vec::new(),
        };
        let request = proto::upgrade_resource_identity::Request {
            type_name: self.kind.name.clone(),
            version,
            raw_identity: Some(proto::RawState {
                json,
                ..proto::RawState::default()
            }),
        };
        let response = self
            .session
            .client()
            .upgrade_resource_identity(request)
            .await;
        let response = response.context("UpgradeResourceIdentity")?.into_inner();
        succeed(
            &step,
            read_diagnostics(&step, &response.diagnostics, &identity.ty)?,
        )?;
        self.read_identity(&step, response.upgraded_identity, false)
    }

    /// Reads the remote object. Returns `None` if it is gone.
    pub(super) async fn read(
        &self,
        current: &Object,
    ) -> Result<(Option<Object>, Vec<Diagnostic>, Option<Reason>)> {
        let step = self.step("read");
        let phase = Phase::Plan;
        let request = proto::read_resource::Request {
            type_name: self.kind.name.clone(),
            current_state: value(&current.value, &self.kind.schema.ty)?,
            private: current.private.clone(),
            provider_meta: self.session.provider_meta(),
            client_capabilities: self.session.inner.host.capabilities(phase),
            current_identity: self.identity(current.identity.as_ref())?,
        };
        let response = self.session.client().read_resource(request).await;
        let response = response.context("ReadResource")?.into_inner();
        let warnings = self.succeed(&step, &response.diagnostics)?;
        let host = &self.session.inner.host;
        let deferred = answer::check_deferral(&step, host, phase, response.deferred)?;
        if deferred.is_some() {
            return Ok((Some(current.clone()), warnings, deferred));
        }
        let state = answer::object(&step, response.new_state, &self.kind.schema)?;
        let identity = self.read_identity(&step, response.new_identity, false)?;
        let found = Object {
            value: state,
            private: response.private,
            identity,
        };
        Ok(((!found.value.is_null()).then_some(found), warnings, None))
    }

    /// Validates a configuration. Returns the warnings.
    pub(super) async fn validate(&self, phase: Phase, config: &Value) -> Result<Vec<Diagnostic>> {
        let request = proto::validate_resource_config::Request {
            type_name: self.kind.name.clone(),
            config: value(config, &self.kind.schema.ty)?,
            client_capabilities: self.session.inner.host.capabilities(phase),
        };
        let response = self
            .session
            .client()
            .validate_resource_config(request)
            .await;
        let response = response.context("ValidateResourceConfig")?.into_inner();
        self.succeed(&self.step("validate"), &response.diagnostics)
    }

    /// Requests a plan and checks it.
    pub(super) async fn plan(&self, request: PlanRequest<'_>) -> Result<PlanAnswer> {
        let step = self.step("plan");
        let schema = &self.kind.schema;
        let PlanRequest {
            phase,
            prior,
            config,
            ..
        } = request;
        let proposed = match config {
            Value::Null => Value::Null,
            config => proposed_new(&schema.block, prior, config),
        };
        let call = proto::plan_resource_change::Request {
            type_name: self.kind.name.clone(),
            prior_state: value(prior, &schema.ty)?,
            proposed_new_state: value(&proposed, &schema.ty)?,
            config: value(config, &schema.ty)?,
            prior_private: request.prior_private.to_vec(),
            provider_meta: self.session.provider_meta(),
            client_capabilities: self.session.inner.host.capabilities(phase),
            prior_identity: self.identity(request.prior_identity)?,
            planned_private: request.planned_private.to_vec(),
        };
        let response = self.session.client().plan_resource_change(call).await;
        let response = response.context("PlanResourceChange")?.into_inner();
        let warnings = self.succeed(&step, &response.diagnostics)?;
        let host = &self.session.inner.host;
        let deferred = answer::check_deferral(&step, host, phase, response.deferred)?;
        let planned = answer::decode(&step, INVALID_PLAN, response.planned_state, &schema.ty)?;
        let identity = self.read_identity(&step, response.planned_identity, true)?;
        let mut problems = Vec::new();
        if response.legacy_type_system {
            problems.push(Problem::new(&Path::root(), "legacy_type_system is set"));
        }
        if deferred.is_none() {
            problems.extend(assert_plan_valid(&schema.block, prior, config, &planned));
        }
        let mut requires_replace = Vec::new();
        for path in &response.requires_replace {
            match Path::from_proto(path).and_then(|path| path.check(&schema.ty).map(|()| path)) {
                Ok(path) => requires_replace.push(path),
                Err(error) => problems.push(Problem::new(
                    &Path::root(),
                    format!("requires replacement, but {error:#}"),
                )),
            }
        }
        Violation::unless_empty(&step, INVALID_PLAN, problems)?;
        let private = response.planned_private;
        Ok(PlanAnswer {
            planned,
            requires_replace,
            private,
            identity,
            warnings,
            deferred,
        })
    }

    pub(super) fn step(&self, what: &str) -> String {
        format!("{what} {}", self.kind.name)
    }

    pub(super) fn succeed(
        &self,
        step: &str,
        diagnostics: &[proto::Diagnostic],
    ) -> Result<Vec<Diagnostic>> {
        succeed(
            step,
            read_diagnostics(step, diagnostics, &self.kind.schema.ty)?,
        )
    }

    pub(super) fn identity(
        &self,
        identity: Option<&Value>,
    ) -> Result<Option<proto::ResourceIdentityData>> {
        let (Some(identity), Some(kind)) = (identity, &self.kind.identity) else {
            return Ok(None);
        };
        let identity_data = value(identity, &kind.ty)?;
        Ok(Some(proto::ResourceIdentityData { identity_data }))
    }

    /// Returns the identity in an answer. Hosts without support for identities ignore it.
    pub(super) fn read_identity(
        &self,
        step: &str,
        data: Option<proto::ResourceIdentityData>,
        unknown_allowed: bool,
    ) -> Result<Option<Value>> {
        match data {
            Some(data) if self.session.inner.host.identity => {
                answer::identity(step, data, self.kind.identity.as_ref(), unknown_allowed)
            }
            _ => Ok(None),
        }
    }
}

/// Encodes a value.
pub(super) fn value(value: &Value, ty: &Type) -> Result<Option<proto::DynamicValue>> {
    let msgpack = msgpack::encode(value, ty)?;
    Ok(Some(proto::DynamicValue {
        msgpack,
        json: Vec::new(),
    }))
}

/// Returns an encoded null.
pub(super) fn null() -> proto::DynamicValue {
    proto::DynamicValue {
        msgpack: vec![0xc0],
        json: Vec::new(),
    }
}

/// Decodes a value. A missing value is null.
pub(super) fn read_value(value: Option<proto::DynamicValue>, ty: &Type) -> Result<Value> {
    let value = value.unwrap_or_default();
    ensure!(
        value.json.is_empty() || !value.msgpack.is_empty(),
        "the answer is JSON, which not every host reads"
    );
    msgpack::decode(&value.msgpack, ty)
}
