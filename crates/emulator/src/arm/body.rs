//! An agent as ARM returns it.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::versions;
use crate::context::Context;
use crate::store::{AgentRecord, PowerState};

/// The secrets in an agent's properties, which are never returned.
const SECRETS: [(&str, &str); 3] = [
    (
        "/logConfiguration/applicationInsightsConfiguration",
        "connectionString",
    ),
    ("/logConfiguration/logAnalyticsConfiguration", "sharedKey"),
    ("/incidentManagementConfiguration", "connectionKey"),
];

/// Returns the agent as GET returns it.
pub(super) fn agent(cx: Context<'_>, agent: &AgentRecord) -> Value {
    let mut properties = Value::Object(agent.properties.clone());
    for (parent, secret) in SECRETS {
        if let Some(Value::Object(parent)) = properties.pointer_mut(parent) {
            parent.shift_remove(secret);
        }
    }
    if let Value::Object(properties) = &mut properties {
        versions::read_out(cx, properties);
        properties.insert(
            "provisioningState".to_owned(),
            json!(agent.provisioning.as_str()),
        );
        if agent.ready {
            let running = match agent.power {
                PowerState::Running => "Running",
                PowerState::Stopped => "Stopped",
            };
            properties.insert(
                "agentEndpoint".to_owned(),
                json!(cx.call.base.endpoint(agent)),
            );
            properties.insert("powerState".to_owned(), json!(agent.power.as_str()));
            properties.insert("runningState".to_owned(), json!(running));
            properties.insert(
                "outboundIpAddresses".to_owned(),
                json!([outbound_address(agent)]),
            );
        }
    }
    let mut body = json!({
        "id": agent.id(),
        "name": agent.name,
        "type": "Microsoft.App/agents",
        "location": agent.location,
        "tags": agent.tags,
        "systemData": system_data(&agent.created, &agent.modified),
        "properties": properties,
    });
    if let (false, Value::Object(members)) = (agent.identity.is_null(), &mut body) {
        members.insert("identity".to_owned(), agent.identity.clone());
    }
    body
}

/// Returns the `systemData` of a resource.
pub(super) fn system_data(created: &str, modified: &str) -> Value {
    json!({
        "createdBy": "emulator",
        "createdByType": "Application",
        "createdAt": created,
        "lastModifiedBy": "emulator",
        "lastModifiedByType": "Application",
        "lastModifiedAt": modified,
    })
}

/// Returns an identity with the ids that the service assigns, or null if there is none.
pub(super) fn with_ids(cx: Context<'_>, mut identity: Value, agent: &AgentRecord) -> Value {
    let kinds = identity
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_lowercase();
    let Value::Object(members) = &mut identity else {
        return Value::Null;
    };
    for generated in ["principalId", "tenantId"] {
        members.shift_remove(generated);
    }
    if kinds.contains("systemassigned") {
        members.insert(
            "principalId".to_owned(),
            json!(id_of(&format!("principal {}", agent.host()))),
        );
        members.insert("tenantId".to_owned(), json!(cx.profile.entra.tenant_id));
    }
    if kinds.contains("userassigned") {
        if let Some(Value::Object(identities)) = members.get_mut("userAssignedIdentities") {
            *identities = identities
                .iter()
                .map(|(id, _)| (id.clone(), user_assigned(id)))
                .collect();
        }
    } else {
        members.shift_remove("userAssignedIdentities");
    }
    identity
}

fn user_assigned(id: &str) -> Value {
    let id = id.to_lowercase();
    let mut ids = Map::new();
    ids.insert("clientId".to_owned(), json!(id_of(&format!("client {id}"))));
    ids.insert(
        "principalId".to_owned(),
        json!(id_of(&format!("principal {id}"))),
    );
    Value::Object(ids)
}

fn id_of(name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

/// Returns an address from a documentation range.
fn outbound_address(agent: &AgentRecord) -> String {
    let last = u32::from_str_radix(&agent.uid, 16).unwrap_or(0) % 254 + 1;
    format!("203.0.113.{last}")
}
