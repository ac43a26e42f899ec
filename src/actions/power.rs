//! The action that starts or stops an agent.

use async_trait::async_trait;
use tfplugin::schema::Validator;
use tfplugin::{Action, Attribute, Diagnostic, Diagnostics, InvokeRequest, Schema, Value};

use super::{TIMEOUT, agent_of};
use crate::kind::{Key, Timeouts};
use crate::lifecycle::{Operation, Verb, report};
use crate::resources;
use crate::schema::agent_id;
use crate::session::SessionHandle;

/// The power states, with the actions that lead to them.
const STATES: [(&str, &str); 2] = [("Running", "start"), ("Stopped", "stop")];

/// The action that starts or stops an agent.
pub(super) struct AgentPower {
    session: SessionHandle,
}

impl AgentPower {
    pub(super) fn new(session: SessionHandle) -> Self {
        Self { session }
    }

    async fn turn(&self, request: InvokeRequest) -> Result<(), Diagnostic> {
        let InvokeRequest {
            config,
            progress,
            cancel,
            ..
        } = request;
        let agent = agent_of(&config)?;
        let wanted = config.get("power_state").as_str().unwrap_or_default();
        let action = STATES.iter().find(|(state, _)| *state == wanted);
        let kinds = resources::kinds();
        let kind = kinds.iter().find(|kind| kind.key() == Key::Agent);
        // This cannot happen, because a validator checks the state and the kind always exists.
        let (Some((_, action)), Some(kind)) = (action, kind) else {
            return Ok(());
        };
        let at = Value::map([
            ("name", agent.name().into()),
            ("resource_group_name", agent.resource_group_name().into()),
            ("subscription_id", agent.subscription_id().into()),
        ]);
        let limit = |_: &Timeouts| ("update", TIMEOUT);
        let mut operation = Operation::new(kind, &self.session, &at, limit, cancel)?;
        let subject = operation.object.subject(agent.name());
        let failed = |error| report(Verb::Update, &subject, &error);
        // Starts, stops and updates of an agent are serialized.
        let lock = operation.lock(agent.name()).await;
        let _lock = lock.map_err(|error| failed(error.into()))?;
        let found = operation
            .store()
            .read(operation.call())
            .await
            .map_err(failed)?;
        let Some(found) = found else {
            let detail = format!("The agent {agent} does not exist.");
            return Err(Diagnostic::error("Cannot change the power state", detail).at("agent_id"));
        };
        let current = found.document.pointer("/properties/powerState");
        let current = current.and_then(serde_json::Value::as_str);
        if current.is_some_and(|current| current.eq_ignore_ascii_case(wanted)) {
            progress.tell(format!("the agent is already {wanted}"));
            return Ok(());
        }
        progress.tell(format!("waiting for the agent to be {wanted}"));
        operation
            .store()
            .act(operation.call(), action)
            .await
            .map_err(failed)
    }
}

#[async_trait]
impl Action for AgentPower {
    fn name(&self) -> &str {
        "azuresre_agent_power"
    }

    fn schema(&self) -> Schema {
        Schema {
            description: "Starts or stops an agent and waits until the agent has the requested \
                          state. The action does nothing if the agent already has this state."
                .to_owned(),
            ..Schema::from([
                ("agent_id", agent_id("ARM ID of the agent.")),
                (
                    "power_state",
                    Attribute::string(
                        "Requested power state of the agent. Possible values are `Running` and \
                         `Stopped`. Do not set `power_state` of `azuresre_agent` as well, because \
                         every apply restores the value of that argument.",
                    )
                    .required()
                    .validator(Validator::one_of(&["Running", "Stopped"], false)),
                ),
            ])
        }
    }

    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        match self.turn(request).await {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.into(),
        }
    }
}
