//! What is known at plan time beyond the schema. Nothing here touches the network.

use azure::id::AgentId;
use tfplugin::plan::Defaults;
use tfplugin::{Path, PlanRequest, Value};

use super::session::SessionHandle;
use crate::kind::{Bind, Key, Kind, Node, OneOf};
use crate::stores::Target;

/// The plane and the subscription that the provider block gives.
pub(super) fn defaults(
    kind: &Kind,
    session: &SessionHandle,
    config: &Value,
    prior: &Value,
) -> Defaults {
    let (plane, subscription) = session.preferences();
    let mut defaults = Defaults::new();
    let mut default = |name: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|_| config.get(name).is_null()) {
            defaults.insert(name.to_owned(), value);
        }
    };
    if kind.is_dual() {
        let plane = plane.map(|plane| Value::from(kind.default_plane(plane).as_str()));
        default("plane", plane);
    }
    // An agent stays in its subscription when the provider's changes.
    if matches!(kind.key, Key::Agent) && prior.is_null() {
        default("subscription_id", subscription.map(Value::from));
    }
    defaults
}

/// Fills in what is known already, and asks for a new object where a choice cannot be changed.
pub(super) fn refine(kind: &Kind, request: &mut PlanRequest) {
    if request.planned.is_null() {
        return;
    }
    if request.planned.get("id").is_unknown()
        && let Some(id) = planned_id(kind, &request.planned)
    {
        request.planned.set("id", Value::from(id));
    }
    if request.prior.is_null() {
        return;
    }
    if only_local_changes(kind, &request.prior, &request.planned) {
        // Nothing will be sent, so nothing that the service computes can change.
        for (name, value) in request.prior.as_map().into_iter().flatten() {
            if request.planned.get(name).is_unknown() && request.config.get(name).is_null() {
                request.planned.set(name, value.clone());
            }
        }
    }
    for node in &kind.nodes {
        if let Node::OneOf(one_of) = node {
            replace_on_another_choice(one_of, request);
        }
    }
}

/// Whether the planned change is one of the provider's own arguments alone.
pub(super) fn only_local_changes(kind: &Kind, prior: &Value, planned: &Value) -> bool {
    let local = |name: &str| {
        let declared = kind.nodes.iter().any(|node| match node {
            Node::Field(field) => field.name == name && matches!(field.bind, Bind::Local),
            Node::OneOf(_) => false,
        });
        name == "timeouts" || declared
    };
    let Some(members) = planned.as_map() else {
        return false;
    };
    members
        .iter()
        .all(|(name, value)| value.is_unknown() || value == prior.get(name) || local(name))
}

fn planned_id(kind: &Kind, planned: &Value) -> Option<String> {
    let text = |name: &str| planned.get(name).as_str();
    let (agent, key) = match kind.key {
        Key::Agent => {
            let name = text("name")?;
            let group = text("resource_group_name")?;
            (
                AgentId::new(text("subscription_id")?, group, name).ok()?,
                name,
            )
        }
        Key::Name { .. } => (AgentId::parse(text("agent_id")?).ok()?, text("name")?),
        Key::ServerId { .. } => return None,
    };
    let target = Target {
        agent,
        plane: crate::kind::Plane::Arm,
        key: key.to_owned(),
    };
    Some(target.id(kind))
}

fn replace_on_another_choice(one_of: &OneOf, request: &mut PlanRequest) {
    if !one_of.replace {
        return;
    }
    for variant in &one_of.variants {
        let (before, after) = (
            request.prior.get(variant.name),
            request.planned.get(variant.name),
        );
        if before.is_null() != after.is_null() {
            request.replace.push(Path::from(variant.name));
        }
    }
}
