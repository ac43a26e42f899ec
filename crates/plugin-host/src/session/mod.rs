//! A small Terraform core on one plugin.
//!
//! | Type | Purpose |
//! |---|---|
//! | [`Session`] | knows the schemas, and calls everything that has no state |
//! | [`Resource`] | one resource instance with its state: plan, apply, refresh, destroy, import, move |
//! | [`Host`] | the host to simulate |
//! | [`Failure`], [`Violation`] | the provider reported errors; the provider violated a rule |

mod answer;
mod change;
mod diagnostic;
mod ephemeral;
mod function;
mod host;
mod import;
mod invoke;
mod list;
mod moving;
mod resource;
mod rpc;
mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;
use tonic::Code;

pub use self::change::{Applied, Plan};
pub use self::diagnostic::{Diagnostic, Failure, Severity, Violation};
use self::diagnostic::{read_diagnostics, succeed};
pub use self::ephemeral::Opened;
pub use self::function::FunctionError;
pub use self::host::Host;
use self::host::Phase;
pub use self::import::ImportTarget;
pub use self::invoke::Invoked;
pub use self::list::{Found, ListResult, Query};
pub use self::moving::MoveSource;
pub use self::resource::{Refreshed, Resource};
pub use self::state::{StoredIdentity, StoredState};
use crate::core::{config_problems, schema_problems};
use crate::plugin::ProviderClient;
use crate::schema::{Schema, identity_type};
use crate::value::{Type, Value, json};

/// The limit of hosts for the answer to `GetProviderSchema`, in bytes.
const MAX_SCHEMA_BYTES: usize = 64 << 20;

/// A host with one provider. Clones share the connection, and all methods may run concurrently.
///
/// Every answer is checked against the rules of [`core`](crate::core). An error is one of three
/// things: a [`Failure`], which contains the provider's error messages for the user; a
/// [`Violation`], which no provider should ever cause; or a transport error.
#[derive(Clone, Debug)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    client: ProviderClient,
    host: Host,
    schemas: proto::get_provider_schema::Response,
    provider: Schema,
    resources: BTreeMap<String, Arc<ResourceType>>,
    data_sources: BTreeMap<String, Schema>,
    ephemeral_resources: BTreeMap<String, Schema>,
    list_resources: BTreeMap<String, Schema>,
    actions: BTreeMap<String, Schema>,
}

/// A type of resource.
#[derive(Debug)]
struct ResourceType {
    name: String,
    schema: Schema,
    identity: Option<IdentityType>,
}

#[derive(Debug)]
struct IdentityType {
    version: i64,
    ty: Type,
}

