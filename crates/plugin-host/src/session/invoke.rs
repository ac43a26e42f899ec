//! Actions: validate, plan, invoke.

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::invoke_action::event::Type as EventType;

use super::diagnostic::{Diagnostic, Violation, read_diagnostics, succeed};
use super::host::Phase;
use super::{Session, answer, read_config, rpc};
use crate::schema::Schema;

const INVALID: &str = "Provider produced invalid action events";

/// The result of an action.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// The progress lines.
    pub progress: Vec<String>,
    /// The warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Session {
    /// Validates and plans an action. Parts of the configuration may be unknown. Returns the
    /// warnings.
    pub async fn plan_action(&self, type_name: &str, config: Json) -> Result<Vec<Diagnostic>> {
        let step = format!("plan action {type_name}");
        let schema = self.action(type_name)?;
        let config = read_config(&step, schema, &config)?;
        let request = proto::validate_action_config::Request {
            type_name: type_name.to_owned(),
            config: rpc::value(&config, &schema.ty)?,
        };
        let response = self.client().validate_action_config(request).await;
        let response = response.context("ValidateActionConfig")?.into_inner();
        let found = read_diagnostics(&step, &response.diagnostics, &schema.ty)?;
        let mut warnings = succeed(&step, found)?;
        let request = proto::plan_action::Request {
            action_type: type_name.to_owned(),
            config: rpc::value(&config, &schema.ty)?,
            client_capabilities: self.inner.host.capabilities(Phase::Plan),
        };
        let response = self.client().plan_action(request).await;
        let response = response.context("PlanAction")?.into_inner();
        let found = read_diagnostics(&step, &response.diagnostics, &schema.ty)?;
        warnings.extend(succeed(&step, found)?);
        answer::check_deferral(&step, &self.inner.host, Phase::Plan, response.deferred)?;
        Ok(warnings)
    }

    /// Plans and invokes an action: `-invoke`. The configuration must be known.
    pub async fn invoke(&self, type_name: &str, config: Json) -> Result<Invoked> {
        let mut diagnostics = self.plan_action(type_name, config.clone()).await?;
        let step = format!("invoke action {type_name}");
        let schema = self.action(type_name)?;
        let config = read_config(&step, schema, &config)?;
        if !config.is_wholly_known() {
            bail!("{step}: the configuration is unknown, so the host would not invoke it");
        }
        let request = proto::invoke_action::Request {
            action_type: type_name.to_owned(),
            config: rpc::value(&config, &schema.ty)?,
            client_capabilities: self.inner.host.capabilities(Phase::Apply),
        };
        let events = self.client().invoke_action(request).await;
        let mut events = events.context("InvokeAction")?.into_inner();
        let violation = |reason: &str| Violation::whole(&step, INVALID, reason);
        let mut progress = Vec::new();
        let mut completed = None;
        while let Some(event) = events.message().await.context("InvokeAction")? {
            if completed.is_some() {
                return Err(violation("an event after the end").into());
            }
            match event.r#type {
                // Hosts crash on this.
                None => return Err(violation("an event without type").into()),
                Some(EventType::Progress(line)) => {
                    if line.message.is_empty() || line.message.chars().any(char::is_control) {
                        return Err(violation("a line that cannot be shown").into());
                    }
                    progress.push(line.message);
                }
                Some(EventType::Completed(end)) => completed = Some(end.diagnostics),
            }
        }
        // Hosts treat this as success.
        let completed = completed.ok_or_else(|| violation("no end"))?;
        let found = read_diagnostics(&step, &completed, &schema.ty)?;
        diagnostics.extend(succeed(&step, found)?);
        Ok(Invoked {
            progress,
            diagnostics,
        })
    }

    fn action(&self, type_name: &str) -> Result<&Schema> {
        let schema = self.inner.actions.get(type_name);
        schema.with_context(|| format!("there is no action {type_name}"))
    }
}
