//! Which objects there are.

use std::collections::BTreeMap;

use azure::id::{self, AgentId};
use azure::{Budget, Request};
use tfplugin::{Diagnostic, Diagnostics, Value};
use tokio_util::sync::CancellationToken;

use super::config::PREFIX;
use super::{Found, TIMEOUT, failed};
use crate::kind::{Key, Kind, Plane, SINGLETON, StoreKind, Timeouts};
use crate::lifecycle::{Operation, display_name, read_state};
use crate::resources;
use crate::session::SessionHandle;
use crate::stores::{StoreError, Stored, is_switched_as_by_default};

/// The agents to look for.
pub(crate) struct Place<'a> {
    /// Their subscription; the provider's by default.
    pub(crate) subscription: Option<&'a str>,
    /// Their resource group; all by default.
    pub(crate) group: Option<&'a str>,
}

/// The objects of a kind that a configuration asks for, by name.
pub(super) async fn all<'a>(
    kind: &'a Kind,
    session: &SessionHandle,
    config: &Value,
    budget: &Budget,
    cancel: &CancellationToken,
) -> Result<Vec<Found<'a>>, Diagnostics> {
    let search = Search {
        kind,
        session,
        config,
        budget,
        cancel,
    };
    let failed = |error: StoreError| Diagnostics::from(failed(kind, config, &error));
    match &kind.store {
        StoreKind::Tracked => search.agents().await,
        StoreKind::Singleton { .. } => search.singleton().await,
        StoreKind::Archive(_, owner) => search.archives(owner).await,
        _ => search.children().await,
    }
    .map_err(|error| match error {
        Failure::Store(error) => failed(error),
        Failure::Told(told) => told.into(),
    })
}

/// The agents of a subscription or a resource group, by id.
pub(crate) async fn agents(
    session: &SessionHandle,
    place: &Place<'_>,
    budget: &Budget,
) -> Result<Vec<(AgentId, serde_json::Value)>, Failure> {
    let subscription = place.subscription.map(str::to_owned);
    let subscription = subscription.or_else(|| session.preferences().1);
    let subscription = subscription.ok_or_else(|| session.no_subscription())?;
    let mut path = format!("/subscriptions/{subscription}");
    if let Some(group) = place.group {
        let group = id::encode_segment(group).map_err(|error| {
            Diagnostic::error("Invalid name of a resource group", format!("{error}."))
                .at("resource_group_name")
        })?;
        path.push_str(&format!("/resourceGroups/{group}"));
    }
    let request = Request::get(format!("{path}/providers/Microsoft.App/agents"));
    let client = &session.get()?.client;
    let bodies = client.arm_list(request, budget).await;
    let bodies = bodies.map_err(StoreError::Azure)?.into_iter();
    let mut agents: Vec<_> = bodies
        .filter_map(|document| {
            let id = document.get("id")?.as_str()?;
            Some((AgentId::parse(id).ok()?, document))
        })
        .collect();
    agents.sort_by_cached_key(|(agent, _)| agent.to_string());
    Ok(agents)
}

