//! Plugins: their marketplaces, and their installations. An installation adds a skill with its
//! name.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{fallback, objects};
use crate::context::Context;
use crate::documents::{self, Nulls};
use crate::http::{Answer, Failure, Handled, Refusal};
use crate::kinds::SKILLS;
use crate::objects::{Envelope, Objects};
use crate::store::{AgentRecord, Key, ObjectRecord, Tx, now};

const MARKETPLACES: &str = "marketplaces";
const INSTALLATIONS: &str = "installations";
/// The member that counts the reads that still see a marketplace as not cloned. It is not returned.
const LOOKS: &str = "looks";

/// Answers a request. `rest` contains the segments below `plugins`, in lower case.
pub(super) fn route(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    rest: &[&str],
) -> Handled {
    match (cx.call.method.as_str(), rest) {
        ("GET", [collection @ (MARKETPLACES | INSTALLATIONS)]) => {
            let all: Vec<(Key, Value)> = tx.scan(&Key::items(&agent.uid, collection))?;
            let mut items = Vec::new();
            for (key, item) in all {
                items.push(show(looked_at(tx, &key, item)?));
            }
            Ok(objects::listed(cx, items))
        }
        ("GET", [collection @ (MARKETPLACES | INSTALLATIONS), name]) => {
            let key = Key::item(&agent.uid, collection, name);
            let item = tx.get(&key)?.ok_or_else(|| missing(collection, name))?;
            Ok(Answer::ok(show(looked_at(tx, &key, item)?)))
        }
        ("POST", [collection @ (MARKETPLACES | INSTALLATIONS)]) => {
            let sent = cx.call.json_object()?;
            let name = sent
                .get("metadata")
                .and_then(|metadata| metadata.get("name"))
                .and_then(Value::as_str)
                .filter(|name| !name.is_empty())
                .ok_or_else(|| Refusal::invalid("metadata.name is required."))?
                .to_owned();
            if !sent.get("spec").is_some_and(Value::is_object) {
                return Err(Refusal::invalid("spec is required.").into());
            }
            store(tx, cx, agent, collection, &name, sent)
        }
        ("POST", [MARKETPLACES, _, "plugins", _, "install"]) => {
            install_from_marketplace(tx, cx, agent)
        }
        ("POST", ["install-direct"]) => install_direct(tx, cx, agent),
        ("DELETE", [MARKETPLACES, name]) => delete_marketplace(tx, cx, agent, name),
        ("DELETE", [INSTALLATIONS, name]) => {
            if uninstall(tx, cx, agent, name)? {
                Ok(Answer::empty(StatusCode::ACCEPTED))
            } else {
                Err(missing(INSTALLATIONS, name))
            }
        }
        _ => Ok(fallback::unknown(cx)),
    }
}

/// Stores an item. An item of the same name is replaced, unless the profile treats this as a
/// conflict.
fn store(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    collection: &str,
    name: &str,
    mut item: Map<String, Value>,
) -> Handled {
    let key = Key::item(&agent.uid, collection, &name.to_lowercase());
    let exists = tx.get::<Value>(&key)?.is_some();
    if exists && cx.profile.plugin_conflicts {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "Conflict",
            format!("'{name}' already exists in {collection}."),
        )
        .into());
    }
    if collection == INSTALLATIONS {
        add_skill(tx, cx, agent, name)?;
    }
    let known = if collection == INSTALLATIONS {
        json!({ "importedSkills": [{ "skillName": name }] })
    } else {
        clone_of(&item)
    };
    if collection == MARKETPLACES {
        item.insert(LOOKS.to_owned(), json!(cx.profile.clone_polls));
    }
    let spec = item.entry("spec").or_insert_with(|| json!({}));
    documents::merge(spec, &known, Nulls::Keep);
    item.insert("createdAt".to_owned(), json!(now()));
    let item = Value::Object(item);
    tx.put(&key, &item)?;
    let status = if exists {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(Answer::json(status, show(cloning(item))))
}

/// Returns an item as this read sees it, and counts the read of a marketplace.
fn looked_at(tx: &mut Tx<'_>, key: &Key, item: Value) -> Handled<Value> {
    let left = item.get(LOOKS).and_then(Value::as_u64).unwrap_or(0);
    if left > 0 {
        let mut closer = item.clone();
        documents::merge(&mut closer, &json!({ LOOKS: left - 1 }), Nulls::Keep);
        tx.put(key, &closer)?;
    }
    Ok(cloning(item))
}

/// Adds the state of the clone to an item while it is being cloned.
fn cloning(mut item: Value) -> Value {
    if item.get(LOOKS).and_then(Value::as_u64).unwrap_or(0) > 0 {
        let cloning = json!({ "spec": { "cloneStatus": "Cloning", "cloneError": null } });
        documents::merge(&mut item, &cloning, Nulls::Keep);
    }
    item
}

