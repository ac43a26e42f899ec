//! What there is, for `terraform query` and `export`: the objects of every kind, for imports to be made from.

mod config;
mod find;
mod sink;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure::Budget;
use tfplugin::{Diagnostic, Diagnostics, ListRequest, ListResource, Results, Schema, Value};
use tokio_util::sync::CancellationToken;

pub(crate) use find::{Failure, Place, agents};
pub(crate) use sink::Listed;

use self::sink::Sink;
use crate::kind::{Kind, Timeouts};
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

/// All objects of a kind that a configuration asks for, whole, with those that cannot be shown; by name.
///
/// # Errors
/// When the list cannot be had.
pub(crate) async fn objects(
    kind: &Kind,
    session: &SessionHandle,
    config: &Value,
    cancel: &CancellationToken,
) -> Result<Vec<Listed>, Diagnostics> {
    let budget = Budget::new(TIMEOUT, cancel.clone());
    let mut sink = Sink::All {
        kind,
        listed: Vec::new(),
    };
    find::all(kind, session, config, &budget, cancel, &mut sink).await?;
    let mut listed = match sink {
        Sink::All { listed, .. } => listed,
        Sink::Host { .. } => Vec::new(),
    };
    let odd = find::odd(kind, session, config, cancel)?.into_iter();
    listed.extend(odd.map(|(name, reason)| Listed {
        object: Err(Diagnostic::error("Unexpected format", reason)),
        name,
    }));
    listed.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(listed)
}

/// The agent of an id, whole; none where there is none.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn agent(
    kind: &Kind,
    session: &SessionHandle,
    at: &Value,
    cancel: &CancellationToken,
) -> Result<Option<Value>, Diagnostic> {
    let limit = |timeouts: &Timeouts| ("read", timeouts.read);
    let operation = Operation::new(kind, session, at, limit, cancel.clone())?;
    let read = operation.store().read(operation.call()).await;
    let subject = operation.object.subject(display_name(at));
    let read = read.map_err(|error| report(Verb::Look, &subject, &error))?;
    read.map(|stored| read_state(&operation, &stored, at))
        .transpose()
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
        let mut sink = Sink::Host {
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
    let other_plane = (kind.is_dual() && config.get("plane").is_null()).then(|| {
        "The provider lists both planes. To list only one of them, set `plane` in `config`."
            .to_owned()
    });
    let detail = match error {
        StoreError::Azure(error) => crate::data_sources::told_with(error, other_plane),
        other => [Some(other.to_string()), other_plane]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
    Diagnostic::error(
        format!("Cannot list all objects of the kind {}", kind.title),
        detail,
    )
}
