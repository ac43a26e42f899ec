//! The stored documents.

use std::time::Duration;

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::AgentKey;
use crate::faults::OperationError;

const PLATFORMS: [&str; 3] = ["AzMonitor", "PagerDuty", "ServiceNow"];

/// Returns the current time, to the second, as the services format it.
pub(crate) fn now() -> String {
    ago(Duration::ZERO)
}

/// Returns a past time, in the same format.
pub(crate) fn ago(time: Duration) -> String {
    let moment = Timestamp::now()
        .saturating_sub(time)
        .unwrap_or(Timestamp::UNIX_EPOCH);
    moment.round(Unit::Second).unwrap_or(moment).to_string()
}

/// Returns the current time with seven fractional digits, as conversations format it.
pub(crate) fn precise_now() -> String {
    let now = Timestamp::now();
    let ticks = now.subsec_nanosecond() / 100;
    format!("{}.{ticks:07}Z", now.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// An agent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AgentRecord {
    pub(crate) subscription: String,
    pub(crate) resource_group: String,
    pub(crate) name: String,
    /// Eight hexadecimal digits that are unique, even among former agents of the same name.
    pub(crate) uid: String,
    pub(crate) location: String,
    pub(crate) tags: Map<String, Value>,
    /// The identity as sent, with the generated ids, or null if there is none.
    pub(crate) identity: Value,
    /// The properties as sent, with secrets and without read-only members.
    pub(crate) properties: Map<String, Value>,
    pub(crate) provisioning: ProvisioningState,
    pub(crate) power: PowerState,
    /// Whether an operation has ever succeeded. From then on, the agent has an endpoint.
    pub(crate) ready: bool,
    /// The running operation on the agent.
    pub(crate) operation: Option<String>,
    /// The latest operation on one of its connectors, while it is running.
    pub(crate) connector_operation: Option<String>,
    pub(crate) created: String,
    pub(crate) modified: String,
    /// How many more requests the data plane refuses because it is starting.
    pub(crate) starting: u32,
    /// How many more requests the data plane refuses because the role has not taken effect.
    pub(crate) forbidden: u32,
    /// How many more PATCHes are refused although the agent's creation has succeeded.
    #[serde(default)]
    pub(crate) late_conflicts: u32,
    /// The incident platform that the data plane uses.
    pub(crate) platform: String,
    /// How many more requests see that platform rather than the configured one.
    pub(crate) platform_lag: u32,
}

impl AgentRecord {
    /// Returns the agent's key.
    pub(crate) fn key(&self) -> AgentKey {
        AgentKey::new(&self.subscription, &self.resource_group, &self.name)
    }

    /// Returns the agent's id in its own case.
    pub(crate) fn id(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.App/agents/{}",
            self.subscription, self.resource_group, self.name
        )
    }

    /// Returns the first label of the data plane's host, which is the prefix of its paths here.
    pub(crate) fn host(&self) -> String {
        format!("{}--{}", self.name, self.uid)
    }

    /// Returns the incident platform that the configuration connects, or `"None"` if it connects
    /// none. An unknown platform is stored without effect.
    pub(crate) fn effective_platform(&self) -> &str {
        self.properties
            .get("incidentManagementConfiguration")
            .and_then(|configuration| configuration.get("type"))
            .and_then(Value::as_str)
            .filter(|platform| PLATFORMS.contains(platform))
            .unwrap_or("None")
    }
}

/// `properties.provisioningState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ProvisioningState {
    InProgress,
    Succeeded,
    Failed,
    Deleting,
}

impl ProvisioningState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Deleting => "Deleting",
        }
    }
}

/// `properties.powerState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PowerState {
    Running,
    Stopped,
}

impl PowerState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Stopped => "Stopped",
        }
    }
}

/// A named object of an agent: a connector, a base64 child, a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ObjectRecord {
    pub(crate) name: String,
    /// The envelope's type.
    pub(crate) object_type: String,
    pub(crate) tags: Value,
    pub(crate) owner: Value,
    pub(crate) properties: Map<String, Value>,
    pub(crate) created: String,
    pub(crate) modified: String,
    /// Only connectors have states other than `Succeeded`.
    pub(crate) provisioning: ProvisioningState,
    /// Why a connector failed.
    pub(crate) deployment_error: Option<String>,
    /// The running operation of a connector.
    pub(crate) operation: Option<String>,
    /// How many more reads see `before`.
    pub(crate) lag: u32,
    /// The object before the last write, or `None` if it did not exist.
    pub(crate) before: Option<Box<Self>>,
    /// Whether the object is deleted, and kept only until reads no longer see `before`.
    pub(crate) deleted: bool,
    /// The base64 text that was sent over ARM, if the last write was one.
    #[serde(default)]
    pub(crate) encoded: Option<String>,
    /// How many more reads see a repository as not cloned, or knowledge as not indexed.
    pub(crate) settling: u32,
}

/// A long-running operation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OperationRecord {
    pub(crate) id: String,
    pub(crate) subscription: String,
    pub(crate) location: String,
    pub(crate) agent: AgentKey,
    /// The connector that it concerns, and the name of its collection in the request's path.
    pub(crate) connector: Option<(String, String)>,
    pub(crate) action: Action,
    pub(crate) polls_left: u32,
    pub(crate) state: OperationState,
    /// The error with which it will end, if any.
    pub(crate) error: Option<OperationError>,
    pub(crate) started: String,
    pub(crate) ended: Option<String>,
}

/// The kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Action {
    Create,
    Update,
    Delete,
    Start,
    Stop,
}

/// `status` of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OperationState {
    InProgress,
    Succeeded,
    Failed,
}

/// An HTTP trigger.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TriggerRecord {
    pub(crate) id: String,
    /// Its position in the list: the number of triggers that the agent had before, ever.
    pub(crate) sequence: u64,
    pub(crate) members: Map<String, Value>,
    pub(crate) enabled: bool,
    pub(crate) created: String,
    pub(crate) modified: String,
    /// The executions, newest last.
    pub(crate) executions: Vec<Value>,
}