/// Returns the outcome of cloning a marketplace, which is visible after some reads. Only web
/// addresses can be cloned.
fn clone_of(marketplace: &Map<String, Value>) -> Value {
    let source = marketplace
        .get("spec")
        .and_then(|spec| spec.get("sourceUrl"));
    match source.and_then(Value::as_str) {
        Some(source) if source.starts_with("https://") => {
            json!({ "cloneStatus": "Ready", "cloneError": null })
        }
        _ => json!({ "cloneStatus": "Failed", "cloneError": "sourceUrl is no https URL." }),
    }
}

/// Installs a plugin from an existing marketplace.
fn install_from_marketplace(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let [marketplace, _, plugin, _] = cx.call.last_segments(4) else {
        return Ok(fallback::unknown(cx));
    };
    let key = Key::item(&agent.uid, MARKETPLACES, &marketplace.to_lowercase());
    if tx.get::<Value>(&key)?.is_none() {
        return Err(missing(MARKETPLACES, marketplace));
    }
    let mut item = Map::new();
    item.insert("metadata".to_owned(), json!({ "name": plugin }));
    item.insert(
        "spec".to_owned(),
        json!({ "marketplaceName": marketplace, "pluginName": plugin }),
    );
    store(tx, cx, agent, INSTALLATIONS, plugin, item)
}

/// Installs a plugin by its address. Its name is the last part of the path, or of the repository.
fn install_direct(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord) -> Handled {
    let sent = cx.call.json_object()?;
    let text = |name: &str| sent.get(name).and_then(Value::as_str).unwrap_or_default();
    let source = text("sourceUrl");
    if !source.starts_with("https://") {
        return Err(Refusal::invalid("sourceUrl must be an https URL.").into());
    }
    let name = [text("pathInRepo"), source]
        .into_iter()
        .filter_map(|path| path.trim_end_matches('/').rsplit('/').next())
        .map(|name| name.trim_end_matches(".git").to_owned())
        .find(|name| !name.is_empty())
        .unwrap_or_default();
    let mut item = Map::new();
    item.insert("metadata".to_owned(), json!({ "name": name }));
    item.insert("spec".to_owned(), Value::Object(sent));
    store(tx, cx, agent, INSTALLATIONS, &name, item)
}

/// Deletes a marketplace, and its installations if the request asks for it.
fn delete_marketplace(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    name: &str,
) -> Handled {
    if !tx.remove(&Key::item(&agent.uid, MARKETPLACES, name))? {
        return Err(missing(MARKETPLACES, name));
    }
    let with_installations = cx
        .call
        .query("deleteInstallations")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    if with_installations {
        let installations: Vec<(Key, Value)> = tx.scan(&Key::items(&agent.uid, INSTALLATIONS))?;
        for (_, installation) in installations {
            let text = |pointer: &str| installation.pointer(pointer).and_then(Value::as_str);
            let source = text("/spec/marketplace").or_else(|| text("/spec/marketplaceName"));
            if source.is_some_and(|source| source.eq_ignore_ascii_case(name)) {
                let installed = text("/metadata/name").unwrap_or_default();
                uninstall(tx, cx, agent, &installed.to_lowercase())?;
            }
        }
    }
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

fn add_skill(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord, name: &str) -> Handled<()> {
    let skill = json!({
        "name": name,
        "description": format!("The skill of the plugin {name}."),
        "skillContent": format!(
            "# {name}\n\nThis skill came with a plugin; what it does is described where that comes from."
        ),
        "sourcePluginInstallation": name,
    });
    let skills = Objects::shared(cx, agent, &SKILLS);
    if skills
        .current(tx, name)?
        .is_some_and(|skill| !is_installed(&skill))
    {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "Conflict",
            format!("There is a skill '{name}' that no plugin has brought."),
        )
        .into());
    }
    let envelope = Envelope {
        object_type: SKILLS.types.concat(),
        tags: json!([]),
        owner: json!(""),
        properties: skill.as_object().cloned().unwrap_or_default(),
    };
    skills.write(tx, name, envelope)?;
    Ok(())
}

/// Removes an installation with its skill. Returns `false` if there is none.
fn uninstall(tx: &mut Tx<'_>, cx: Context<'_>, agent: &AgentRecord, name: &str) -> Handled<bool> {
    let skills = Objects::shared(cx, agent, &SKILLS);
    if skills
        .current(tx, name)?
        .is_some_and(|skill| is_installed(&skill))
    {
        skills.delete(tx, name)?;
    }
    Ok(tx.remove(&Key::item(&agent.uid, INSTALLATIONS, name))?)
}

/// Returns whether a skill belongs to a plugin.
fn is_installed(skill: &ObjectRecord) -> bool {
    let source = skill.properties.get("sourcePluginInstallation");
    source.is_some_and(Value::is_string)
}

/// Returns an item without its credentials.
fn show(mut item: Value) -> Value {
    if let Value::Object(members) = &mut item {
        members.shift_remove(LOOKS);
    }
    if let Some(Value::Object(credentials)) = item.pointer_mut("/spec/credentials") {
        credentials.shift_remove("pat");
    }
    item
}

fn missing(collection: &str, name: &str) -> Failure {
    Refusal::not_found(format!("'{name}' was not found in {collection}.")).into()
}
