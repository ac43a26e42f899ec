//! The gRPC service: messages in, messages out.
//!
//! Failures are reported as diagnostics. A gRPC status is only for failures of the transport,
//! because the host then forgets the object of the call. State stores answer `UNIMPLEMENTED`, as
//! hosts expect.

use std::collections::BTreeMap;

use tfplugin6::tfplugin6 as tf;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::{Server, functions, wire};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::{Schema, to_function, to_identity_schema, to_schema};
use crate::value::{self, Surplus, Type, Value};

type Reply<T> = Result<Response<T>, Status>;

/// The capabilities of the server, which are the same in both calls that report them.
const CAPABILITIES: tf::ServerCapabilities = tf::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

#[tonic::async_trait]
impl tf::provider_server::Provider for Server {
    async fn get_metadata(
        &self,
        _: Request<tf::get_metadata::Request>,
    ) -> Reply<tf::get_metadata::Response> {
        macro_rules! names {
            ($group:ident, $message:ident, $field:ident) => {{
                let names = self.table.$group.keys().cloned();
                names
                    .map(|$field| tf::get_metadata::$message { $field })
                    .collect()
            }};
        }
        Ok(Response::new(tf::get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: names!(resources, ResourceMetadata, type_name),
            data_sources: names!(data_sources, DataSourceMetadata, type_name),
            functions: names!(functions, FunctionMetadata, name),
            ephemeral_resources: names!(ephemeral_resources, EphemeralMetadata, type_name),
            list_resources: names!(list_resources, ListResourceMetadata, type_name),
            actions: names!(actions, ActionMetadata, type_name),
            ..Default::default()
        }))
    }

    async fn get_provider_schema(
        &self,
        _: Request<tf::get_provider_schema::Request>,
    ) -> Reply<tf::get_provider_schema::Response> {
        let named = |(name, schema): (&String, &Schema)| (name.clone(), to_schema(schema));
        macro_rules! schemas {
            ($group:ident) => {{
                let entries = self.table.$group.iter();
                entries.map(|(name, entry)| named((name, entry.schema.as_ref())))
            }};
        }
        let actions = schemas!(actions).map(|(name, schema)| {
            let schema = Some(schema);
            (name, tf::ActionSchema { schema })
        });
        Ok(Response::new(tf::get_provider_schema::Response {
            provider: Some(to_schema(&self.table.provider)),
            resource_schemas: schemas!(resources).collect(),
            data_source_schemas: schemas!(data_sources).collect(),
            functions: self.function_schemas().collect(),
            ephemeral_resource_schemas: schemas!(ephemeral_resources).collect(),
            list_resource_schemas: schemas!(list_resources).collect(),
            action_schemas: actions.collect(),
            server_capabilities: Some(CAPABILITIES),
            ..Default::default()
        }))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<tf::get_resource_identity_schemas::Request>,
    ) -> Reply<tf::get_resource_identity_schemas::Response> {
        let schemas = self.table.resources.iter().filter_map(|(name, entry)| {
            Some((name.clone(), to_identity_schema(entry.identity.as_ref()?)))
        });
        Ok(Response::new(tf::get_resource_identity_schemas::Response {
            identity_schemas: schemas.collect(),
            ..Default::default()
        }))
    }

    async fn validate_provider_config(
        &self,
        request: Request<tf::validate_provider_config::Request>,
    ) -> Reply<tf::validate_provider_config::Response> {
        let diagnostics = flatten(self.validate_provider(request.into_inner()).await);
        Ok(Response::new(tf::validate_provider_config::Response {
            diagnostics,
        }))
    }

    async fn validate_resource_config(
        &self,
        request: Request<tf::validate_resource_config::Request>,
    ) -> Reply<tf::validate_resource_config::Response> {
        let diagnostics = flatten(self.validate_resource(request.into_inner()).await);
        Ok(Response::new(tf::validate_resource_config::Response {
            diagnostics,
        }))
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<tf::validate_data_resource_config::Request>,
    ) -> Reply<tf::validate_data_resource_config::Response> {
        let diagnostics = flatten(self.validate_data_source(request.into_inner()).await);
        Ok(Response::new(tf::validate_data_resource_config::Response {
            diagnostics,
        }))
    }

    async fn configure_provider(
        &self,
        request: Request<tf::configure_provider::Request>,
    ) -> Reply<tf::configure_provider::Response> {
        let diagnostics = flatten(self.configure(request.into_inner()).await);
        Ok(Response::new(tf::configure_provider::Response {
            diagnostics,
        }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<tf::upgrade_resource_state::Request>,
    ) -> Reply<tf::upgrade_resource_state::Response> {
        Ok(Response::new(
            match self.upgrade(request.into_inner()).await {
                Ok(state) => tf::upgrade_resource_state::Response {
                    upgraded_state: Some(state),
                    diagnostics: Vec::new(),
                },
                Err(errors) => tf::upgrade_resource_state::Response {
                    upgraded_state: None,
                    diagnostics: wire::diagnostics(errors),
                },
            },
        ))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<tf::upgrade_resource_identity::Request>,
    ) -> Reply<tf::upgrade_resource_identity::Response> {
        let request = request.into_inner();
        let raw = request.raw_identity.unwrap_or_default();
        // States that are older than identities contain none. The next refresh adds it.
        let upgraded = self.resource(&request.type_name).and_then(|entry| {
            let Some(ty) = entry.identity_type().filter(|_| !raw.json.is_empty()) else {
                return Ok(None);
            };
            let json = serde_json::from_slice(&raw.json).map_err(|error| {
                let detail = format!(
                    "The stored identity of {} (version {}) cannot be read: {error}.",
                    request.type_name, request.version
                );
                Diagnostic::error("Unable to upgrade resource identity", detail)
            })?;
            let identity = upgraded_identity(&json, &ty);
            Self::write_identity(&entry, &identity)
        });
        Ok(Response::new(match upgraded {
            Ok(upgraded_identity) => tf::upgrade_resource_identity::Response {
                upgraded_identity,
                diagnostics: Vec::new(),
            },
            Err(error) => tf::upgrade_resource_identity::Response {
                upgraded_identity: None,
                diagnostics: wire::diagnostics(error.into()),
            },
        }))
    }

    async fn read_resource(
        &self,
        request: Request<tf::read_resource::Request>,
    ) -> Reply<tf::read_resource::Response> {
        let request = request.into_inner();
        let (state, private) = (request.current_state.clone(), request.private.clone());
        let identity = request.current_identity.clone();
        Ok(Response::new(self.read(request).await.unwrap_or_else(
            |error| tf::read_resource::Response {
                new_state: state,
                private,
                new_identity: identity,
                diagnostics: wire::diagnostics(error.into()),
                deferred: None,
            },
        )))
    }

    async fn plan_resource_change(
        &self,
        request: Request<tf::plan_resource_change::Request>,
    ) -> Reply<tf::plan_resource_change::Response> {
        let request = request.into_inner();
        let private = request.prior_private.clone();
        Ok(Response::new(self.plan(request).await.unwrap_or_else(
            |error| tf::plan_resource_change::Response {
                planned_private: private,
                diagnostics: wire::diagnostics(error.into()),
                ..Default::default()
            },
        )))
    }

    async fn apply_resource_change(
        &self,
        request: Request<tf::apply_resource_change::Request>,
    ) -> Reply<tf::apply_resource_change::Response> {
        let request = request.into_inner();
        let (state, private) = (request.prior_state.clone(), request.planned_private.clone());
        let identity = request.planned_identity.clone();
        Ok(Response::new(self.apply(request).await.unwrap_or_else(
            |error| tf::apply_resource_change::Response {
                new_state: state,
                private,
                new_identity: identity,
                diagnostics: wire::diagnostics(error.into()),
                ..Default::default()
            },
        )))
    }

    async fn import_resource_state(
        &self,
        request: Request<tf::import_resource_state::Request>,
    ) -> Reply<tf::import_resource_state::Response> {
        Ok(Response::new(
            match self.import(request.into_inner()).await {
                Ok(imported) => tf::import_resource_state::Response {
                    imported_resources: vec![imported],
                    ..Default::default()
                },
                Err(errors) => tf::import_resource_state::Response {
                    diagnostics: wire::diagnostics(errors),
                    ..Default::default()
                },
            },
        ))
    }

    async fn move_resource_state(
        &self,
        request: Request<tf::move_resource_state::Request>,
    ) -> Reply<tf::move_resource_state::Response> {
        let moved = self.move_state(request.into_inner()).await;
        Ok(Response::new(moved.unwrap_or_else(|errors| {
            tf::move_resource_state::Response {
                diagnostics: wire::diagnostics(errors),
                ..Default::default()
            }
        })))
    }

    async fn read_data_source(
        &self,
        request: Request<tf::read_data_source::Request>,
    ) -> Reply<tf::read_data_source::Response> {
        Ok(Response::new(
            match self.read_data(request.into_inner()).await {
                Ok((state, warnings)) => tf::read_data_source::Response {
                    state: Some(state),
                    diagnostics: wire::diagnostics(warnings),
                    ..Default::default()
                },
                Err(errors) => tf::read_data_source::Response {
                    diagnostics: wire::diagnostics(errors),
                    ..Default::default()
                },
            },
        ))
    }

    async fn generate_resource_config(
        &self,
        request: Request<tf::generate_resource_config::Request>,
    ) -> Reply<tf::generate_resource_config::Response> {
        let (config, diagnostics) = match self.generate(request.into_inner()).await {
            Ok(config) => (Some(config), Vec::new()),
            Err(errors) => (None, wire::diagnostics(errors)),
        };
        Ok(Response::new(tf::generate_resource_config::Response {
            config,
            diagnostics,
        }))
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<tf::validate_ephemeral_resource_config::Request>,
    ) -> Reply<tf::validate_ephemeral_resource_config::Response> {
        let diagnostics = flatten(self.validate_ephemeral(request.into_inner()).await);
        Ok(Response::new(
            tf::validate_ephemeral_resource_config::Response { diagnostics },
        ))
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<tf::open_ephemeral_resource::Request>,
    ) -> Reply<tf::open_ephemeral_resource::Response> {
        let opened = self.open(request.into_inner()).await;
        Ok(Response::new(opened.unwrap_or_else(|errors| {
            tf::open_ephemeral_resource::Response {
                diagnostics: wire::diagnostics(errors),
                ..Default::default()
            }
        })))
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<tf::renew_ephemeral_resource::Request>,
    ) -> Reply<tf::renew_ephemeral_resource::Response> {
        let request = request.into_inner();
        let private = request.private.clone();
        let renewed = self.renew(request).await;
        Ok(Response::new(renewed.unwrap_or_else(|errors| {
            tf::renew_ephemeral_resource::Response {
                // The host closes with the private bytes that it received last.
                private,
                diagnostics: wire::diagnostics(errors),
                ..Default::default()
            }
        })))
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<tf::close_ephemeral_resource::Request>,
    ) -> Reply<tf::close_ephemeral_resource::Response> {
        let diagnostics = flatten(self.close(request.into_inner()).await);
        Ok(Response::new(tf::close_ephemeral_resource::Response {
            diagnostics,
        }))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<tf::validate_list_resource_config::Request>,
    ) -> Reply<tf::validate_list_resource_config::Response> {
        let diagnostics = flatten(self.validate_list(request.into_inner()).await);
        Ok(Response::new(tf::validate_list_resource_config::Response {
            diagnostics,
        }))
    }

    async fn list_resource(
        &self,
        request: Request<tf::list_resource::Request>,
    ) -> Reply<BoxStream<tf::list_resource::Event>> {
        let events = self.list_events(request.into_inner());
        Ok(Response::new(Box::pin(events)))
    }

    async fn get_functions(
        &self,
        _: Request<tf::get_functions::Request>,
    ) -> Reply<tf::get_functions::Response> {
        Ok(Response::new(tf::get_functions::Response {
            functions: self.function_schemas().collect(),
            diagnostics: Vec::new(),
        }))
    }

    async fn call_function(
        &self,
        request: Request<tf::call_function::Request>,
    ) -> Reply<tf::call_function::Response> {
        let (result, error) = match self.call(request.into_inner()).await {
            Ok(result) => (Some(result), None),
            Err(error) => (None, Some(functions::error(error))),
        };
        Ok(Response::new(tf::call_function::Response { result, error }))
    }

    async fn validate_action_config(
        &self,
        request: Request<tf::validate_action_config::Request>,
    ) -> Reply<tf::validate_action_config::Response> {
        let diagnostics = flatten(self.validate_action(request.into_inner()).await);
        Ok(Response::new(tf::validate_action_config::Response {
            diagnostics,
        }))
    }

    async fn plan_action(
        &self,
        request: Request<tf::plan_action::Request>,
    ) -> Reply<tf::plan_action::Response> {
        Ok(Response::new(tf::plan_action::Response {
            diagnostics: flatten(self.plan_action(request.into_inner()).await),
            deferred: None,
        }))
    }

    async fn invoke_action(
        &self,
        request: Request<tf::invoke_action::Request>,
    ) -> Reply<BoxStream<tf::invoke_action::Event>> {
        let events = self.action_events(request.into_inner());
        Ok(Response::new(Box::pin(events)))
    }

    async fn stop_provider(
        &self,
        _: Request<tf::stop_provider::Request>,
    ) -> Reply<tf::stop_provider::Response> {
        tracing::info!("the user asked to stop: waits end, what exists is saved");
        self.stop.stop();
        Ok(Response::new(tf::stop_provider::Response::default()))
    }
}

impl Server {
    fn function_schemas(&self) -> impl Iterator<Item = (String, tf::Function)> {
        let functions = self.table.functions.iter();
        functions.map(|(name, entry)| (name.clone(), to_function(&entry.signature)))
    }
}

/// Returns an identity in the current schema. After a move, hosts pass identities of other types
/// and providers. If it is not a complete identity of this type, returns none, and the next refresh
/// adds it.
fn upgraded_identity(json: &serde_json::Value, ty: &Type) -> Value {
    let identity = value::from_json(json, ty, Surplus::Ignore).unwrap_or_default();
    let is_whole = |members: &BTreeMap<String, Value>| members.values().all(Value::is_known);
    match (identity.as_map().is_some_and(is_whole), ty) {
        // A host accepts an object of nulls, but not null.
        (false, Type::Object { attributes, .. }) => {
            Value::map(attributes.keys().map(|name| (name.as_str(), Value::Null)))
        }
        _ => identity,
    }
}

fn flatten(result: Result<Diagnostics, Diagnostic>) -> Vec<tf::Diagnostic> {
    wire::diagnostics(result.unwrap_or_else(Diagnostics::from))
}