/// Why objects cannot be found.
pub(crate) enum Failure {
    /// The service did not tell.
    Store(StoreError),
    /// It could not be asked.
    Told(Diagnostic),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Diagnostic> for Failure {
    fn from(told: Diagnostic) -> Self {
        Self::Told(told)
    }
}

struct Search<'a, 'b> {
    kind: &'a Kind,
    session: &'b SessionHandle,
    config: &'b Value,
    budget: &'b Budget,
    cancel: &'b CancellationToken,
}

impl<'a> Search<'a, '_> {
    async fn agents(&self) -> Result<Vec<Found<'a>>, Failure> {
        let place = Place {
            subscription: self.config.get("subscription_id").as_str(),
            group: self.config.get("resource_group_name").as_str(),
        };
        let mut found = Vec::new();
        let wanted = self.config.get("name").as_str();
        for (agent, document) in agents(self.session, &place, self.budget).await? {
            if wanted.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(agent.name())) {
                continue;
            }
            let key = agent.name().to_owned();
            let at = Value::map([
                ("name", key.as_str().into()),
                ("resource_group_name", agent.resource_group_name().into()),
                ("subscription_id", agent.subscription_id().into()),
            ]);
            let stored = Stored {
                key,
                document,
                etag: None,
            };
            found.push(self.found(self.operation(&at)?, stored));
        }
        Ok(found)
    }

    /// The one object of an agent, if it says something.
    async fn singleton(&self) -> Result<Vec<Found<'a>>, Failure> {
        let StoreKind::Singleton { reset } = &self.kind.store else {
            return Ok(Vec::new());
        };
        let operation = self.operation(&self.at(None, SINGLETON))?;
        let Some(stored) = operation.store().read(operation.call()).await? else {
            return Ok(Vec::new());
        };
        let empty = Stored {
            document: reset.clone(),
            ..stored.clone()
        };
        let state = |stored: &Stored| read_state(&operation, stored, &Value::Null);
        let (state, empty) = (state(&stored)?, state(&empty)?);
        let attributes = &self.kind.resource_schema().attributes;
        let mut settable = attributes.iter().filter(|(_, one)| {
            one.usage() != tfplugin::schema::Usage::Computed && !one.is_write_only()
        });
        let says_something = settable.any(|(name, _)| state.get(name) != empty.get(name));
        Ok(match says_something {
            true => vec![self.found(operation, stored)],
            false => Vec::new(),
        })
    }

    /// The sets of those objects of another kind that have one.
    async fn archives(&self, owner: &str) -> Result<Vec<Found<'a>>, Failure> {
        let kinds = resources::kinds();
        let Some(owner) = kinds.iter().find(|kind| kind.name == owner) else {
            return Ok(Vec::new());
        };
        let owners = Search {
            kind: owner,
            ..*self
        };
        let mut found = Vec::new();
        for owner in owners.children().await? {
            let operation = self.operation(&self.at(None, &owner.stored.key))?;
            if let Some(stored) = operation.store().read(operation.call()).await? {
                found.push(self.found(operation, stored));
            }
        }
        Ok(found)
    }

    async fn children(&self) -> Result<Vec<Found<'a>>, Failure> {
        let preferred = self.session.get()?.plane()?;
        let chosen = self.config.get("plane").as_str();
        let chosen = chosen.and_then(|plane| plane.parse::<Plane>().ok());
        // An import finds no more than one object of a name: which of them is said by its kind.
        let mut by_key: BTreeMap<String, Vec<Found<'a>>> = BTreeMap::new();
        for place in &self.kind.places {
            if chosen.is_some_and(|chosen| chosen != place.plane) {
                continue;
            }
            let operation = self.operation(&self.at(Some(place.plane), ""))?;
            for stored in operation.store().list(operation.call(), &[]).await? {
                if matches!(self.kind.store, StoreKind::Switch(_))
                    && is_switched_as_by_default(&stored.document)
                {
                    continue;
                }
                let at = self.at(Some(place.plane), &stored.key);
                let found = self.found(self.operation(&at)?, stored);
                by_key
                    .entry(found.stored.key.clone())
                    .or_default()
                    .push(found);
            }
        }
        let prefix = self.config.get(PREFIX).as_str().unwrap_or_default();
        let mut all = Vec::new();
        for several in by_key.into_values() {
            let Some(found) = home(self.kind, several, chosen.unwrap_or(preferred))? else {
                continue;
            };
            let named = match self.kind.key() {
                Key::ServerId => {
                    let state = read_state(&found.operation, &found.stored, &Value::Null)?;
                    display_name(&state).starts_with(prefix)
                }
                _ => found.stored.key.starts_with(prefix),
            };
            if named {
                all.push(found);
            }
        }
        Ok(all)
    }

    /// What addresses an object of the agent.
    fn at(&self, plane: Option<Plane>, key: &str) -> Value {
        let mut at = Value::map([("agent_id", self.config.get("agent_id").clone())]);
        if let Some(attribute) = self.kind.key().within_agent() {
            at.set(attribute, key.into());
        }
        if let Some(plane) = plane.filter(|_| self.kind.is_dual()) {
            at.set("plane", plane.as_str().into());
        }
        at
    }

    fn operation(&self, at: &Value) -> Result<Operation<'a>, Diagnostic> {
        let limit = |_: &Timeouts| ("read", TIMEOUT);
        Operation::new(self.kind, self.session, at, limit, self.cancel.clone())
    }

    fn found(&self, operation: Operation<'a>, stored: Stored) -> Found<'a> {
        let is_read = matches!(
            self.kind.store,
            StoreKind::Singleton { .. } | StoreKind::Archive(..)
        );
        // What stands in another document is not in a list.
        let is_listed_whole = operation.object.place.listed_whole && self.kind.companion.is_none();
        Found {
            is_whole: is_read || is_listed_whole,
            operation,
            stored,
        }
    }
}

/// Of the objects of one name, the one that an import finds.
fn home<'a>(
    kind: &Kind,
    mut several: Vec<Found<'a>>,
    preferred: Plane,
) -> Result<Option<Found<'a>>, Diagnostic> {
    if several.len() > 1 {
        let on =
            |plane: Plane| move |found: &Found<'_>| found.operation.object.target.plane == plane;
        if let Some(first) = several.iter().find(|found| on(preferred)(found)) {
            let state = read_state(&first.operation, &first.stored, &Value::Null)?;
            let home = kind.default_plane(&state, preferred);
            several.sort_by_key(|found| (!on(home)(found), !on(preferred)(found)));
        }
    }
    Ok(several.into_iter().next())
}
