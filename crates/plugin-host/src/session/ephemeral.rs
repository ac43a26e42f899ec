//! Ephemeral resources: open, renew, close.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;

use super::diagnostic::{Diagnostic, Violation, read_diagnostics, succeed};
use super::host::Phase;
use super::{Session, answer, read_config, rpc};
use crate::core::assert_plan_valid;
use crate::schema::Schema;
use crate::value::{Value, json};

const INVALID: &str = "Provider produced invalid ephemeral resource";

/// An open ephemeral resource.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The complete value.
    pub result: Json,
    /// The bytes for renewing and closing.
    pub private: Option<Vec<u8>>,
    /// When it must be renewed.
    pub renew_at: Option<SystemTime>,
    /// The warnings.
    pub diagnostics: Vec<Diagnostic>,
    session: Session,
    type_name: String,
}

impl Session {
    /// Validates a configuration, parts of which may be unknown. Returns the warnings.
    pub async fn validate_ephemeral(
        &self,
        type_name: &str,
        config: Json,
    ) -> Result<Vec<Diagnostic>> {
        let step = format!("validate ephemeral resource {type_name}");
        let schema = self.ephemeral(type_name)?;
        let config = read_config(&step, schema, &config)?;
        let request = proto::validate_ephemeral_resource_config::Request {
            type_name: type_name.to_owned(),
            config: rpc::value(&config, &schema.ty)?,
        };
        let response = self
            .client()
            .validate_ephemeral_resource_config(request)
            .await;
        let response = response
            .context("ValidateEphemeralResourceConfig")?
            .into_inner();
        succeed(
            &step,
            read_diagnostics(&step, &response.diagnostics, &schema.ty)?,
        )
    }

    /// Validates a configuration, which must be known, and opens the resource.
    pub async fn open(&self, type_name: &str, config: Json) -> Result<Opened> {
        let mut diagnostics = self.validate_ephemeral(type_name, config.clone()).await?;
        let step = format!("open {type_name}");
        let schema = self.ephemeral(type_name)?;
        let config = read_config(&step, schema, &config)?;
        if !config.is_wholly_known() {
            bail!("{step}: the configuration is unknown, so the host would not open yet");
        }
        let request = proto::open_ephemeral_resource::Request {
            type_name: type_name.to_owned(),
            config: rpc::value(&config, &schema.ty)?,
            client_capabilities: self.inner.host.capabilities(Phase::Plan),
        };
        let response = self.client().open_ephemeral_resource(request).await;
        let response = response.context("OpenEphemeralResource")?.into_inner();
        diagnostics.extend(succeed(
            &step,
            read_diagnostics(&step, &response.diagnostics, &schema.ty)?,
        )?);
        answer::check_deferral(&step, &self.inner.host, Phase::Plan, response.deferred)?;
        let result = answer::object(&step, response.result, schema)?;
        if result.is_null() {
            return Err(Violation::whole(&step, INVALID, "null").into());
        }
        // The rules of a plan apply to configured values, and to those that are neither configured
        // nor computed.
        let problems = assert_plan_valid(&schema.block, &Value::Null, &config, &result);
        Violation::unless_empty(&step, INVALID, problems)?;
        Ok(Opened {
            result: json::to_json(&result),
            private: response.private,
            renew_at: renewal(&step, response.renew_at)?,
            diagnostics,
            session: self.clone(),
            type_name: type_name.to_owned(),
        })
    }

    fn ephemeral(&self, type_name: &str) -> Result<&Schema> {
        let schema = self.inner.ephemeral_resources.get(type_name);
        schema.with_context(|| format!("there is no ephemeral resource {type_name}"))
    }
}

impl Opened {
    /// Renews the resource.
    pub async fn renew(&mut self) -> Result<()> {
        let step = format!("renew {}", self.type_name);
        let schema = self.session.ephemeral(&self.type_name)?;
        let request = proto::renew_ephemeral_resource::Request {
            type_name: self.type_name.clone(),
            private: self.private.clone(),
        };
        let response = self
            .session
            .client()
            .renew_ephemeral_resource(request)
            .await;
        let response = response.context("RenewEphemeralResource")?.into_inner();
        let found = read_diagnostics(&step, &response.diagnostics, &schema.ty)?;
        self.diagnostics.extend(succeed(&step, found)?);
        self.renew_at = renewal(&step, response.renew_at)?;
        self.private = response.private;
        Ok(())
    }

    /// Closes the resource. Returns the warnings.
    pub async fn close(self) -> Result<Vec<Diagnostic>> {
        let step = format!("close {}", self.type_name);
        let schema = self.session.ephemeral(&self.type_name)?;
        let request = proto::close_ephemeral_resource::Request {
            type_name: self.type_name.clone(),
            private: self.private.clone(),
        };
        let response = self
            .session
            .client()
            .close_ephemeral_resource(request)
            .await;
        let response = response.context("CloseEphemeralResource")?.into_inner();
        succeed(
            &step,
            read_diagnostics(&step, &response.diagnostics, &schema.ty)?,
        )
    }
}

/// Converts a time, which must be in the future, because hosts renew overdue resources in a loop.
fn renewal(step: &str, at: Option<prost_types::Timestamp>) -> Result<Option<SystemTime>> {
    let Some(at) = at else {
        return Ok(None);
    };
    let seconds = u64::try_from(at.seconds).unwrap_or_default();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    match at > SystemTime::now() {
        true => Ok(Some(at)),
        false => Err(Violation::whole(step, INVALID, "the time of renewal has passed").into()),
    }
}
