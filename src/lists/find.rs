//! Search for existing objects. They are passed on as they are found, so that later pages are read
//! only on demand.

use std::collections::{BTreeMap, HashSet, VecDeque};

use azure::id::{self, AgentId};
use azure::{Budget, Request};
use tfplugin::{Diagnostic, Diagnostics, Value};
use tokio_util::sync::CancellationToken;

use super::config::PREFIX;
use super::sink::Sink;
use super::{Found, TIMEOUT, failed};
use crate::kind::{self, EnvelopeError, Key, Kind, Plane, SINGLETON, StoreKind, Timeouts};
use crate::lifecycle::{Operation, display_name, read_state};
use crate::resources;
use crate::session::SessionHandle;
use crate::stores::{Pages, StoreError, Stored, is_default_switch};

/// The scope of a search for agents.
pub(crate) struct Place<'a> {
    /// The subscription. Defaults to that of the provider.
    pub(crate) subscription: Option<&'a str>,
    /// The resource group. Defaults to all groups.
    pub(crate) group: Option<&'a str>,
}

/// Sends the objects of a kind that match a configuration to the sink, until it wants no more.
pub(super) async fn all(
    kind: &Kind,
    session: &SessionHandle,
    config: &Value,
    budget: &Budget,
    cancel: &CancellationToken,
    sink: &mut Sink<'_>,
) -> Result<(), Diagnostics> {
    let search = Search {
        kind,
        session,
        config,
        budget,
        cancel,
    };
    match &kind.store {
        StoreKind::Tracked => search.agents(sink).await,
        store => match store.owner() {
            Some(owner) => search.owned(owner, sink).await,
            None if matches!(store, StoreKind::Singleton { .. }) => search.singleton(sink).await,
            None => search.children(sink).await,
        },
    }
    .map_err(|error| match error {
        Failure::Store(error) => failed(kind, config, &error).into(),
        Failure::Told(told) => told.into(),
    })
}

/// Returns the objects that the last lists of a configuration left out, by key, with the reason.
pub(super) fn odd(
    kind: &Kind,
    session: &SessionHandle,
    config: &Value,
    cancel: &CancellationToken,
) -> Result<BTreeMap<String, EnvelopeError>, Diagnostic> {
    let search = Search {
        kind,
        session,
        config,
        budget: &Budget::detached(TIMEOUT),
        cancel,
    };
    let mut odd = BTreeMap::new();
    if !kind.is_listed() || kind.key() == Key::Agent {
        return Ok(odd);
    }
    for place in search.places() {
        let operation = search.operation(&search.at(Some(place.plane), ""))?;
        odd.extend(operation.listing.odd());
    }
    Ok(odd)
}

/// Returns the agents of a subscription or resource group, by id.
pub(crate) async fn agents(
    session: &SessionHandle,
    place: &Place<'_>,
    budget: &Budget,
) -> Result<Vec<(AgentId, serde_json::Value)>, Failure> {
    let request = agents_of(session, place)?;
    let client = &session.get()?.client;
    let bodies = client.arm_list(request, budget).await;
    let bodies = bodies.map_err(StoreError::Azure)?.into_iter();
    let mut agents: Vec<_> = bodies.filter_map(with_id).collect();
    agents.sort_by_cached_key(|(agent, _)| agent.to_string());
    Ok(agents)
}

/// Returns the request for the list of agents.
fn agents_of(session: &SessionHandle, place: &Place<'_>) -> Result<Request, Failure> {
    let subscription = place.subscription.map(str::to_owned);
    let subscription = subscription.or_else(|| session.preferences().1);
    let subscription = subscription.ok_or_else(|| session.no_subscription())?;
    let mut path = format!("/subscriptions/{subscription}");
    if let Some(group) = place.group {
        let group = id::encode_segment(group).map_err(|error| {
            Diagnostic::error("Invalid resource group name", format!("{error}."))
                .at("resource_group_name")
        })?;
        path.push_str(&format!("/resourceGroups/{group}"));
    }
    Ok(Request::get(format!(
        "{path}/providers/Microsoft.App/agents"
    )))
}

