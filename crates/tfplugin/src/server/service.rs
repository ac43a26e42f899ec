//! The gRPC service: messages in, messages out.
//!
//! Trouble goes into diagnostics; a gRPC status is for transport faults alone, since with one the
//! host forgets the object of the call. Calls of features that are not offered answer that the
//! type is unknown; state stores answer `UNIMPLEMENTED`, as hosts expect.

use futures::stream;
use tfplugin6::tfplugin6 as tf;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use super::dispatch::unknown;
use super::{Server, wire};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::schema::{Schema, to_identity_schema, to_schema};

type Reply<T> = Result<Response<T>, Status>;

/// What is on offer; the same in both calls that ask for it.
const CAPABILITIES: tf::ServerCapabilities = tf::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: false,
    generate_resource_config: false,
};

#[tonic::async_trait]
impl tf::provider_server::Provider for Server {
    async fn get_metadata(
        &self,
        _: Request<tf::get_metadata::Request>,
    ) -> Reply<tf::get_metadata::Response> {
        let type_names = |type_name: &String| type_name.clone();
        Ok(Response::new(tf::get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            resources: self
                .table
                .resources
                .keys()
                .map(type_names)
                .map(|type_name| tf::get_metadata::ResourceMetadata { type_name })
                .collect(),
            data_sources: self
                .table
                .data_sources
                .keys()
                .map(type_names)
                .map(|type_name| tf::get_metadata::DataSourceMetadata { type_name })
                .collect(),
            ..Default::default()
        }))
    }

    async fn get_provider_schema(
        &self,
        _: Request<tf::get_provider_schema::Request>,
    ) -> Reply<tf::get_provider_schema::Response> {
        let named = |(name, schema): (&String, &Schema)| (name.clone(), to_schema(schema));
        let resources = self
            .table
            .resources
            .iter()
            .map(|(name, e)| (name, e.schema.as_ref()));
        let sources = self
            .table
            .data_sources
            .iter()
            .map(|(name, e)| (name, e.schema.as_ref()));
        Ok(Response::new(tf::get_provider_schema::Response {
            provider: Some(to_schema(&self.table.provider)),
            resource_schemas: resources.map(named).collect(),
            data_source_schemas: sources.map(named).collect(),
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
        // States from before identities hold none: the next refresh supplies it.
        let upgraded = self.resource(&request.type_name).and_then(|entry| {
            let Some(ty) = entry.identity_type().filter(|_| !raw.json.is_empty()) else {
                return Ok(None);
            };
            let unreadable = |reason: String| {
                let detail = format!(
                    "The stored identity of {} (version {}) cannot be read: {reason}.",
                    request.type_name, request.version
                );
                Diagnostic::error("Unable to upgrade resource identity", detail)
            };
            let json = serde_json::from_slice(&raw.json).map_err(|e| unreadable(e.to_string()))?;
            let identity = crate::value::from_json(&json, &ty, crate::value::Surplus::Ignore)
                .map_err(|error| unreadable(error.to_string()))?;
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
        let request = request.into_inner();
        let error = Diagnostic::error(
            "Unable to move resource state",
            format!(
                "A state of {} of {} cannot become one of {}. Remove the `moved` block, and use a \
                 `removed` and an `import` block instead.",
                request.source_type_name, request.source_provider_address, request.target_type_name
            ),
        );
        Ok(Response::new(tf::move_resource_state::Response {
            diagnostics: wire::diagnostics(error.into()),
            ..Default::default()
        }))
    }

    async fn read_data_source(
        &self,
        request: Request<tf::read_data_source::Request>,
    ) -> Reply<tf::read_data_source::Response> {
        Ok(Response::new(
            match self.read_data(request.into_inner()).await {
                Ok(state) => tf::read_data_source::Response {
                    state: Some(state),
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
        let error = Diagnostic::error(
            "Unable to generate configuration",
            format!(
                "The host derives it from the schema of {}.",
                request.into_inner().type_name
            ),
        );
        Ok(Response::new(tf::generate_resource_config::Response {
            diagnostics: wire::diagnostics(error.into()),
            ..Default::default()
        }))
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<tf::validate_ephemeral_resource_config::Request>,
    ) -> Reply<tf::validate_ephemeral_resource_config::Response> {
        let diagnostics = not_offered("ephemeral resource", &request.into_inner().type_name);
        Ok(Response::new(
            tf::validate_ephemeral_resource_config::Response { diagnostics },
        ))
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<tf::open_ephemeral_resource::Request>,
    ) -> Reply<tf::open_ephemeral_resource::Response> {
        Ok(Response::new(tf::open_ephemeral_resource::Response {
            diagnostics: not_offered("ephemeral resource", &request.into_inner().type_name),
            ..Default::default()
        }))
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<tf::renew_ephemeral_resource::Request>,
    ) -> Reply<tf::renew_ephemeral_resource::Response> {
        Ok(Response::new(tf::renew_ephemeral_resource::Response {
            diagnostics: not_offered("ephemeral resource", &request.into_inner().type_name),
            ..Default::default()
        }))
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<tf::close_ephemeral_resource::Request>,
    ) -> Reply<tf::close_ephemeral_resource::Response> {
        let diagnostics = not_offered("ephemeral resource", &request.into_inner().type_name);
        Ok(Response::new(tf::close_ephemeral_resource::Response {
            diagnostics,
        }))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<tf::validate_list_resource_config::Request>,
    ) -> Reply<tf::validate_list_resource_config::Response> {
        let diagnostics = not_offered("list resource", &request.into_inner().type_name);
        Ok(Response::new(tf::validate_list_resource_config::Response {
            diagnostics,
        }))
    }

    async fn list_resource(
        &self,
        request: Request<tf::list_resource::Request>,
    ) -> Reply<BoxStream<tf::list_resource::Event>> {
        let event = tf::list_resource::Event {
            diagnostic: not_offered("list resource", &request.into_inner().type_name),
            ..Default::default()
        };
        Ok(Response::new(Box::pin(stream::iter([Ok(event)]))))
    }

    async fn get_functions(
        &self,
        _: Request<tf::get_functions::Request>,
    ) -> Reply<tf::get_functions::Response> {
        Ok(Response::new(tf::get_functions::Response::default()))
    }

    async fn call_function(
        &self,
        request: Request<tf::call_function::Request>,
    ) -> Reply<tf::call_function::Response> {
        let text = format!(
            "the provider has no function {:?}",
            request.into_inner().name
        );
        Ok(Response::new(tf::call_function::Response {
            result: None,
            error: Some(tf::FunctionError {
                text,
                function_argument: None,
            }),
        }))
    }

    async fn validate_action_config(
        &self,
        request: Request<tf::validate_action_config::Request>,
    ) -> Reply<tf::validate_action_config::Response> {
        let diagnostics = not_offered("action", &request.into_inner().type_name);
        Ok(Response::new(tf::validate_action_config::Response {
            diagnostics,
        }))
    }

    async fn plan_action(
        &self,
        request: Request<tf::plan_action::Request>,
    ) -> Reply<tf::plan_action::Response> {
        Ok(Response::new(tf::plan_action::Response {
            diagnostics: not_offered("action", &request.into_inner().action_type),
            deferred: None,
        }))
    }

    async fn invoke_action(
        &self,
        request: Request<tf::invoke_action::Request>,
    ) -> Reply<BoxStream<tf::invoke_action::Event>> {
        use tf::invoke_action::event::{Completed, Type};
        let diagnostics = not_offered("action", &request.into_inner().action_type);
        let completed = Some(Type::Completed(Completed { diagnostics }));
        let event = tf::invoke_action::Event { r#type: completed };
        Ok(Response::new(Box::pin(stream::iter([Ok(event)]))))
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

fn flatten(result: Result<Diagnostics, Diagnostic>) -> Vec<tf::Diagnostic> {
    wire::diagnostics(result.unwrap_or_else(Diagnostics::from))
}

fn not_offered(what: &str, name: &str) -> Vec<tf::Diagnostic> {
    wire::diagnostics(unknown(what, name).into())
}
