//! The children whose properties are encoded in base64.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{AgentPath, body, not_found, paging};
use crate::context::Context;
use crate::documents;
use crate::http::{Answer, Handled, Refusal};
use crate::kinds::Kind;
use crate::objects::{Envelope, Objects};
use crate::profile::{Base64Bodies, StoreModel, Tenant};
use crate::store::{AgentRecord, Key, ObjectRecord, ObjectStore, Tx};

/// The refusal in tenants without children.
const TENANT_RESTRICTION: &str = "Agent Extensions are not available for this tenant. This \
                                  feature is restricted to internal tenants only.";

/// Answers a request to a collection, or to the child `name` in it.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: AgentPath<'_>,
    kind: &'static Kind,
    name: Option<&str>,
    depth: usize,
) -> Handled {
    let agent = path.require(tx, true)?;
    let store = match cx.profile.store {
        StoreModel::One => ObjectStore::Shared,
        StoreModel::Two => ObjectStore::Arm,
    };
    let objects = Objects {
        cx,
        agent: &agent,
        kind,
        store,
    };
    match (cx.call.method.as_str(), name, depth) {
        ("GET", None, 0) => list(tx, &objects),
        ("GET", Some(name), 1) => Ok(match objects.read(tx, name)? {
            Some(record) if cx.profile.tenant == Tenant::Internal => {
                Answer::ok(child(cx, &agent, kind, &record))
            }
            _ => not_found(cx),
        }),
        ("PUT", Some(name), 1) => put(tx, &objects, name),
        ("DELETE", Some(name), 1) => {
            let status = if objects.delete(tx, name)? {
                StatusCode::OK
            } else {
                StatusCode::NO_CONTENT
            };
            Ok(Answer::empty(status))
        }
        _ => Err(super::method_not_allowed(cx)),
    }
}

fn list(tx: &mut Tx<'_>, objects: &Objects<'_>) -> Handled {
    let cx = objects.cx;
    if cx.profile.tenant == Tenant::External {
        return Ok(Answer::ok(json!({ "value": [] })));
    }
    if cx.profile.list_glitch
        && tx.remove(&Key::list_glitch(&objects.agent.uid, objects.kind.name))?
    {
        return Ok(Answer::ok(json!({})));
    }
    let records = objects.list(tx)?;
    let items = records
        .iter()
        .map(|record| child(cx, objects.agent, objects.kind, record))
        .collect();
    paging::page(cx, items)
}

fn put(tx: &mut Tx<'_>, objects: &Objects<'_>, name: &str) -> Handled {
    let cx = objects.cx;
    if cx.profile.tenant == Tenant::External {
        let status = StatusCode::from_u16(cx.profile.tenant_refusal_status)
            .unwrap_or(StatusCode::BAD_REQUEST);
        return Err(Refusal::new(status, "AgentExtensionsNotAvailable", TENANT_RESTRICTION).into());
    }
    let sent = cx.call.json_object()?;
    let value = sent
        .get("properties")
        .and_then(|properties| properties.get("value"));
    let properties = decode(value)?;
    let (object_type, tags, owner) = match objects.current(tx, name)? {
        Some(existing) => (existing.object_type, existing.tags, existing.owner),
        None => {
            let object_type = objects.kind.types.first().copied().unwrap_or_default();
            (object_type.to_owned(), json!([]), json!(""))
        }
    };
    let (mut record, created) = objects.write(
        tx,
        name,
        Envelope {
            object_type,
            tags,
            owner,
            properties,
        },
    )?;
    record.encoded = value.and_then(Value::as_str).map(str::to_owned);
    objects.save(tx, &record)?;
    let status = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(Answer::json(
        status,
        child(cx, objects.agent, objects.kind, &record),
    ))
}

fn child(cx: Context<'_>, agent: &AgentRecord, kind: &Kind, record: &ObjectRecord) -> Value {
    let value = match (cx.profile.base64_bodies, &record.encoded) {
        (Base64Bodies::AsSent, Some(encoded)) => encoded.clone(),
        _ => {
            let mut properties = record.properties.clone();
            if cx.profile.null_lists {
                documents::null_lists(&mut properties);
            }
            encode(&properties)
        }
    };
    json!({
        "id": format!("{}/{}/{}", agent.id(), kind.collection(), record.name),
        "name": record.name,
        "type": format!("Microsoft.App/agents/{}", kind.collection()),
        "systemData": body::system_data(&record.created, &record.modified),
        "properties": { "value": value },
    })
}

/// Decodes the properties in `properties.value`. White space is ignored, because tools wrap long
/// base64.
fn decode(value: Option<&Value>) -> Result<Map<String, Value>, Refusal> {
    let text = match value {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::String(text)) => text,
        Some(_) => return Err(invalid("it is not a string")),
    };
    let bytes = documents::base64(text).map_err(|error| invalid(&error.to_string()))?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(properties)) => Ok(properties),
        Ok(_) => Err(invalid("the decoded document is not an object")),
        Err(error) => Err(invalid(&error.to_string())),
    }
}

/// Encodes the properties like the service: in its own order, so the bytes differ from those sent.
fn encode(properties: &Map<String, Value>) -> String {
    STANDARD.encode(Value::Object(properties.clone()).to_string())
}

fn invalid(reason: &str) -> Refusal {
    Refusal::bad_request(
        "InvalidRequestContent",
        format!("properties.value is not a base64-encoded JSON object: {reason}."),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{decode, encode};

    #[test]
    fn wrapped_base64_is_decoded() {
        let decoded = decode(Some(&json!("eyJuYW1lIjoi\r\ndHJpYWdlIn0=\n"))).unwrap();
        assert_eq!(decoded.get("name"), Some(&json!("triage")));
        assert_eq!(decode(Some(&json!(encode(&decoded)))).unwrap(), decoded);
    }

    #[test]
    fn an_empty_value_is_an_empty_object_and_nonsense_is_refused() {
        assert!(decode(None).unwrap().is_empty());
        assert!(decode(Some(&json!(""))).unwrap().is_empty());
        for value in [json!(1), json!("%"), json!("MQ=="), json!("e30")] {
            assert!(decode(Some(&value)).is_err(), "{value}");
        }
    }
}
