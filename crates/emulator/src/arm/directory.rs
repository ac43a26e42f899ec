//! What ARM knows in addition to agents, as far as general clients need it: tenants, subscriptions,
//! resource groups, the provider of agents, and lists of resources.
//!
//! Every subscription exists. A resource group exists once it has been created or an agent has been
//! created in it; agents do not need one.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{agents, body, method_not_allowed, paging, unknown_type, versions};
use crate::context::Context;
use crate::documents::{self, Nulls, member};
use crate::http::{Answer, Handled, Refusal};
use crate::store::{AgentRecord, Key, Tx};

/// The subscription that is listed while no subscription has contents.
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
/// The namespace of agents.
const NAMESPACE: &str = "Microsoft.App";

/// A resource group that was created.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Group {
    name: String,
    location: String,
    tags: Map<String, Value>,
}

/// Answers a request that concerns neither an agent nor anything below one.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    original: &[&str],
    lower: &[&str],
) -> Handled {
    let part = |at: usize| original.get(at).copied().unwrap_or_default();
    let reads = cx.call.method == Method::GET;
    match lower {
        ["tenants"] if reads => with_version(cx, || Ok(Answer::ok(tenants(cx)))),
        ["subscriptions"] if reads => with_version(cx, || subscriptions(tx, cx)),
        ["subscriptions", _] if reads => {
            with_version(cx, || Ok(Answer::ok(subscription(cx, part(1)))))
        }
        ["subscriptions", _, "resourcegroups"] if reads => {
            with_version(cx, || groups(tx, cx, part(1)))
        }
        ["subscriptions", _, "resourcegroups", _] => {
            versions::required(cx)?;
            group(tx, cx, part(1), part(3))
        }
        ["subscriptions", _, "resources"] if reads => with_version(cx, || {
            resources(tx, cx, &Key::agents_in_subscription(part(1)))
        }),
        ["subscriptions", _, "resourcegroups", _, "resources"] if reads => with_version(cx, || {
            resources(tx, cx, &Key::agents_in_group(part(1), part(3)))
        }),
        ["subscriptions", _, "providers"] if reads => {
            with_version(cx, || paging::page(cx, vec![provider(cx, part(1))]))
        }
        ["subscriptions", _, "providers", "microsoft.app"] if reads => {
            with_version(cx, || Ok(Answer::ok(provider(cx, part(1)))))
        }
        ["subscriptions", _, "providers", "microsoft.app", "register"]
            if cx.call.method == Method::POST =>
        {
            with_version(cx, || Ok(Answer::ok(provider(cx, part(1)))))
        }
        _ => Err(unknown_type(cx)),
    }
}

/// These types have their own versions, which the emulator does not distinguish.
fn with_version(cx: Context<'_>, answer: impl FnOnce() -> Handled) -> Handled {
    versions::required(cx)?;
    answer()
}

fn tenants(cx: Context<'_>) -> Value {
    let id = &cx.profile.entra.tenant_id;
    json!({ "value": [{
        "id": format!("/tenants/{id}"),
        "tenantId": id,
        "tenantCategory": "Home",
        "displayName": "Emulator",
        "defaultDomain": "emulator.example",
        "domains": ["emulator.example"],
        "countryCode": "US",
        "tenantType": "AAD",
    }] })
}

fn subscriptions(tx: &Tx<'_>, cx: Context<'_>) -> Handled {
    let mut ids = BTreeMap::from([(SUBSCRIPTION.to_owned(), SUBSCRIPTION.to_owned())]);
    for (_, agent) in tx.scan::<AgentRecord>(&Key::agents())? {
        ids.entry(agent.subscription.to_lowercase())
            .or_insert(agent.subscription);
    }
    let items = ids.values().map(|id| subscription(cx, id)).collect();
    paging::page(cx, items)
}

