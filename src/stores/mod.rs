//! Stores, which read and write documents regardless of their meaning.
//!
//! A store knows how the objects of a kind are addressed, and which requests create, update and
//! delete them. It does not interpret documents.
//!
//! - Protocols, each of which keeps objects in its own way: [`tracked`], [`named`], [`server_id`],
//!   [`singleton`], [`upload`], [`archive`] and [`switch`]
//! - Layers around a protocol that only some kinds need: [`contended`], [`prerequisite`] and
//!   [`companion`]
//! - Shared code of the protocols: [`requests`], [`visibility`] and [`ambiguous`], and [`listing`]
//!   for concurrent readers

mod ambiguous;
pub(crate) mod archive;
mod by_product;
mod companion;
mod contended;
mod listing;
mod named;
mod prerequisite;
mod requests;
mod server_id;
mod singleton;
mod switch;
#[cfg(test)]
pub(crate) mod testing;
mod tracked;
mod upload;
mod visibility;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use azure::id::AgentId;
use azure::{Budget, Client};
pub(crate) use by_product::remove as remove_by_product;
use bytes::Bytes;
pub use listing::{Listing, Listings, Reader, WORTHWHILE};
pub(crate) use prerequisite::until_met;
pub(crate) use requests::Pages;
use serde_json::Value as Json;
pub(crate) use switch::is_default as is_default_switch;
pub(crate) use tracked::act_on_agent;

use self::companion::WithCompanion;
use self::contended::Contended;
use self::named::Named;
use self::prerequisite::Prerequired;
use self::singleton::Singleton;
use crate::kind::{Address, EnvelopeError, Kind, Place, Plane, StoreKind};
use crate::session::locks::Lock;

/// The location of an object: its agent, plane and key.
#[derive(Clone, Debug)]
pub struct Target {
    /// The agent that the object is, or that it belongs to.
    pub agent: AgentId,
    /// The plane that keeps the object.
    pub plane: Plane,
    /// The name of the object, or the id that the service assigned to it. Empty if it has none
    /// yet.
    pub key: String,
}

/// The context of every request.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The client of the service.
    pub client: &'a Client,
    /// The kind of the object.
    pub kind: &'a Kind,
    /// The place of the object.
    pub place: &'a Place,
    /// The location of the object.
    pub target: &'a Target,
    /// The collection of the object.
    pub listing: &'a Listing,
    /// The time limit of the operation.
    pub budget: &'a Budget,
    /// Whether a refusal because of another operation is reported instead of waited out.
    pub conflicts_are_final: bool,
}

/// The options of an operation for the store of its kind.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to wait for work that the service continues after a write.
    pub waits: bool,
    /// Whether to read the second document of the object, if the kind has such documents.
    pub companion: bool,
    /// The content to upload, if the kind has content that is not a document.
    pub content: Option<Bytes>,
    /// The lock of the agent, if writes of the kind may conflict with each other.
    pub contended: Option<Arc<Lock>>,
}

/// An object as the service stores it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The key of the object.
    pub key: String,
    /// The document of the object.
    pub document: Json,
    /// The version of the object, if the service reports one.
    pub etag: Option<String>,
}

/// An update of an object.
#[derive(Clone, Debug)]
pub struct Change {
    /// The writable part of the current document.
    pub current: Json,
    /// The desired document.
    pub desired: Json,
    /// The sub-objects that change, as JSON pointers, for stores that write only those.
    pub groups: BTreeSet<String>,
    /// The name, for envelopes that contain one.
    pub name: String,
    /// The version of `current`.
    pub etag: Option<String>,
}

/// An error of a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A request failed.
    #[error(transparent)]
    Azure(#[from] azure::Error),
    /// A response does not have the documented envelope.
    #[error("the response of the service does not have the documented format: {0}")]
    Envelope(#[from] EnvelopeError),
    /// An upload has no content.
    #[error("there is no content to upload")]
    NoContent,
    /// An archive cannot be written or read.
    #[error("the provider cannot use the file archive: {0}")]
    Archive(std::io::Error),
    /// Somebody else has changed the managed arguments.
    #[error(
        "somebody else changed the same arguments after the provider read them. Plan again to see \
         the changes"
    )]
    Changed,
    /// A prerequisite of the object was not requested, or is not reached.
    #[error("the {what} of the agent is {found}, but the object requires {wanted}")]
    Prerequisite {
        /// The name of the prerequisite.
        what: &'static str,
        /// The state that the object requires.
        wanted: String,
        /// The current state.
        found: String,
        /// The advice for the user.
        remedy: &'static str,
    },
    /// A catalog of the service does not contain an entry.
    #[error("the catalog does not contain {name:?}{}", similar(near))]
    NoEntry {
        /// The name of the entry.
        name: String,
        /// The names of entries with a similar spelling.
        near: Vec<String>,
    },
    /// The service refuses to empty a document that cannot be deleted.
    #[error("the service does not empty it: {0}")]
    Stays(azure::Error),
    /// An object still exists although the service accepted its deletion.
    #[error(
        "the service accepted the deletion, but the object still exists. Apply again. If the \
         service is slow, set a longer `timeouts.delete`"
    )]
    StillThere,
}

/// Returns the end of the message about a missing name, with similar names.
fn similar(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!(". Did you mean {near:?}?"),
    }
}

/// A failed write, and how far it got.
#[derive(Debug)]
pub struct WriteFailure {
    /// The error.
    pub error: StoreError,
    /// How far the write got.
    pub reached: Reached,
}

