//! Agents.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{AgentPath, body, check_name, operations, paging, values, versions};
use crate::context::Context;
use crate::documents::{self, Nulls, member};
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::INCIDENT_FILTERS;
use crate::objects::{Envelope, Objects};
use crate::store::{
    Action, AgentRecord, Key, ObjectStore, OperationRecord, PowerState, ProvisioningState, Tx, ago,
    now,
};

const READ_ONLY: [&str; 6] = [
    "provisioningState",
    "agentEndpoint",
    "powerState",
    "runningState",
    "outboundIpAddresses",
    "permissions",
];

/// Hosts of the platform, which the service adds if egress is restricted and the request lists no
/// hosts.
const PLATFORM_HOSTS: [&str; 3] = [
    "*.azuresre.ai",
    "login.microsoftonline.com",
    "management.azure.com",
];

pub(super) fn list(tx: &mut Tx<'_>, cx: Context<'_>, prefix: &Key) -> Handled {
    for (_, agent) in tx.scan::<AgentRecord>(prefix)? {
        if let Some(operation) = agent.operation {
            operations::end_overdue(tx, cx, &operation)?;
        }
    }
    let agents: Vec<AgentRecord> = tx
        .scan(prefix)?
        .into_iter()
        .map(|(_, agent)| agent)
        .collect();
    let items = agents.iter().map(|agent| body::agent(cx, agent)).collect();
    paging::page(cx, items)
}

pub(super) fn get(tx: &mut Tx<'_>, cx: Context<'_>, path: AgentPath<'_>) -> Handled {
    if let Some(operation) = path.require(tx, false)?.operation {
        operations::advance(tx, cx, &operation)?;
    }
    Ok(Answer::ok(body::agent(cx, &path.require(tx, false)?)))
}

pub(super) fn put(tx: &mut Tx<'_>, cx: Context<'_>, path: AgentPath<'_>) -> Handled {
    check_name("agent", path.name)?;
    let sent = cx.call.json_object()?;
    let location = text(&sent, "location").ok_or_else(|| {
        Refusal::bad_request(
            "LocationRequired",
            "The location property is required for this definition.",
        )
    })?;
    let identity = sent_identity(&sent)?;
    let mut properties = object(&sent, "properties")?;
    let tags = object(&sent, "tags")?;
    if let Some(busy) = operations::busy(tx, cx, path)? {
        return Ok(busy);
    }
    let existing = path.find(tx)?;
    if let Some(existing) = &existing
        && !same_location(&existing.location, location)
    {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "InvalidResourceLocation",
            format!(
                "The resource '{}' already exists in location '{}'. A resource with the same name \
                 cannot be created in location '{location}'.",
                path.name, existing.location
            ),
        )
        .into());
    }
    versions::read_in(cx, &mut properties)?;
    clean(&mut properties);
    values::check(cx.profile, &properties)?;
    check_network(&properties)?;
    let created = existing.is_none();
    let mut agent = match existing {
        Some(existing) => existing,
        None => new_agent(tx, cx, path, location)?,
    };
    agent.tags = tags;
    agent.identity = body::with_ids(cx, identity.unwrap_or(Value::Null), &agent);
    agent.properties = properties;
    agent.modified = now();
    let action = if created {
        Action::Create
    } else {
        Action::Update
    };
    let mut operation = operations::start(tx, cx, &mut agent, action)?;
    if created {
        let answer = Answer::json(StatusCode::CREATED, body::agent(cx, &agent));
        operations::finish_now(tx, cx, &mut operation)?;
        return Ok(operations::announced(answer, cx, &operation, false));
    }
    operations::finish_now(tx, cx, &mut operation)?;
    let answer = Answer::ok(body::agent(cx, &path.require(tx, false)?));
    Ok(operations::announced(answer, cx, &operation, false))
}