impl Session {
    /// Requests the schemas and checks them.
    pub async fn new(client: ProviderClient, host: Host) -> Result<Self> {
        let mut limited = client.clone().max_decoding_message_size(MAX_SCHEMA_BYTES);
        let request = proto::get_provider_schema::Request {};
        let schemas = limited
            .get_provider_schema(request)
            .await
            .context("GetProviderSchema")?
            .into_inner();
        succeed(
            "schema",
            read_diagnostics("schema", &schemas.diagnostics, &Type::Dynamic)?,
        )?;
        let identities = if host.identity {
            identities(&client).await?
        } else {
            BTreeMap::new()
        };
        let problems = schema_problems(&schemas, &identities);
        if !problems.is_empty() {
            let reason = problems.join("\n  ");
            return Err(Violation::whole("schema", "Invalid provider schema", reason).into());
        }

        let provider = schemas
            .provider
            .as_ref()
            .context("missing provider schema")?;
        let provider = Schema::from_proto(provider)?;
        let mut resources = BTreeMap::new();
        for (name, schema) in &schemas.resource_schemas {
            let schema = Schema::from_proto(schema).with_context(|| name.clone())?;
            let identity = match identities.get(name) {
                Some(identity) => Some(IdentityType {
                    version: identity.version,
                    ty: identity_type(identity)?,
                }),
                None => None,
            };
            let kind = ResourceType {
                name: name.clone(),
                schema,
                identity,
            };
            resources.insert(name.clone(), Arc::new(kind));
        }
        let no_schema = proto::Schema::default();
        let actions = schemas.action_schemas.iter();
        let actions =
            actions.map(|(name, action)| (name, action.schema.as_ref().unwrap_or(&no_schema)));
        let inner = Inner {
            client,
            host,
            provider,
            resources,
            data_sources: read_schemas(&schemas.data_source_schemas)?,
            ephemeral_resources: read_schemas(&schemas.ephemeral_resource_schemas)?,
            list_resources: read_schemas(&schemas.list_resource_schemas)?,
            actions: read_schemas(actions)?,
            schemas,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Validates a provider configuration and configures the provider with it. Returns the
    /// warnings.
    pub async fn configure(&self, config: Json) -> Result<Vec<Diagnostic>> {
        let step = "configure provider";
        let schema = &self.inner.provider;
        let config = read_config(step, schema, &config)?;
        let request = proto::validate_provider_config::Request {
            config: rpc::value(&config, &schema.ty)?,
        };
        let response = self.client().validate_provider_config(request).await;
        let response = response.context("ValidateProviderConfig")?.into_inner();
        let mut warnings = succeed(
            step,
            read_diagnostics(step, &response.diagnostics, &schema.ty)?,
        )?;
        let request = proto::configure_provider::Request {
            terraform_version: self.inner.host.version.clone(),
            config: rpc::value(&config, &schema.ty)?,
            client_capabilities: self.inner.host.capabilities(Phase::Plan),
        };
        let response = self.client().configure_provider(request).await;
        let response = response.context("ConfigureProvider")?.into_inner();
        warnings.extend(succeed(
            step,
            read_diagnostics(step, &response.diagnostics, &schema.ty)?,
        )?);
        Ok(warnings)
    }

    /// Returns a resource instance without state.
    pub fn resource(&self, type_name: &str) -> Result<Resource> {
        let kind = self.inner.resources.get(type_name);
        let kind = kind.with_context(|| format!("there is no resource {type_name}"))?;
        Ok(Resource::new(self.clone(), kind.clone()))
    }

    /// Reads a data source. Its configuration must be known.
    pub async fn read_data_source(&self, type_name: &str, config: Json) -> Result<Json> {
        let (state, _) = self
            .read_data_source_and_warnings(type_name, config)
            .await?;
        Ok(state)
    }

    /// Reads a data source, and returns the warnings of the provider as well.
    pub async fn read_data_source_and_warnings(
        &self,
        type_name: &str,
        config: Json,
    ) -> Result<(Json, Vec<Diagnostic>)> {
        let step = format!("read data source {type_name}");
        let schema = self.inner.data_sources.get(type_name);
        let schema = schema.with_context(|| format!("there is no data source {type_name}"))?;
        let config = read_config(&step, schema, &config)?;
        if !config.is_wholly_known() {
            bail!("{step}: the configuration is unknown, so the host would not read yet");
        }
        let request = proto::validate_data_resource_config::Request {
            type_name: type_name.to_owned(),
            config: rpc::value(&config, &schema.ty)?,
        };
        let response = self.client().validate_data_resource_config(request).await;
        let response = response.context("ValidateDataResourceConfig")?.into_inner();
        succeed(
            &step,
            read_diagnostics(&step, &response.diagnostics, &schema.ty)?,
        )?;
        let request = proto::read_data_source::Request {
            type_name: type_name.to_owned(),
            config: rpc::value(&config, &schema.ty)?,
            provider_meta: self.provider_meta(),
            client_capabilities: self.inner.host.capabilities(Phase::Plan),
        };
        let response = self.client().read_data_source(request).await;
        let response = response.context("ReadDataSource")?.into_inner();
        let warnings = succeed(
            &step,
            read_diagnostics(&step, &response.diagnostics, &schema.ty)?,
        )?;
        answer::check_deferral(&step, &self.inner.host, Phase::Plan, response.deferred)?;
        let state = answer::object(&step, response.state, schema)?;
        if state.is_null() {
            return Err(Violation::whole(&step, "Provider produced null object", "null").into());
        }
        Ok((json::to_json(&state), warnings))
    }

    /// Returns the schemas as the provider sent them.
    pub fn schemas(&self) -> &proto::get_provider_schema::Response {
        &self.inner.schemas
    }

    /// Returns the schema of a resource type.
    pub fn resource_schema(&self, type_name: &str) -> Option<&Schema> {
        self.inner.resources.get(type_name).map(|kind| &kind.schema)
    }

    /// Returns the schema of a data source.
    pub fn data_source_schema(&self, type_name: &str) -> Option<&Schema> {
        self.inner.data_sources.get(type_name)
    }

    /// Returns the client, for calls that a session does not make.
    pub fn client(&self) -> ProviderClient {
        self.inner.client.clone()
    }

    fn plans_destroy(&self) -> bool {
        self.inner
            .schemas
            .server_capabilities
            .as_ref()
            .is_some_and(|server| server.plan_destroy)
    }

    /// Returns null if the provider has a schema for it, because modules of a session have no such
    /// block.
    fn provider_meta(&self) -> Option<proto::DynamicValue> {
        self.inner
            .schemas
            .provider_meta
            .as_ref()
            .map(|_| rpc::null())
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types: Vec<&String> = self.resources.keys().collect();
        f.debug_struct("Inner")
            .field("host", &self.host)
            .field("resources", &types)
            .finish()
    }
}

fn read_schemas<'a>(
    schemas: impl IntoIterator<Item = (&'a String, &'a proto::Schema)>,
) -> Result<BTreeMap<String, Schema>> {
    let schemas = schemas.into_iter().map(|(name, schema)| {
        let schema = Schema::from_proto(schema).with_context(|| name.clone())?;
        Ok((name.clone(), schema))
    });
    schemas.collect()
}

/// Parses and checks a configuration, as a host does before it calls the provider.
fn read_config(step: &str, schema: &Schema, config: &Json) -> Result<Value> {
    let refused = |detail: String| Failure {
        step: step.to_owned(),
        diagnostics: vec![Diagnostic {
            severity: Severity::Error,
            summary: "Invalid configuration".to_owned(),
            detail,
            path: None,
        }],
    };
    let config = schema
        .block
        .config(config)
        .map_err(|error| refused(format!("{error:#}")))?;
    let problems = config_problems(&schema.block, &config);
    succeed(step, problems.iter().map(Diagnostic::of_host).collect())?;
    Ok(config)
}

async fn identities(
    client: &ProviderClient,
) -> Result<BTreeMap<String, proto::ResourceIdentitySchema>> {
    let request = proto::get_resource_identity_schemas::Request {};
    match client.clone().get_resource_identity_schemas(request).await {
        Err(status) if status.code() == Code::Unimplemented => Ok(BTreeMap::new()),
        Err(status) => Err(status).context("GetResourceIdentitySchemas"),
        Ok(response) => {
            let response = response.into_inner();
            let diagnostics = read_diagnostics("schema", &response.diagnostics, &Type::Dynamic)?;
            succeed("schema", diagnostics)?;
            Ok(response.identity_schemas.into_iter().collect())
        }
    }
}