/// How far a write got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Nothing was written.
    Nothing,
    /// The service accepted the write and continues it. Its result is unknown.
    Accepted,
    /// The object with this key was written, but could not be read back.
    Unread(String),
    /// The object with this key was written, or may have been.
    Written(String),
}

/// A protocol for the objects of a kind.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads an object. Returns `None` only if the plane is ready and does not have the object.
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError>;

    /// Returns the objects that conflict with the creation of an object with this name.
    async fn conflicting(&self, call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError>;

    /// Lists the objects of a collection.
    async fn list(
        &self,
        call: Call<'_>,
        query: &[(&str, &str)],
    ) -> Result<Vec<Stored>, StoreError> {
        requests::list(call, query).await
    }

    /// Creates an object, and waits until it can be read.
    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure>;

    /// Updates an object, and waits until the change can be read.
    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure>;

    /// Deletes an object, and waits until its absence is proved. Succeeds if it is already gone.
    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError>;

    /// Runs an action of an object by POST, and waits for it.
    async fn act(&self, call: Call<'_>, action: &str) -> Result<(), StoreError> {
        requests::act(call, action).await
    }
}

impl Kind {
    /// Returns the store of this kind: its protocol with the layers that it needs.
    pub fn store(&self, options: Options) -> Box<dyn Store + '_> {
        let mut store = self.protocol(options.waits, options.content);
        if let Some(lock) = options.contended {
            store = Box::new(Contended { inner: store, lock });
        }
        if let Some(prerequisite) = self.prerequisite {
            store = Box::new(Prerequired {
                inner: store,
                prerequisite,
            });
        }
        if let Some(companion) = self.companion {
            store = Box::new(WithCompanion {
                inner: store,
                companion,
                is_read: options.companion,
            });
        }
        store
    }

    fn protocol(&self, waits: bool, content: Option<Bytes>) -> Box<dyn Store + '_> {
        match &self.store {
            StoreKind::Tracked => Box::new(tracked::Tracked),
            StoreKind::Named(_) => Box::new(Named { waits }),
            StoreKind::ServerId {
                member,
                create,
                created,
            } => Box::new(server_id::ServerId {
                member,
                create,
                created,
            }),
            StoreKind::Singleton {
                reset, may_stay, ..
            } => Box::new(Singleton {
                reset: reset.clone(),
                may_stay: *may_stay,
            }),
            StoreKind::Upload(_, upload) => Box::new(upload::Files { upload, content }),
            StoreKind::Switch(_) => Box::new(switch::Switch),
            StoreKind::Archive(..) => Box::new(archive::Archive),
        }
    }
}

impl Target {
    /// Returns the address, which does not depend on the plane.
    pub fn address(&self) -> Address {
        Address {
            agent: self.agent.clone(),
            key: self.key.clone(),
        }
    }

    /// Returns the id in the ARM format, for both planes.
    pub fn id(&self, kind: &Kind) -> String {
        self.address().id(kind)
    }
}

impl Change {
    /// Returns the change that creates an object.
    pub(crate) fn first(name: &str, document: Json) -> Self {
        Self {
            current: Json::Null,
            desired: document,
            groups: BTreeSet::new(),
            name: name.to_owned(),
            etag: None,
        }
    }
}

impl WriteFailure {
    /// Returns the failure of a write that wrote nothing.
    fn nothing(error: impl Into<StoreError>) -> Self {
        Self {
            error: error.into(),
            reached: Reached::Nothing,
        }
    }

    /// Returns the failure to read back the object that was written.
    fn unread(call: Call<'_>, error: StoreError) -> Self {
        Self {
            error,
            reached: Reached::Unread(call.target.key.clone()),
        }
    }

    /// Classifies an error of the client by how far the write may have got.
    fn of(error: azure::Error, key: &str) -> Self {
        let reached = if error.kind() == azure::ErrorKind::OperationFailed {
            Reached::Written(key.to_owned())
        } else if error.was_accepted() || (error.may_have_been_applied() && gave_up(&error)) {
            Reached::Accepted
        } else if error.may_have_been_applied() {
            Reached::Written(key.to_owned())
        } else {
            Reached::Nothing
        };
        Self {
            error: error.into(),
            reached,
        }
    }

    /// Returns the failure after a search has shown that the write had no effect.
    fn without_effect(self) -> Self {
        match self.reached {
            Reached::Accepted => self,
            _ => Self {
                reached: Reached::Nothing,
                ..self
            },
        }
    }

    /// Returns whether the write may have succeeded despite the failure.
    fn is_ambiguous(&self) -> bool {
        matches!(&self.error, StoreError::Azure(error)
            if is_ambiguous(error) && !matches!(self.reached, Reached::Unread(_)))
    }
}

/// Returns whether a request may have succeeded despite the error. Some builds of the service
/// respond with 405, or with a web page, to requests that succeed.
fn is_ambiguous(error: &azure::Error) -> bool {
    use azure::ErrorKind::{MethodNotAllowed, NotJson};
    let may_mislead = matches!(error.kind(), MethodNotAllowed | NotJson);
    !error.was_accepted() && (error.may_have_been_applied() || may_mislead)
}

/// Returns whether the client ended the exchange.
fn gave_up(error: &azure::Error) -> bool {
    use azure::ErrorKind::{Canceled, DeadlineExceeded};
    matches!(error.kind(), Canceled | DeadlineExceeded)
}