pub(super) fn patch(tx: &mut Tx<'_>, cx: Context<'_>, path: AgentPath<'_>) -> Handled {
    let sent = cx.call.json_object()?;
    let identity = sent_identity(&sent)?;
    let mut change = object(&sent, "properties")?;
    let tags = object(&sent, "tags")?;
    path.require(tx, false)?;
    if let Some(busy) = operations::busy(tx, cx, path)? {
        return Ok(busy);
    }
    let mut agent = path.require(tx, false)?;
    if agent.late_conflicts > 0 {
        agent.late_conflicts -= 1;
        tx.put(&Key::agent(&agent.key()), &agent)?;
        return Ok(operations::conflict(cx, &agent.name));
    }
    for name in READ_ONLY {
        change.shift_remove(name);
    }
    versions::read_in(cx, &mut change)?;
    // Unlike for every other member, the service keeps the sandbox if a patch contains null.
    if change
        .get("sandboxConfiguration")
        .is_some_and(Value::is_null)
    {
        change.shift_remove("sandboxConfiguration");
    }
    documents::merge_object(&mut agent.properties, &change, Nulls::Remove);
    documents::merge_object(&mut agent.tags, &tags, Nulls::Remove);
    clean(&mut agent.properties);
    values::check(cx.profile, &agent.properties)?;
    check_network(&agent.properties)?;
    if let Some(identity) = identity {
        let mut merged = agent.identity.clone();
        documents::merge(&mut merged, &identity, Nulls::Remove);
        agent.identity = body::with_ids(cx, merged, &agent);
    }
    agent.modified = now();
    let operation = operations::start(tx, cx, &mut agent, Action::Update)?;
    answer_update(tx, cx, path, operation)
}

