//! The common part of actions on the data plane of an agent.

use std::time::Duration;

use async_trait::async_trait;
use azure::id::AgentId;
use azure::{Budget, Client, DataPlane, Request};
use serde_json::Value as Json;
use tfplugin::{Action, Diagnostic, Diagnostics, InvokeRequest, Progress, Schema, Value};

use super::{TIMEOUT, agent_of};
use crate::conversation::Trouble;
use crate::schema::agent_id;
use crate::session::SessionHandle;

/// An action on the data plane of an agent.
#[async_trait]
pub(super) trait DataPlaneAction: Send + Sync + 'static {
    /// Returns the name of the type.
    fn name(&self) -> &'static str;

    /// Returns the schema. `agent_id` is added to it.
    fn schema(&self) -> Schema;

    /// Reports problems with a combination of arguments.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Returns the time limit.
    fn timeout(&self, _config: &Value) -> Duration {
        TIMEOUT
    }

    /// Returns what the action does, as the rest of a summary that begins with "Cannot".
    fn purpose(&self, config: &Value, agent: &AgentId) -> String;

    /// Carries out the action.
    async fn run(&self, call: Call<'_>) -> Result<(), Failure>;
}

/// One invocation of an action.
pub(super) struct Call<'a> {
    pub(super) config: &'a Value,
    pub(super) agent: &'a AgentId,
    pub(super) client: &'a Client,
    pub(super) plane: &'a DataPlane,
    pub(super) budget: &'a Budget,
    pub(super) progress: &'a Progress,
}

/// The reason why an action failed.
pub(super) enum Failure {
    /// The action could not be carried out.
    Trouble(Trouble),
    /// Like [`Failure::Trouble`], because of an argument.
    Argument(&'static str, String),
    /// The action was carried out, and its result is an error.
    Result(Diagnostic),
}

/// The action of the protocol for an action on the data plane.
pub(super) struct OnDataPlane<A> {
    pub(super) action: A,
    pub(super) session: SessionHandle,
}

impl Call<'_> {
    /// Returns the string in an argument, or `None` if it is null.
    pub(super) fn text(&self, argument: &str) -> Option<&str> {
        self.config.get(argument).as_str()
    }

    /// Sends a request and returns the JSON of the response.
    pub(super) async fn send(&self, request: Request) -> azure::Result<Json> {
        let response = self.plane.send(request, self.budget).await;
        response.and_then(azure::Response::into_json)
    }
}

impl<T: Into<Trouble>> From<T> for Failure {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

impl Failure {
    fn diagnostic(self, purpose: &str) -> Diagnostic {
        let summary = format!("Cannot {purpose}");
        match self {
            Self::Trouble(trouble) => Diagnostic::error(summary, trouble.detail()),
            Self::Argument(argument, reason) => Diagnostic::error(summary, reason).at(argument),
            Self::Result(diagnostic) => diagnostic,
        }
    }
}

impl<A: DataPlaneAction> OnDataPlane<A> {
    async fn carry_out(&self, request: InvokeRequest) -> Result<(), Diagnostic> {
        let InvokeRequest {
            config,
            progress,
            cancel,
            ..
        } = request;
        let agent = agent_of(&config)?;
        let session = self.session.get()?;
        let budget = Budget::new(self.action.timeout(&config), cancel);
        let done = async {
            let call = Call {
                config: &config,
                agent: &agent,
                client: &session.client,
                plane: &session.client.data_plane(&agent, &budget).await?,
                budget: &budget,
                progress: &progress,
            };
            self.action.run(call).await
        };
        let done: Result<(), Failure> = done.await;
        done.map_err(|failure| failure.diagnostic(&self.action.purpose(&config, &agent)))
    }
}

#[async_trait]
impl<A: DataPlaneAction> Action for OnDataPlane<A> {
    fn name(&self) -> &str {
        self.action.name()
    }

    fn schema(&self) -> Schema {
        let mut schema = self.action.schema();
        let agent = agent_id("ARM ID of the agent.");
        schema.attributes.insert("agent_id".to_owned(), agent);
        schema
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        self.action.validate(config, diagnostics);
    }

    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        match self.carry_out(request).await {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.into(),
        }
    }
}
