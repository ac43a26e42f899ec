//! The provider: the `provider "azuresre"` block, and everything that it offers.

pub mod arguments;
pub mod command_line;
pub(crate) mod settings;
pub(crate) mod sign_in;

use std::sync::Arc;

use async_trait::async_trait;
use azure::wire::Wire;
use tfplugin::{
    Action, ConfigureRequest, DataSource, Diagnostics, EphemeralResource, Function, ListResource,
    Provider, Resource, Schema, Value,
};

use self::arguments::Arguments;
use crate::lifecycle::KindResource;
use crate::session::SessionHandle;
use crate::{actions, data_sources, ephemeral, functions, lists, resources};

/// The provider.
#[derive(Debug)]
pub struct SreProvider {
    version: &'static str,
    environment: fn(&str) -> Option<String>,
    wire: Option<Arc<dyn Wire>>,
    session: SessionHandle,
}

impl SreProvider {
    /// Creates the provider with the environment of the process.
    pub fn new(version: &'static str) -> Self {
        Self::with_environment(version, |name| std::env::var(name).ok())
    }

    /// Creates the provider with another environment.
    pub fn with_environment(
        version: &'static str,
        environment: fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            version,
            environment,
            wire: None,
            session: SessionHandle::default(),
        }
    }

    /// Replaces the network by another transport for requests.
    #[must_use]
    pub fn over(self, wire: Arc<dyn Wire>) -> Self {
        Self {
            wire: Some(wire),
            ..self
        }
    }
}

#[async_trait]
impl Provider for SreProvider {
    fn schema(&self) -> Schema {
        arguments::schema()
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        let resource =
            |kind| -> Arc<dyn Resource> { Arc::new(KindResource::new(kind, self.session.clone())) };
        resources::kinds().into_iter().map(resource).collect()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        data_sources::data_sources(&self.session)
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        functions::all()
    }

    fn ephemeral_resources(&self) -> Vec<Arc<dyn EphemeralResource>> {
        ephemeral::ephemeral_resources(&self.session)
    }

    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        lists::list_resources(&self.session)
    }

    fn actions(&self) -> Vec<Arc<dyn Action>> {
        actions::actions(&self.session)
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        // Validation ignores the environment, so that it has the same result on every machine.
        settings::validate(&Arguments::new(config, |_| None), diagnostics);
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let arguments = Arguments::new(&request.config, self.environment);
        let unknown = arguments.unknown();
        // These two are in the state of existing objects. New objects need them and report an error
        // if they are unknown.
        let in_states = |name: &String| ["plane", "subscription_id"].contains(&name.as_str());
        if !unknown.iter().all(in_states) {
            let plane = arguments
                .text("plane")
                .and_then(|plane| plane.value.parse().ok());
            self.session.set_unknown(unknown, plane);
            return diagnostics;
        }
        diagnostics.extend(settings::surprises(&arguments));
        let session = settings::client_config(&arguments, self.version, &request.host_version)
            .and_then(|config| settings::session(&arguments, config, self.wire.clone()));
        match session {
            Ok(session) => self.session.set(session),
            Err(errors) => diagnostics.extend(errors),
        }
        diagnostics
    }
}
