//! Turning what the user gives to an import into a state that can be read.

use azure::id::{AgentId, ChildId};
use tfplugin::{Diagnostic, ImportRequest, ImportResponse, Value};

use super::operation::no_subscription;
use super::session::SessionHandle;
use crate::kind::{Key, Kind, Plane, SINGLETON};

/// The state for an id or an identity.
pub(super) fn import(
    kind: &Kind,
    session: &SessionHandle,
    request: ImportRequest,
) -> Result<ImportResponse, Diagnostic> {
    let (agent, key, plane) = match request {
        ImportRequest::Id(id) => by_id(kind, &id)?,
        ImportRequest::Identity(identity) => by_identity(kind, session, &identity)?,
        _ => {
            return Err(Diagnostic::error(
                "Unknown kind of import",
                "Give an id or an identity.",
            ));
        }
    };
    let agent_id = || Value::from(agent.to_string());
    let (mut state, identity) = match kind.key() {
        Key::Agent => {
            let members = [
                ("name", Value::from(agent.name())),
                (
                    "resource_group_name",
                    Value::from(agent.resource_group_name()),
                ),
                ("subscription_id", Value::from(agent.subscription_id())),
            ];
            (Value::map(members.clone()), Value::map(members))
        }
        Key::Name => {
            let members = [
                ("agent_id", agent_id()),
                ("name", Value::from(key.as_str())),
            ];
            (Value::map(members.clone()), Value::map(members))
        }
        Key::ServerId => {
            let members = [
                ("agent_id", agent_id()),
                ("object_id", Value::from(key.as_str())),
            ];
            (Value::map(members.clone()), Value::map(members))
        }
        Key::Singleton => {
            let members = [("agent_id", agent_id())];
            (Value::map(members.clone()), Value::map(members))
        }
    };
    if let Some(plane) = plane.filter(|_| kind.is_dual()) {
        state.set("plane", Value::from(plane.as_str()));
    }
    Ok(ImportResponse::new(state, Some(identity)))
}

type Found = (AgentId, String, Option<Plane>);

fn by_id(kind: &Kind, id: &str) -> Result<Found, Diagnostic> {
    let form = form(kind);
    let invalid = |reason: String| {
        Diagnostic::error(
            format!("Invalid import id for {}", kind.type_name()),
            format!(
                "{reason}. The id of the {} looks like this:\n\n{form}",
                kind.title
            ),
        )
    };
    if kind.key() == Key::Agent {
        let agent = AgentId::parse(id).map_err(|error| invalid(error.to_string()))?;
        let name = agent.name().to_owned();
        return Ok((agent, name, None));
    }
    let (id, plane) = as_arm_form(kind, id);
    let child = ChildId::parse(&id).map_err(|error| invalid(error.to_string()))?;
    let segment = child.segment();
    let known = std::iter::once(&kind.segment).chain(kind.aliases);
    if !known
        .into_iter()
        .any(|known| known.eq_ignore_ascii_case(segment))
    {
        return Err(invalid(format!(
            "`{segment}` is the id of another kind of object"
        )));
    }
    if kind.key() == Key::Singleton && child.name() != SINGLETON {
        return Err(invalid(format!("its last part is `{SINGLETON}`")));
    }
    Ok((child.agent().clone(), child.name().to_owned(), plane))
}

/// Data-plane paths below the id of an agent name the same objects, on that plane.
fn as_arm_form(kind: &Kind, id: &str) -> (String, Option<Plane>) {
    let place = kind.place(Plane::DataPlane);
    let lower = id.to_ascii_lowercase();
    if let (Key::Singleton, Some(place)) = (kind.key(), place)
        && let Some(agent) = lower.strip_suffix(&place.collection.to_ascii_lowercase())
    {
        let id = format!("{}/{}/{SINGLETON}", &id[..agent.len()], kind.segment);
        return (id, Some(Plane::DataPlane));
    }
    let spelled = place.and_then(|place| {
        let collection = format!("{}/", place.collection.to_ascii_lowercase());
        let at = lower.find(&collection)?;
        let name = (place.spelling.read)(&id[at + collection.len()..]);
        Some((&id[..at], name))
    });
    match spelled {
        Some((agent, name)) => (
            format!("{agent}/{}/{name}", kind.segment),
            Some(Plane::DataPlane),
        ),
        None => (id.to_owned(), None),
    }
}

fn by_identity(
    kind: &Kind,
    session: &SessionHandle,
    identity: &Value,
) -> Result<Found, Diagnostic> {
    let text = |name: &str| identity.get(name).as_str().unwrap_or_default().to_owned();
    let invalid = |name: &str, reason: String| {
        Diagnostic::error(
            format!("Invalid import identity for {}", kind.type_name()),
            format!("`{name}`: {reason}."),
        )
    };
    match kind.key() {
        Key::Agent => {
            let subscription = session.subscription_of(identity);
            let subscription = subscription.ok_or_else(no_subscription)?;
            let agent = AgentId::new(subscription, text("resource_group_name"), text("name"))
                .map_err(|error| invalid("name", error.to_string()))?;
            Ok((agent, text("name"), None))
        }
        _ => {
            let agent = AgentId::parse(&text("agent_id"))
                .map_err(|error| invalid("agent_id", error.to_string()))?;
            let key = match kind.key() {
                Key::ServerId => "object_id",
                Key::Singleton => return Ok((agent, SINGLETON.to_owned(), None)),
                _ => "name",
            };
            azure::id::encode_segment(&text(key))
                .map_err(|error| invalid(key, error.to_string()))?;
            Ok((agent, text(key), None))
        }
    }
}

fn form(kind: &Kind) -> String {
    const AGENT: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/\
                         providers/Microsoft.App/agents/sre-agent";
    match kind.key() {
        Key::Agent => AGENT.to_owned(),
        Key::Name => format!("{AGENT}/{}/example", kind.segment),
        Key::Singleton => format!("{AGENT}/{}/{SINGLETON}", kind.segment),
        Key::ServerId => {
            format!(
                "{AGENT}/{}/00000000-0000-0000-0000-000000000000",
                kind.segment
            )
        }
    }
}
