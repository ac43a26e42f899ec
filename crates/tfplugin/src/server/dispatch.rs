//! Converts messages to calls and results to messages, with every error as a diagnostic.

use std::sync::atomic::Ordering;

use tfplugin6::tfplugin6 as tf;

use super::resources::{ApplyInput, Outcome, PlanInput};
use super::secrets::Secrets;
use super::table::{DataSourceEntry, ResourceEntry};
use super::{Server, call, data, resources, wire};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::provider::{
    Checkpoint, ConfigureRequest, ImportRequest, ReadDataRequest, ReadRequest, ValidateRequest,
    Warnings,
};
use crate::schema::{Capabilities, validate};
use crate::value::Value;

impl Server {
    pub(super) fn resource(&self, name: &str) -> Result<ResourceEntry, Diagnostic> {
        let entry = self.table.resources.get(name).cloned();
        entry.ok_or_else(|| unknown("resource type", name))
    }

    fn data_source(&self, name: &str) -> Result<DataSourceEntry, Diagnostic> {
        let entry = self.table.data_sources.get(name).cloned();
        entry.ok_or_else(|| unknown("data source", name))
    }

    pub(super) fn read_identity(
        entry: &ResourceEntry,
        message: Option<&tf::ResourceIdentityData>,
    ) -> Result<Value, Diagnostic> {
        match entry.identity_type() {
            Some(ty) => wire::read(
                message.and_then(|m| m.identity_data.as_ref()),
                &ty,
                "identity",
            ),
            None => Ok(Value::Null),
        }
    }

    /// Encodes an identity. A null identity, or one of a type without identities, is not sent.
    pub(super) fn write_identity(
        entry: &ResourceEntry,
        identity: &Value,
    ) -> Result<Option<tf::ResourceIdentityData>, Diagnostic> {
        match entry.identity_type() {
            Some(ty) if !identity.is_null() => {
                let identity_data = Some(wire::write(identity, &ty, "identity")?);
                Ok(Some(tf::ResourceIdentityData { identity_data }))
            }
            _ => Ok(None),
        }
    }

    pub(super) async fn validate_resource(
        &self,
        request: tf::validate_resource_config::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let entry = self.resource(&request.type_name)?;
        let config = wire::read(request.config.as_ref(), &entry.ty, "configuration")?;
        let capabilities = Capabilities {
            mocks: self.capabilities().mocks,
            ..wire::capabilities(request.client_capabilities.as_ref())
        };
        call::run(
            &self.stop,
            "ValidateResourceConfig",
            &request.type_name,
            |_| async move {
                let mut diagnostics = Diagnostics::new();
                validate(
                    &entry.schema.attributes,
                    &config,
                    capabilities,
                    &mut diagnostics,
                );
                let secrets = Secrets::of(&entry.schema.attributes, &[&config]);
                entry
                    .resource
                    .validate(&ValidateRequest { config }, &mut diagnostics);
                secrets.hide(&mut diagnostics);
                diagnostics
            },
        )
        .await
    }

    pub(super) async fn validate_data_source(
        &self,
        request: tf::validate_data_resource_config::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let entry = self.data_source(&request.type_name)?;
        let config = wire::read(request.config.as_ref(), &entry.ty, "configuration")?;
        let capabilities = self.capabilities();
        call::run(
            &self.stop,
            "ValidateDataResourceConfig",
            &request.type_name,
            |_| async move {
                let mut diagnostics = Diagnostics::new();
                validate(
                    &entry.schema.attributes,
                    &config,
                    capabilities,
                    &mut diagnostics,
                );
                entry.source.validate(&config, &mut diagnostics);
                diagnostics
            },
        )
        .await
    }

    pub(super) async fn validate_provider(
        &self,
        request: tf::validate_provider_config::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let ty = self.table.provider.ty();
        let config = wire::read(request.config.as_ref(), &ty, "provider configuration")?;
        let server = self.clone();
        call::run(
            &self.stop,
            "ValidateProviderConfig",
            "the provider",
            |_| async move {
                let mut diagnostics = Diagnostics::new();
                let attributes = &server.table.provider.attributes;
                validate(
                    attributes,
                    &config,
                    Capabilities::default(),
                    &mut diagnostics,
                );
                server.provider.validate(&config, &mut diagnostics);
                Secrets::of(attributes, &[&config]).hide(&mut diagnostics);
                diagnostics
            },
        )
        .await
    }

