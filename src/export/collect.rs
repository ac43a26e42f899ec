//! The objects of an agent with their configurations, and what cannot be exported.

use std::collections::BTreeMap;
use std::sync::Arc;

use azure::id::AgentId;
use futures::{StreamExt as _, stream};
use tfplugin::plan::generated;
use tfplugin::schema::{Capabilities, validate};
use tfplugin::{Diagnostic, Diagnostics, Resource as _, Severity, ValidateRequest, Value};
use tokio_util::sync::CancellationToken;

use crate::kind::walk::{Descend, Part, walk};
use crate::kind::{Key, Kind, Node, Plane, Presence};
use crate::lifecycle::KindResource;
use crate::lists::{self, Listed};
use crate::resources;
use crate::session::SessionHandle;

/// The number of kinds that are listed concurrently.
const AT_A_TIME: usize = 6;

/// An object that can be exported.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) kind: Arc<Kind>,
    /// The name for users.
    pub(super) name: String,
    /// The object as an import finds it.
    pub(super) state: Value,
    /// The configuration that creates the object.
    pub(super) config: Value,
}

/// Something that is not exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// The name of an object or of a collection.
    pub(super) what: String,
    /// The reason, in one or more lines.
    pub(super) why: String,
    /// Whether this is expected, because the object belongs to another one that is exported.
    pub(super) is_fine: bool,
}

/// The contents of an agent.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// The agent and its objects, by kind and name.
    pub(super) items: Vec<Item>,
    pub(super) missing: Vec<Missing>,
}

/// Reads everything in an agent. Returns `None` if the agent does not exist.
///
/// # Errors
/// Returns an error if the agent itself cannot be read.
pub(super) async fn collect(
    session: &SessionHandle,
    agent: &AgentId,
    cancel: &CancellationToken,
) -> Result<Option<Collected>, Diagnostic> {
    let mut kinds = resources::kinds();
    kinds.sort_by_key(|kind| (kind.key() != Key::Agent, kind.name));
    let mut found: Vec<(Arc<Kind>, Listed)> = Vec::new();
    let mut missing = Vec::new();
    let mut within = Vec::new();
    for kind in kinds {
        if kind.key() != Key::Agent {
            within.push(kind);
            continue;
        }
        let at = Value::map([
            ("name", agent.name().into()),
            ("resource_group_name", agent.resource_group_name().into()),
            ("subscription_id", agent.subscription_id().into()),
        ]);
        let Some(state) = lists::agent(&kind, session, &at, cancel).await? else {
            return Ok(None);
        };
        let listed = Listed {
            name: agent.name().to_owned(),
            object: Ok(state),
        };
        found.push((kind, listed));
    }
    let listed = stream::iter(&within).map(|kind| objects(kind, session, agent, cancel));
    let mut listed = stream::iter(&within).zip(listed.buffered(AT_A_TIME));
    while let Some((kind, (objects, failed))) = listed.next().await {
        missing.extend(failed);
        found.extend(objects.into_iter().map(|object| (Arc::clone(kind), object)));
    }
    let mut collected = Collected {
        items: Vec::new(),
        missing,
    };
    for (kind, listed) in found {
        let subject = format!("{} {:?}", kind.title, listed.name);
        let item = listed.object.map_err(|why| Unusable::Unread(told(&why)));
        match item.and_then(|state| configured(session, &kind, listed.name, state)) {
            Ok(item) => collected.items.push(item),
            Err(why) => collected.missing.push(Missing {
                what: subject,
                why: why.to_string(),
                is_fine: false,
            }),
        }
    }
    leave_out_created_objects(&mut collected);
    Ok(Some(collected))
}

/// Returns the objects of a kind by name, and what cannot be read. If one plane does not respond,
/// the other one is listed alone.
async fn objects(
    kind: &Arc<Kind>,
    session: &SessionHandle,
    agent: &AgentId,
    cancel: &CancellationToken,
) -> (Vec<Listed>, Vec<Missing>) {
    let on = |plane: Option<Plane>| {
        let mut config = Value::map([("agent_id", agent.to_string().into())]);
        if let Some(plane) = plane {
            config.set("plane", plane.as_str().into());
        }
        async move { lists::objects(kind, session, &config, cancel).await }
    };
    let failed = |place: &str, why: &Diagnostics| Missing {
        what: format!("{}{place}", stem(kind)),
        why: all_told(why),
        is_fine: false,
    };
    let (mut all, failures) = match on(None).await {
        Ok(all) => (all, Vec::new()),
        Err(why) if !kind.is_dual() || cancel.is_cancelled() => {
            (Vec::new(), vec![failed("", &why)])
        }
        Err(_) => {
            let (mut all, mut failures) = (Vec::new(), Vec::new());
            for plane in kind.places.iter().map(|place| place.plane) {
                match on(Some(plane)).await {
                    Ok(found) => all.extend(found),
                    Err(why) => failures.push(failed(&format!(" on {plane}"), &why)),
                }
            }
            (all, failures)
        }
    };
    all.sort_by(|one, other| one.name.cmp(&other.name));
    // An import finds only one object of each name.
    all.dedup_by(|next, one| kind.key() == Key::Name && one.name == next.name);
    (all, failures)
}

