//! What there is, for `terraform query`: the objects of every kind, for imports to be made from.

mod config;
mod find;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure::Budget;
use tfplugin::{
    Diagnostic, Diagnostics, ListItem, ListRequest, ListResource, Results, Schema, Value,
};

pub(crate) use find::{Failure, Place, agents};

use crate::kind::{Key, Kind};
use crate::lifecycle::{Operation, Verb, display_name, read_state, report};
use crate::resources;
use crate::session::SessionHandle;
use crate::stores::{StoreError, Stored};

/// How long a list may take, with waiting for a data plane that comes up.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Every list resource, working in a session.
pub fn list_resources(session: &SessionHandle) -> Vec<Arc<dyn ListResource>> {
    let kinds = resources::kinds().into_iter();
    let list = |kind| -> Arc<dyn ListResource> { Arc::new(KindListResource::new(kind, session)) };
    kinds.map(list).collect()
}

/// The list resource of a kind.
struct KindListResource {
    kind: Arc<Kind>,
    session: SessionHandle,
    name: String,
}

/// An object that is there: its place, and how its collection shows it.
struct Found<'a> {
    operation: Operation<'a>,
    stored: Stored,
    /// Whether reading it by itself would show nothing more.
    is_whole: bool,
}

impl KindListResource {
    fn new(kind: Arc<Kind>, session: &SessionHandle) -> Self {
        Self {
            name: kind.type_name(),
            kind,
            session: session.clone(),
        }
    }
}

/// Where found objects go: to the host, as long as it wants more.
struct Sink<'a> {
    kind: &'a Kind,
    results: &'a Results,
    include_object: bool,
    taken: usize,
}

impl Sink<'_> {
    /// Takes an object; how many follow it is told where that is known. False when no more are wanted.
    async fn take(&mut self, found: &Found<'_>, following: Option<usize>) -> bool {
        if self.results.is_full() {
            let all = following.map(|following| self.taken + 1 + following);
            self.results.more(all).await;
            return false;
        }
        self.taken += 1;
        match self.item(found).await {
            Ok(Some(item)) => self.results.send(item).await,
            Ok(None) => true,
            Err(why) => self.results.failed(why).await,
        }
    }

    /// An object as an import would find it; none when it has gone meanwhile.
    async fn item(&self, found: &Found<'_>) -> Result<Option<ListItem>, Diagnostic> {
        let Found {
            operation, stored, ..
        } = found;
        let identity = operation.object.identity(&stored.key);
        let view = read_state(operation, stored, &identity)?;
        let name = match (self.kind.key(), display_name(&view)) {
            (Key::ServerId, name) if !name.is_empty() => format!("{name} ({})", stored.key),
            (Key::Singleton, _) => self.kind.title.to_owned(),
            (_, "") => stored.key.clone(),
            (_, name) => name.to_owned(),
        };
        let item = ListItem::new(identity.clone(), name);
        if !self.include_object {
            return Ok(Some(item));
        }
        if found.is_whole {
            return Ok(Some(item.with_object(view)));
        }
        let read = operation.store().read(operation.call()).await;
        let read = read.map_err(|error| {
            let subject = operation.object.subject(display_name(&view));
            report(Verb::Look, &subject, &error)
        })?;
        let Some(whole) = read else { return Ok(None) };
        let state = read_state(operation, &whole, &identity)?;
        Ok(Some(item.with_object(state)))
    }
}

#[async_trait]
impl ListResource for KindListResource {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> Schema {
        config::schema(&self.kind)
    }

    async fn list(&self, request: ListRequest, results: Results) -> Result<(), Diagnostics> {
        let ListRequest { config, cancel, .. } = &request;
        let budget = Budget::new(TIMEOUT, cancel.clone());
        let mut sink = Sink {
            kind: &self.kind,
            results: &results,
            include_object: request.include_object,
            taken: 0,
        };
        let (kind, session) = (&self.kind, &self.session);
        find::all(kind, session, config, &budget, cancel, &mut sink).await
    }
}

/// What is told when a collection cannot be listed.
fn failed(kind: &Kind, config: &Value, error: &StoreError) -> Diagnostic {
    let other_plane = (kind.is_dual() && config.get("plane").is_null())
        .then(|| "Both planes are listed; set `plane` in `config` to list one of them.".to_owned());
    let detail = match error {
        StoreError::Azure(error) => crate::data_sources::told_with(error, other_plane),
        other => [Some(other.to_string()), other_plane]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
    Diagnostic::error(format!("Cannot list every {}", kind.title), detail)
}