    pub(super) async fn configure(
        &self,
        request: tf::configure_provider::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let ty = self.table.provider.ty();
        let config = wire::read(request.config.as_ref(), &ty, "provider configuration")?;
        self.configured.store(true, Ordering::Relaxed);
        let provider = self.provider.clone();
        let secrets = Secrets::of(&self.table.provider.attributes, &[&config]);
        let host_version = request.terraform_version;
        call::run(
            &self.stop,
            "ConfigureProvider",
            "the provider",
            |_| async move {
                let request = ConfigureRequest {
                    config,
                    host_version,
                };
                let mut diagnostics = provider.configure(request).await;
                secrets.hide(&mut diagnostics);
                diagnostics
            },
        )
        .await
    }

    pub(super) async fn upgrade(
        &self,
        request: tf::upgrade_resource_state::Request,
    ) -> Result<tf::DynamicValue, Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let raw = request.raw_state.unwrap_or_default();
        if raw.json.is_empty() {
            return Err(Diagnostic::error(
                "Unreadable state",
                format!(
                    "The stored state of {} is in a form that no version of this provider ever \
                     wrote.",
                    request.type_name
                ),
            )
            .into());
        }
        let version = request.version;
        let upgraded = {
            let entry = entry.clone();
            call::run(
                &self.stop,
                "UpgradeResourceState",
                &request.type_name,
                |_| async move { resources::upgrade_resource(&entry, version, &raw.json) },
            )
            .await??
        };
        Ok(wire::write(&upgraded, &entry.ty, "upgraded state")?)
    }

    pub(super) async fn read(
        &self,
        request: tf::read_resource::Request,
    ) -> Result<tf::read_resource::Response, Diagnostic> {
        let entry = self.resource(&request.type_name)?;
        let state = wire::read(request.current_state.as_ref(), &entry.ty, "state")?;
        let identity = Self::read_identity(&entry, request.current_identity.as_ref())?;
        let private = request.private;
        let outcome = {
            let entry = entry.clone();
            call::run(
                &self.stop,
                "ReadResource",
                &request.type_name,
                |cancel| async move {
                    if state.is_null() {
                        let diagnostics = Diagnostics::new();
                        return Outcome {
                            state,
                            private,
                            identity,
                            diagnostics,
                        };
                    }
                    let request = ReadRequest {
                        state,
                        identity,
                        private,
                        cancel,
                    };
                    resources::read_resource(&entry, request).await
                },
            )
            .await?
        };
        Ok(tf::read_resource::Response {
            new_state: Some(wire::write(&outcome.state, &entry.ty, "refreshed state")?),
            private: outcome.private,
            new_identity: Self::write_identity(&entry, &outcome.identity)?,
            diagnostics: wire::diagnostics(outcome.diagnostics),
            deferred: None,
        })
    }

    pub(super) async fn plan(
        &self,
        request: tf::plan_resource_change::Request,
    ) -> Result<tf::plan_resource_change::Response, Diagnostic> {
        let entry = self.resource(&request.type_name)?;
        let input = PlanInput {
            config: wire::read(request.config.as_ref(), &entry.ty, "configuration")?,
            prior: wire::read(request.prior_state.as_ref(), &entry.ty, "prior state")?,
            private: request.prior_private,
            identity: Self::read_identity(&entry, request.prior_identity.as_ref())?,
        };
        let (planned, diagnostics) = {
            let entry = entry.clone();
            call::run(
                &self.stop,
                "PlanResourceChange",
                &request.type_name,
                |_| async move {
                    let mut diagnostics = Diagnostics::new();
                    let planned = resources::plan_resource(&entry, input, &mut diagnostics);
                    (planned, diagnostics)
                },
            )
            .await?
        };
        Ok(tf::plan_resource_change::Response {
            planned_state: Some(wire::write(&planned.state, &entry.ty, "planned state")?),
            requires_replace: planned.replace.iter().map(wire::path).collect(),
            planned_private: planned.private,
            planned_identity: Self::write_identity(&entry, &planned.identity)?,
            diagnostics: wire::diagnostics(diagnostics),
            ..Default::default()
        })
    }

    pub(super) async fn apply(
        &self,
        request: tf::apply_resource_change::Request,
    ) -> Result<tf::apply_resource_change::Response, Diagnostic> {
        let entry = self.resource(&request.type_name)?;
        let input = ApplyInput {
            config: wire::read(request.config.as_ref(), &entry.ty, "configuration")?,
            prior: wire::read(request.prior_state.as_ref(), &entry.ty, "prior state")?,
            planned: wire::read(request.planned_state.as_ref(), &entry.ty, "planned state")?,
            private: request.planned_private,
            identity: Self::read_identity(&entry, request.planned_identity.as_ref())?,
        };
        let checkpoint = Checkpoint::default();
        let before = Outcome {
            state: input.prior.clone(),
            private: input.private.clone(),
            identity: input.identity.clone(),
            diagnostics: Diagnostics::new(),
        };
        let work = {
            let (entry, checkpoint) = (entry.clone(), checkpoint.clone());
            call::run(
                &self.stop,
                "ApplyResourceChange",
                &request.type_name,
                |cancel| resources::apply_resource(entry, input, checkpoint, cancel),
            )
        };
        let outcome = match work.await {
            Ok(outcome) => outcome,
            Err(panic) => resources::after_panic(before, &checkpoint, panic),
        };
        let mut diagnostics = outcome.diagnostics;
        // The state is sent even if something else fails. Without it, the host forgets the object.
        let identity = Self::write_identity(&entry, &outcome.identity).unwrap_or_else(|error| {
            diagnostics.push(error);
            None
        });
        let state = wire::write(&outcome.state, &entry.ty, "new state");
        let new_state = state.map(Some).unwrap_or_else(|error| {
            diagnostics.push(error);
            request.prior_state
        });
        Ok(tf::apply_resource_change::Response {
            new_state,
            private: outcome.private,
            new_identity: identity,
            diagnostics: wire::diagnostics(diagnostics),
            ..Default::default()
        })
    }

    pub(super) async fn import(
        &self,
        request: tf::import_resource_state::Request,
    ) -> Result<tf::import_resource_state::ImportedResource, Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let identity = Self::read_identity(&entry, request.identity.as_ref())?;
        let asked = match identity.is_null() {
            true => ImportRequest::Id(request.id),
            false => ImportRequest::Identity(identity),
        };
        let (state, identity) = {
            let entry = entry.clone();
            call::run(
                &self.stop,
                "ImportResourceState",
                &request.type_name,
                |_| resources::import_resource(entry, asked),
            )
            .await??
        };
        Ok(tf::import_resource_state::ImportedResource {
            state: Some(wire::write(&state, &entry.ty, "imported state")?),
            identity: Self::write_identity(&entry, &identity)?,
            type_name: request.type_name,
            private: Vec::new(),
        })
    }

    pub(super) async fn read_data(
        &self,
        request: tf::read_data_source::Request,
    ) -> Result<(tf::DynamicValue, Diagnostics), Diagnostics> {
        let entry = self.data_source(&request.type_name)?;
        let config = wire::read(request.config.as_ref(), &entry.ty, "configuration")?;
        let warnings = Warnings::default();
        let state = {
            let (entry, warnings) = (entry.clone(), warnings.clone());
            call::run(&self.stop, "ReadDataSource", &request.type_name, |cancel| {
                let request = ReadDataRequest {
                    config,
                    warnings,
                    cancel,
                };
                data::read_data_source(entry, request)
            })
            .await??
        };
        Ok((wire::write(&state, &entry.ty, "result")?, warnings.take()))
    }
}

/// Returns the error for a type that the provider does not have.
pub(super) fn unknown(what: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Unknown {what}"),
        format!("This version of the provider has no {what} {name:?}."),
    )
}