fn subscription(cx: Context<'_>, id: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": cx.profile.entra.tenant_id,
        "displayName": "Emulator",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

fn groups(tx: &Tx<'_>, cx: Context<'_>, subscription: &str) -> Handled {
    let mut found: BTreeMap<String, Group> = BTreeMap::new();
    for (_, group) in tx.scan::<Group>(&Key::resource_groups(subscription))? {
        found.insert(group.name.to_lowercase(), group);
    }
    for (_, agent) in tx.scan::<AgentRecord>(&Key::agents_in_subscription(subscription))? {
        found
            .entry(agent.resource_group.to_lowercase())
            .or_insert_with(|| Group::of(&agent));
    }
    let items = found
        .values()
        .map(|group| group.show(subscription))
        .collect();
    paging::page(cx, items)
}

fn group(tx: &mut Tx<'_>, cx: Context<'_>, subscription: &str, name: &str) -> Handled {
    let key = Key::resource_group(subscription, name);
    let found = find_group(tx, subscription, name)?;
    match cx.call.method.as_str() {
        "HEAD" => Ok(Answer::empty(match found {
            Some(_) => StatusCode::NO_CONTENT,
            None => StatusCode::NOT_FOUND,
        })),
        "GET" => found
            .map(|group| Answer::ok(group.show(subscription)))
            .ok_or_else(|| no_group(name).into()),
        "PUT" => {
            let sent = cx.call.json_object()?;
            let location = member(&sent, "location").and_then(Value::as_str);
            let location = location.ok_or_else(|| {
                Refusal::bad_request(
                    "LocationRequired",
                    "The location property is required for this definition.",
                )
            })?;
            let status = if found.is_some() {
                StatusCode::OK
            } else {
                StatusCode::CREATED
            };
            let group = Group {
                name: found.map_or_else(|| name.to_owned(), |found| found.name),
                location: location.to_owned(),
                tags: tags(&sent),
            };
            tx.put(&key, &group)?;
            Ok(Answer::json(status, group.show(subscription)))
        }
        "PATCH" => {
            let mut group = found.ok_or_else(|| no_group(name))?;
            let sent = cx.call.json_object()?;
            documents::merge_object(&mut group.tags, &tags(&sent), Nulls::Remove);
            tx.put(&key, &group)?;
            Ok(Answer::ok(group.show(subscription)))
        }
        "DELETE" => {
            found.ok_or_else(|| no_group(name))?;
            let inside = tx.scan::<AgentRecord>(&Key::agents_in_group(subscription, name))?;
            for (_, agent) in inside {
                agents::remove(tx, &agent)?;
            }
            tx.remove(&key)?;
            Ok(Answer::empty(StatusCode::OK))
        }
        _ => Err(method_not_allowed(cx)),
    }
}

fn find_group(tx: &Tx<'_>, subscription: &str, name: &str) -> Handled<Option<Group>> {
    if let Some(group) = tx.get(&Key::resource_group(subscription, name))? {
        return Ok(Some(group));
    }
    let agents = tx.scan::<AgentRecord>(&Key::agents_in_group(subscription, name))?;
    Ok(agents.first().map(|(_, agent)| Group::of(agent)))
}

impl Group {
    /// Returns the group that an agent implies.
    fn of(agent: &AgentRecord) -> Self {
        Self {
            name: agent.resource_group.clone(),
            location: agent.location.clone(),
            tags: Map::new(),
        }
    }

    fn show(&self, subscription: &str) -> Value {
        json!({
            "id": format!("/subscriptions/{subscription}/resourceGroups/{}", self.name),
            "name": self.name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.location,
            "tags": self.tags,
            "properties": { "provisioningState": "Succeeded" },
        })
    }
}

/// Returns the agents as generic resources.
fn resources(tx: &Tx<'_>, cx: Context<'_>, prefix: &Key) -> Handled {
    let wanted = conditions(cx)?;
    let mut items = Vec::new();
    for (_, agent) in tx.scan::<AgentRecord>(prefix)? {
        let mut resource = body::agent(cx, &agent);
        if !wanted.iter().all(|(name, value)| {
            let actual = match name.as_str() {
                "resourcegroup" => Some(agent.resource_group.as_str()),
                "resourcetype" => Some("Microsoft.App/agents"),
                "name" => Some(agent.name.as_str()),
                "location" => Some(agent.location.as_str()),
                "tagname" => return agent.tags.contains_key(value),
                "tagvalue" => return agent.tags.values().any(|tag| tag == value),
                _ => None,
            };
            actual.is_some_and(|actual| actual.eq_ignore_ascii_case(value))
        }) {
            continue;
        }
        if let Value::Object(members) = &mut resource {
            members.shift_remove("properties");
        }
        items.push(resource);
    }
    paging::page(cx, items)
}

/// Returns the conditions of `$filter`: comparisons with `eq`, all of which must hold.
fn conditions(cx: Context<'_>) -> Result<Vec<(String, String)>, Refusal> {
    const KNOWN: [&str; 6] = [
        "resourcegroup",
        "resourcetype",
        "name",
        "location",
        "tagname",
        "tagvalue",
    ];
    let filter = cx.call.query("$filter").unwrap_or_default();
    let mut conditions = Vec::new();
    for condition in filter.split(" and ").map(str::trim) {
        if condition.is_empty() {
            continue;
        }
        let parsed = condition.split_once(" eq ").and_then(|(name, value)| {
            let name = name.trim().to_lowercase();
            let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            KNOWN
                .contains(&name.as_str())
                .then(|| (name, value.replace("''", "'")))
        });
        let Some(parsed) = parsed else {
            return Err(Refusal::bad_request(
                "InvalidFilterInQueryString",
                format!(
                    "The $filter '{condition}' is not supported here: compare one of {} by eq.",
                    KNOWN.join(", ")
                ),
            ));
        };
        conditions.push(parsed);
    }
    Ok(conditions)
}

/// Returns the provider of agents, with the versions of its types, from which general clients
/// choose.
fn provider(cx: Context<'_>, subscription: &str) -> Value {
    let types: Vec<Value> = versions::types(cx)
        .into_iter()
        .map(|(name, versions)| {
            json!({
                "resourceType": name,
                "locations": ["Sweden Central", "East US 2", "Australia East"],
                "apiVersions": versions,
                "capabilities": "SupportsTags, SupportsLocation",
            })
        })
        .collect();
    json!({
        "id": format!("/subscriptions/{subscription}/providers/{NAMESPACE}"),
        "namespace": NAMESPACE,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": "Registered",
        "resourceTypes": types,
    })
}

fn tags(sent: &Map<String, Value>) -> Map<String, Value> {
    member(sent, "tags")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn no_group(name: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "ResourceGroupNotFound",
        format!("Resource group '{name}' could not be found."),
    )
}