/// Returns an agent with its parsed id, if that is valid.
fn with_id(document: serde_json::Value) -> Option<(AgentId, serde_json::Value)> {
    let id = document.get("id")?.as_str()?;
    Some((AgentId::parse(id).ok()?, document))
}

/// The reason why a search failed.
pub(crate) enum Failure {
    /// The request failed.
    Store(StoreError),
    /// The request could not be made.
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
    async fn agents(&self, sink: &mut Sink<'_>) -> Result<(), Failure> {
        let place = Place {
            subscription: self.config.get("subscription_id").as_str(),
            group: self.config.get("resource_group_name").as_str(),
        };
        let request = agents_of(self.session, &place)?;
        let client = &self.session.get()?.client;
        let pages = client.arm_pages(request, self.budget).await;
        let mut pages = pages.map_err(StoreError::Azure)?;
        let wanted = self.config.get("name").as_str();
        let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name));
        while let Some(page) = pages.next(self.budget).await.map_err(StoreError::Azure)? {
            let mut found = Vec::new();
            for (agent, document) in page.into_iter().filter_map(with_id) {
                if !is_wanted(agent.name()) {
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
            if !sink.take_page(&found, pages.is_over()).await {
                break;
            }
        }
        Ok(())
    }

    /// Sends the singleton of an agent, if it has content.
    async fn singleton(&self, sink: &mut Sink<'_>) -> Result<(), Failure> {
        let operation = self.operation(&self.at(None, SINGLETON))?;
        if let Some(stored) = operation.store().read(operation.call()).await?
            && self.has_content(&operation, &stored)?
        {
            sink.take(&self.found(operation, stored), Some(0)).await;
        }
        Ok(())
    }

    /// Returns whether a document differs from one that was never written.
    fn has_content(&self, operation: &Operation<'_>, stored: &Stored) -> Result<bool, Failure> {
        let StoreKind::Singleton { reset, .. } = &self.kind.store else {
            return Ok(true);
        };
        let empty = Stored {
            document: reset.clone(),
            ..stored.clone()
        };
        let state = |stored: &Stored| read_state(operation, stored, &Value::Null);
        let (state, empty) = (state(stored)?, state(&empty)?);
        let attributes = &self.kind.resource_schema().attributes;
        let mut settable = attributes.iter().filter(|(_, one)| {
            one.usage() != tfplugin::schema::Usage::Computed && !one.is_write_only()
        });
        Ok(settable.any(|(name, _)| state.get(name) != empty.get(name)))
    }

    /// Sends the documents that objects of another kind own.
    async fn owned(&self, owner: &str, sink: &mut Sink<'_>) -> Result<(), Failure> {
        let kinds = resources::kinds();
        let Some(owner) = kinds.iter().find(|kind| kind.name == owner) else {
            return Ok(());
        };
        let owners = Search {
            kind: owner,
            ..*self
        };
        let mut owners = Children::new(&owners)?;
        while let Some(page) = owners.next().await? {
            for owner in page {
                let operation = self.operation(&self.at(None, &owner.stored.key))?;
                if let Some(stored) = operation.store().read(operation.call()).await?
                    && self.has_content(&operation, &stored)?
                    && !sink.take(&self.found(operation, stored), None).await
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn children(&self, sink: &mut Sink<'_>) -> Result<(), Failure> {
        let mut children = Children::new(self)?;
        while let Some(page) = children.next().await? {
            if !sink.take_page(&page, children.is_over()).await {
                break;
            }
        }
        Ok(())
    }

    /// Returns the plane of the configuration.
    fn chosen(&self) -> Option<Plane> {
        self.config.get("plane").as_str()?.parse().ok()
    }

    /// Returns the places of the kind to search.
    fn places(&self) -> impl Iterator<Item = &'a kind::Place> + use<'a> {
        let chosen = self.chosen();
        let places = self.kind.places.iter();
        places.filter(move |place| chosen.is_none_or(|chosen| chosen == place.plane))
    }

    /// Returns the values that identify an object of the agent.
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
        // A list does not contain second documents.
        let is_listed_whole = operation.object.place.listed_whole && self.kind.companion.is_none();
        Found {
            is_whole: is_read || is_listed_whole,
            operation,
            stored,
        }
    }
}

/// The objects of a kind in an agent, page by page. The preferred plane comes first. If both planes
/// have an object with the same name, the search returns the one that an import finds.
struct Children<'a, 'b> {
    search: &'b Search<'a, 'b>,
    preferred: Plane,
    prefix: &'b str,
    /// The places that are not listed yet.
    places: VecDeque<&'a kind::Place>,
    /// The place that is being listed.
    current: Option<(Operation<'a>, Pages)>,
    /// The names of the objects found so far, if another plane may have them, too.
    seen: HashSet<String>,
    /// The objects that belong on a plane which is not listed yet. They are returned only if that
    /// plane does not have them.
    held: BTreeMap<String, Found<'a>>,
}

impl<'a, 'b> Children<'a, 'b> {
    fn new(search: &'b Search<'a, 'b>) -> Result<Self, Failure> {
        let preferred = match search.chosen() {
            Some(chosen) => chosen,
            None => search.session.get()?.plane()?,
        };
        let mut places: Vec<_> = search.places().collect();
        places.sort_by_key(|place| place.plane != preferred);
        Ok(Self {
            search,
            preferred,
            prefix: search.config.get(PREFIX).as_str().unwrap_or_default(),
            places: places.into(),
            current: None,
            seen: HashSet::new(),
            held: BTreeMap::new(),
        })
    }

    /// Returns whether there are no more pages.
    fn is_over(&self) -> bool {
        let is_listed = |(_, pages): &(Operation<'_>, Pages)| pages.is_over();
        self.places.is_empty()
            && self.held.is_empty()
            && self.current.as_ref().is_none_or(is_listed)
    }

    /// Returns the next page, or `None` after the last one.
    async fn next(&mut self) -> Result<Option<Vec<Found<'a>>>, Failure> {
        let search = self.search;
        loop {
            let Some((operation, pages)) = &mut self.current else {
                if let Some(place) = self.places.pop_front() {
                    let operation = search.operation(&search.at(Some(place.plane), ""))?;
                    let pages = Pages::of(operation.call()).await?;
                    self.current = Some((operation, pages));
                    continue;
                }
                // These objects belong on the other plane, but it does not have them.
                let held = std::mem::take(&mut self.held);
                let rest: Vec<_> = held.into_values().collect();
                return Ok((!rest.is_empty()).then_some(rest));
            };
            let Some(page) = pages.next(operation.call()).await? else {
                self.current = None;
                continue;
            };
            let plane = operation.object.target.plane;
            let mut found = Vec::new();
            for stored in page {
                let at = search.at(Some(plane), &stored.key);
                let one = search.found(search.operation(&at)?, stored);
                found.extend(self.admit(one, plane));
            }
            return Ok(Some(found));
        }
    }

    /// Returns an object if it matches the configuration and is the one that an import finds.
    fn admit(&mut self, found: Found<'a>, plane: Plane) -> Option<Found<'a>> {
        let (kind, key) = (self.search.kind, &found.stored.key);
        if matches!(kind.store, StoreKind::Switch(_)) && is_default_switch(&found.stored.document) {
            return None;
        }
        // An object that cannot be read is reported by the sink.
        let state = || read_state(&found.operation, &found.stored, &Value::Null);
        let is_named = match kind.key() {
            Key::ServerId => {
                state().map_or(true, |state| display_name(&state).starts_with(self.prefix))
            }
            _ => key.starts_with(self.prefix),
        };
        if !is_named || self.seen.contains(key) {
            return None;
        }
        // The object that was held back belongs on this plane.
        self.held.remove(key);
        if self.places.is_empty() {
            return Some(found);
        }
        let home = state().map_or(plane, |state| kind.default_plane(&state, self.preferred));
        if self.places.iter().any(|place| place.plane == home) {
            self.held.insert(key.clone(), found);
            return None;
        }
        self.seen.insert(key.clone());
        Some(found)
    }
}
