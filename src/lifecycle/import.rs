//! Conversion of an import's id or identity to a state that can be refreshed.

use azure::id::IdError;
use tfplugin::{Diagnostic, ImportRequest, ImportResponse, Value};
use tokio_util::sync::CancellationToken;

use super::operation::Operation;
use super::report::{Verb, report};
use crate::kind::{Address, AddressError, Key, Kind, Plane, SINGLETON, Timeouts};
use crate::session::SessionHandle;

/// Returns the state for an id or an identity.
pub(super) async fn import(
    kind: &Kind,
    session: &SessionHandle,
    request: ImportRequest,
) -> Result<ImportResponse, Diagnostic> {
    let (address, plane) = match request {
        ImportRequest::Id(id) => by_id(kind, &id)?,
        ImportRequest::Identity(identity) => (by_identity(kind, session, &identity)?, None),
        _ => {
            return Err(Diagnostic::error(
                "Unsupported import",
                "Import the object by its ID or by its identity.",
            ));
        }
    };
    let address = match kind.key() {
        Key::ServerId => by_name(kind, session, address).await?,
        _ => address,
    };
    let identity = address.identity(kind);
    let mut state = identity.clone();
    if let Some(plane) = plane.filter(|_| kind.is_dual()) {
        state.set("plane", Value::from(plane.as_str()));
    }
    Ok(ImportResponse::new(state, Some(identity)))
}

fn by_id(kind: &Kind, id: &str) -> Result<(Address, Option<Plane>), Diagnostic> {
    let (id, plane) = as_arm_form(kind, id);
    let address = kind.parse_id(&id).map_err(|reason| {
        Diagnostic::error(
            format!("Invalid import ID for {}", kind.type_name()),
            format!(
                "{reason}. The ID of the {} has this form:\n\n{}",
                kind.title,
                kind.example_id()
            ),
        )
    })?;
    Ok((address, plane))
}

/// Finds the address of an object whose id the service assigned. Accepts a name if only one object
/// has it.
async fn by_name(
    kind: &Kind,
    session: &SessionHandle,
    address: Address,
) -> Result<Address, Diagnostic> {
    let mut at = Value::map([("agent_id", Value::from(address.agent.to_string()))]);
    at.set("object_id", Value::from(address.key.as_str()));
    let limit = |timeouts: &Timeouts| ("read", timeouts.read);
    let operation = Operation::new(kind, session, &at, limit, CancellationToken::new())?;
    let (store, call) = (operation.store(), operation.call());
    let subject = operation.object.subject(&address.key);
    let failed = |error| report(Verb::Read, &subject, &error);
    if store.read(call).await.map_err(failed)?.is_some() {
        return Ok(address);
    }
    let found = store
        .conflicting(call, &address.key)
        .await
        .map_err(failed)?;
    match found.as_slice() {
        [] => Ok(address),
        [stored] => Ok(Address {
            key: stored.key.clone(),
            ..address
        }),
        several => {
            let ids: Vec<&str> = several.iter().map(|stored| stored.key.as_str()).collect();
            Err(Diagnostic::error(
                format!("Several objects have the name {:?}", address.key),
                format!(
                    "Import the {} by its ID instead, which is one of: {}.",
                    kind.title,
                    ids.join(", ")
                ),
            ))
        }
    }
}

/// Converts a data-plane path below the id of an agent to an ARM id, and returns its plane.
fn as_arm_form(kind: &Kind, id: &str) -> (String, Option<Plane>) {
    let place = kind.place(Plane::DataPlane);
    let lower = id.to_ascii_lowercase();
    if let (Key::Singleton, Some(place)) = (kind.key(), place)
        && let Some(agent) = lower.strip_suffix(&place.collection.to_ascii_lowercase())
    {
        let id = format!("{}/{}/{SINGLETON}", &id[..agent.len()], kind.segment);
        return (id, Some(Plane::DataPlane));
    }
    let on_data_plane = place.and_then(|place| {
        let collection = format!("{}/", place.collection.to_ascii_lowercase());
        let at = lower.find(&collection)?;
        let end = lower.len().checked_sub(place.below.len())?;
        lower[end..]
            .eq_ignore_ascii_case(place.below)
            .then_some(())?;
        let name = (place.spelling.read)(id.get(at + collection.len()..end)?);
        Some((&id[..at], name))
    });
    match on_data_plane {
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
) -> Result<Address, Diagnostic> {
    let invalid = |name: &str, error: IdError| {
        Diagnostic::error(
            format!("Invalid import identity for {}", kind.type_name()),
            format!("`{name}`: {error}."),
        )
    };
    let subscription = session.subscription_of(identity);
    let address = match kind.address(identity, subscription.as_deref()) {
        Ok(address) => address,
        Err(AddressError::NoSubscription) => return Err(session.no_subscription()),
        Err(AddressError::Invalid { attribute, error }) => return Err(invalid(attribute, *error)),
    };
    if let Some(attribute) = kind.key().within_agent() {
        azure::id::encode_segment(&address.key).map_err(|error| invalid(attribute, error))?;
    }
    Ok(address)
}