pub(super) fn delete(tx: &mut Tx<'_>, cx: Context<'_>, path: AgentPath<'_>) -> Handled {
    if path.find(tx)?.is_none() {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    if let Some(busy) = operations::busy(tx, cx, path)? {
        return Ok(busy);
    }
    let Some(mut agent) = path.find(tx)? else {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    let mut operation = operations::start(tx, cx, &mut agent, Action::Delete)?;
    operations::finish_now(tx, cx, &mut operation)?;
    Ok(operations::announced(
        Answer::empty(StatusCode::ACCEPTED),
        cx,
        &operation,
        true,
    ))
}

/// Returns the answer to a patch, a start or a stop: 200 with the agent if nothing is left to do,
/// else 202 without a body.
pub(super) fn answer_update(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: AgentPath<'_>,
    mut operation: OperationRecord,
) -> Handled {
    if operation.polls_left > 0 {
        return Ok(operations::announced(
            Answer::empty(StatusCode::ACCEPTED),
            cx,
            &operation,
            true,
        ));
    }
    operations::finish_now(tx, cx, &mut operation)?;
    if let Some(error) = &operation.error {
        return Err(Refusal::bad_request(&error.code, &error.message).into());
    }
    Ok(Answer::ok(body::agent(cx, &path.require(tx, false)?)))
}

/// Applies the result of a finished operation to its agent.
pub(super) fn finish(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    mut agent: AgentRecord,
    operation: &OperationRecord,
) -> Handled<()> {
    // Another operation, or another agent of the same name, has replaced what this operation
    // concerned.
    if agent.operation.as_ref() != Some(&operation.id) {
        return Ok(());
    }
    agent.operation = None;
    if operation.error.is_some() {
        agent.provisioning = ProvisioningState::Failed;
        return Ok(tx.put(&Key::agent(&agent.key()), &agent)?);
    }
    agent.provisioning = ProvisioningState::Succeeded;
    match operation.action {
        Action::Delete => return remove(tx, &agent),
        Action::Start => {
            agent.power = PowerState::Running;
            agent.starting = cx.profile.starting_requests;
        }
        Action::Stop => agent.power = PowerState::Stopped,
        Action::Create | Action::Update => {
            if !agent.ready {
                agent.ready = true;
                agent.power = PowerState::Running;
                agent.starting = cx.profile.starting_requests;
                agent.forbidden = cx.profile.forbidden_requests;
                agent.late_conflicts = cx.profile.late_conflicts;
            }
            connect_platform(tx, cx, &mut agent)?;
        }
    }
    Ok(tx.put(&Key::agent(&agent.key()), &agent)?)
}

/// Makes the data plane follow the configured incident platform.
fn connect_platform(tx: &mut Tx<'_>, cx: Context<'_>, agent: &mut AgentRecord) -> Handled<()> {
    if !agent
        .properties
        .contains_key("incidentManagementConfiguration")
    {
        for store in [ObjectStore::Shared, ObjectStore::Arm] {
            tx.remove_all(&Key::objects_of_kind(
                &agent.uid,
                store,
                INCIDENT_FILTERS.name,
            ))?;
        }
    }
    let effective = agent.effective_platform().to_owned();
    if effective == agent.platform && agent.platform_lag == 0 {
        return Ok(());
    }
    if cx.profile.platform_polls == 0 {
        agent.platform.clone_from(&effective);
        agent.platform_lag = 0;
    } else {
        agent.platform_lag = cx.profile.platform_polls;
    }
    if effective == "None" {
        Ok(())
    } else {
        add_quickstart_plan(tx, cx, agent, &effective)
    }
}

fn add_quickstart_plan(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    platform: &str,
) -> Handled<()> {
    let Some(name) = &cx.profile.quickstart_plan else {
        return Ok(());
    };
    let kind = &INCIDENT_FILTERS;
    let priority = match platform {
        "PagerDuty" => "P1",
        "ServiceNow" => "2",
        _ => "Sev3",
    };
    let properties = json!({
        "incidentPlatform": platform,
        "isEnabled": true,
        "priorities": [priority],
        "handlingAgent": "meta_agent",
        "agentMode": "Autonomous",
    });
    let Value::Object(properties) = properties else {
        return Ok(());
    };
    // The plan belongs to the platform, so it exists as soon as the platform is connected.
    let connected = AgentRecord {
        platform: platform.to_owned(),
        ..agent.clone()
    };
    let filters = Objects {
        cx,
        agent: &connected,
        kind,
        store: ObjectStore::Shared,
    };
    if filters.current(tx, name)?.is_some() {
        return Ok(());
    }
    let object_type = kind.types.first().copied().unwrap_or_default().to_owned();
    filters.write(
        tx,
        name,
        Envelope {
            object_type,
            tags: json!([]),
            owner: json!(""),
            properties,
        },
    )?;
    Ok(())
}

/// Removes an agent and everything in it.
pub(super) fn remove(tx: &mut Tx<'_>, agent: &AgentRecord) -> Handled<()> {
    tx.remove_all(&Key::objects(&agent.uid))?;
    tx.remove_all(&Key::triggers(&agent.uid))?;
    tx.remove_all(&Key::singletons(&agent.uid))?;
    tx.remove_all(&Key::github_domains(&agent.uid))?;
    tx.remove_all(&Key::all_items(&agent.uid))?;
    tx.remove(&Key::trigger_count(&agent.uid))?;
    tx.remove(&Key::endpoint(&agent.host()))?;
    tx.remove(&Key::agent(&agent.key()))?;
    Ok(())
}

/// Creates an agent. Its ids depend on its resource id and on how many agents with this id were
/// created before, so that runs are reproducible and a successor has other ids.
fn new_agent(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: AgentPath<'_>,
    location: &str,
) -> Handled<AgentRecord> {
    let key = path.key();
    let generation: u64 = tx.get(&Key::generation(&key))?.unwrap_or(0);
    tx.put(&Key::generation(&key), &(generation + 1))?;
    let id = Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("{}#{generation}", key.path()).as_bytes(),
    );
    let uid: String = id.simple().to_string().chars().take(8).collect();
    let agent = AgentRecord {
        subscription: path.subscription.to_owned(),
        resource_group: path.resource_group.to_owned(),
        name: path.name.to_owned(),
        uid,
        location: location.to_owned(),
        tags: Map::new(),
        identity: Value::Null,
        properties: Map::new(),
        provisioning: ProvisioningState::InProgress,
        power: PowerState::Stopped,
        ready: false,
        operation: None,
        connector_operation: None,
        created: ago(Duration::from_secs(cx.profile.agent_age.into())),
        modified: now(),
        starting: 0,
        forbidden: 0,
        late_conflicts: 0,
        platform: "None".to_owned(),
        platform_lag: 0,
    };
    tx.put(&Key::endpoint(&agent.host()), &key)?;
    Ok(agent)
}

/// Removes read-only members, and adds what the service generates.
fn clean(properties: &mut Map<String, Value>) {
    for name in READ_ONLY {
        properties.shift_remove(name);
    }
    let defaults = json!({
        "upgradeChannel": "Stable",
        "defaultModel": { "provider": "MicrosoftFoundry", "name": "Automatic" },
    });
    if let Value::Object(defaults) = defaults {
        documents::fill(properties, &defaults);
    }
    // With restricted egress, the service adds about thirty hosts that the agent itself needs.
    // These few are enough for a client to notice.
    let egress = properties
        .get_mut("sandboxConfiguration")
        .and_then(|sandbox| sandbox.get_mut("egress"));
    if let Some(Value::Object(egress)) = egress
        && text(egress, "mode").is_some_and(|mode| mode.eq_ignore_ascii_case("Limited"))
        && egress.get("allowedHosts").is_none_or(Value::is_null)
    {
        egress.insert("allowedHosts".to_owned(), json!(PLATFORM_HOSTS));
    }
}

/// Checks that a subnet and the egress mode that uses it are set together.
fn check_network(properties: &Map<String, Value>) -> Result<(), Refusal> {
    let subnet = properties
        .get("vnetConfiguration")
        .and_then(|vnet| vnet.get("subnetResourceId"))
        .is_some_and(Value::is_string);
    let mode = properties
        .get("sandboxConfiguration")
        .and_then(|sandbox| sandbox.pointer("/egress/mode"))
        .and_then(Value::as_str);
    if subnet && mode.is_some_and(|mode| mode != "AzureVNet")
        || (!subnet && mode == Some("AzureVNet"))
    {
        return Err(Refusal::bad_request(
            "InvalidNetworkConfiguration",
            "vnetConfiguration.subnetResourceId and the egress mode AzureVNet must be set together.",
        ));
    }
    Ok(())
}

/// Returns the identity of a request. Refuses one that names a principal, because it cannot match
/// the new one.
fn sent_identity(sent: &Map<String, Value>) -> Result<Option<Value>, Refusal> {
    let Some(identity) = member(sent, "identity").filter(|identity| !identity.is_null()) else {
        return Ok(None);
    };
    if identity
        .get("principalId")
        .is_some_and(|principal| !principal.is_null())
    {
        return Err(Refusal::bad_request(
            "MismatchingResourceIdentityPrincipalId",
            "The request's identity.principalId does not match that of the resource; it is read-only.",
        ));
    }
    let kinds = identity
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let known = kinds.split(',').map(str::trim).all(|kind| {
        ["none", "systemassigned", "userassigned"].contains(&kind.to_lowercase().as_str())
    });
    if !known {
        return Err(Refusal::bad_request(
            "InvalidIdentityType",
            format!("The identity type '{kinds}' is not valid."),
        ));
    }
    Ok(Some(identity.clone()))
}

fn object(sent: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    match member(sent, name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(Refusal::bad_request(
            "InvalidRequestContent",
            format!("The request content was invalid: '{name}' must be an object."),
        )),
    }
}

fn text<'a>(sent: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    member(sent, name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn same_location(one: &str, other: &str) -> bool {
    one.replace(' ', "")
        .eq_ignore_ascii_case(&other.replace(' ', ""))
}