/// The reason why an object is left out. The message consists of sentences.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    /// It cannot be read.
    #[error("{0}")]
    Unread(String),
    /// It has no ID that an import finds it by.
    #[error("Terraform cannot import it, because its name cannot be part of an ID.")]
    NoId,
    /// The provider would reject its configuration.
    #[error("Its configuration is not valid for the provider. {0}")]
    Invalid(String),
}

/// Returns the object with its configuration, which must be valid for hosts.
fn configured(
    session: &SessionHandle,
    kind: &Arc<Kind>,
    name: String,
    state: Value,
) -> Result<Item, Unusable> {
    let id = state.get("id").as_str().unwrap_or_default();
    let is_found = kind
        .parse_id(id)
        .is_ok_and(|address| address.id(kind) == id);
    if !is_found {
        return Err(Unusable::NoId);
    }
    let resource = KindResource::new(Arc::clone(kind), session.clone());
    let attributes = &kind.resource_schema().attributes;
    let config = generated(&resource, attributes, &state);
    let capabilities = Capabilities {
        write_only: true,
        ..Capabilities::default()
    };
    let mut diagnostics = Diagnostics::new();
    validate(attributes, &config, capabilities, &mut diagnostics);
    resource.validate(&ValidateRequest::new(config.clone()), &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(Unusable::Invalid(all_told(&diagnostics)));
    }
    Ok(Item {
        kind: Arc::clone(kind),
        name,
        state,
        config,
    })
}

/// Leaves out the objects that the service creates together with others, which contain their names.
fn leave_out_created_objects(collected: &mut Collected) {
    let mut brought: BTreeMap<(&'static str, String), String> = BTreeMap::new();
    for item in &collected.items {
        let by = format!("{} {:?}", item.kind.title, item.name);
        for (kind, name) in created_with(&item.kind.nodes, &item.state) {
            brought.insert((kind, name), by.clone());
        }
    }
    let Collected { items, missing } = collected;
    items.retain(|item| {
        let upload = item.kind.upload();
        let is_foreign = upload.is_some_and(|upload| item.name.starts_with(upload.foreign_prefix));
        let by = brought.get(&(item.kind.name, item.name.clone()));
        let by = by.map(String::as_str);
        let by = by.or_else(|| is_foreign.then_some("connector of the same name"));
        if let Some(by) = by {
            missing.push(Missing {
                what: format!("{} {:?}", item.kind.title, item.name),
                why: format!("The service creates and deletes it together with the {by}."),
                is_fine: true,
            });
        }
        by.is_none()
    });
}

/// Returns the kinds and names of the objects that the service creates together with an object.
fn created_with(nodes: &[Node], object: &Value) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    walk(nodes, object, |visit| {
        if let Part::Field(field) = visit.part
            && let (Some(kind), Presence::Computed { .. }) = (field.names, &field.presence)
            && let Some(name) = visit.object.get(field.name).as_str()
        {
            found.push((kind, name.to_owned()));
        }
        Descend::Inside
    });
    found
}

/// Returns the plural name of the kind, which is the name of its file.
pub(super) fn stem(kind: &Kind) -> String {
    match kind.is_listed() && kind.key() != Key::Agent {
        true => format!("{}s", kind.name),
        false => kind.name.to_owned(),
    }
}

fn all_told(diagnostics: &Diagnostics) -> String {
    let errors = diagnostics
        .iter()
        .filter(|one| one.severity == Severity::Error);
    errors.map(told).collect::<Vec<_>>().join("\n")
}

pub(super) fn told(diagnostic: &Diagnostic) -> String {
    let at = match diagnostic.path.is_empty() {
        true => String::new(),
        false => format!(" (`{}`)", diagnostic.path),
    };
    format!("{}{at}: {}", diagnostic.summary, diagnostic.detail)
}
