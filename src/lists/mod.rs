//! The existing objects of every kind, from which `terraform query` and `export` generate imports.

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

/// The time limit of a list, including the wait for a data plane that starts.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Returns all list resources in a session.
pub fn list_resources(session: &SessionHandle) -> Vec<Arc<dyn ListResource>> {
    let kinds = resources::kinds().into_iter();
    let list = |kind| -> Arc<dyn ListResource> { Arc::new(KindListResource::new(kind, session)) };
    kinds.map(list).collect()
}

/// Returns all objects of a kind that match a configuration, sorted by name. They are complete, and
/// include those that cannot be read.
///
/// # Errors
/// Returns an error if the list fails.
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
        object: Err(Diagnostic::error(
            "Unexpected format",
            format!("{}.", StoreError::from(reason)),
        )),
        name,
    }));
    listed.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(listed)
}

/// Returns the complete agent with an id, or `None` if it does not exist.
///
/// # Errors
/// Returns an error if the agent cannot be read.
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

/// An existing object, as its collection returns it.
struct Found<'a> {
    operation: Operation<'a>,
    stored: Stored,
    /// Whether the listed object is complete.
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

/// Returns the error for a collection that cannot be listed.
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
