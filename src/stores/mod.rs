//! What reads and writes documents, whatever they mean.
//!
//! A store knows how the objects of a kind are addressed and which requests create, change and
//! delete them; what is in a document is not its business.
//!
//! - Protocols: [`tracked`], [`named`], [`server_id`], [`singleton`], [`upload`], [`archive`] and
//!   [`switch`], each a way of keeping objects
//! - Layers around a protocol, for what only some kinds need: [`contended`], [`prerequisite`] and [`companion`]
//! - What protocols share: [`requests`], [`visibility`] and [`ambiguous`]; and readers beside each
//!   other: [`listing`]

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
mod testing;
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
pub(crate) use requests::Pages;
use serde_json::Value as Json;
pub(crate) use switch::is_as_by_default as is_switched_as_by_default;
pub(crate) use tracked::act_on_agent;

use self::companion::WithCompanion;
use self::contended::Contended;
use self::named::Named;
use self::prerequisite::Prerequired;
use self::singleton::Singleton;
use crate::kind::{Address, Kind, Place, Plane, StoreKind};
use crate::session::locks::Lock;

/// One object: its agent, its plane and its key there.
#[derive(Clone, Debug)]
pub struct Target {
    /// The agent that it belongs to, or is.
    pub agent: AgentId,
    /// Where it is kept.
    pub plane: Plane,
    /// Its name, or the id that the service gave it; empty while there is none.
    pub key: String,
}

/// What every request needs.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The client.
    pub client: &'a Client,
    /// The kind of object.
    pub kind: &'a Kind,
    /// Where it is kept.
    pub place: &'a Place,
    /// Which one it is.
    pub target: &'a Target,
    /// Its collection.
    pub listing: &'a Listing,
    /// How long it may take.
    pub budget: &'a Budget,
    /// Whether a refusal because another operation runs is reported, and not waited out.
    pub conflicts_are_final: bool,
}

/// What an operation wants of the store of its kind.
#[derive(Clone, Debug)]
pub struct Options {
    /// To wait for what the service goes on doing after a write.
    pub waits: bool,
    /// To look at the second document of the object, where the kind has such documents.
    pub companion: bool,
    /// To upload this, where the kind has content that is no document.
    pub content: Option<Bytes>,
    /// The lock of the agent, where writes of the kind may exclude each other.
    pub contended: Option<Arc<Lock>>,
}

/// An object as the service holds it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its key.
    pub key: String,
    /// Its document.
    pub document: Json,
    /// Its version, where the service gives one.
    pub etag: Option<String>,
}

/// A new content for an object.
#[derive(Clone, Debug)]
pub struct Change {
    /// The document as it is, without what nobody may write.
    pub current: Json,
    /// The document as it is to be.
    pub desired: Json,
    /// The sub-objects that change, as JSON pointers, for stores that write those only.
    pub groups: BTreeSet<String>,
    /// The name, for envelopes that hold one.
    pub name: String,
    /// The version that `current` is of.
    pub etag: Option<String>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The client failed.
    #[error(transparent)]
    Azure(#[from] azure::Error),
    /// The answer is not in the envelope that it should be in.
    #[error("the response of the service does not have the documented format: {0}")]
    Envelope(String),
    /// An archive cannot be written or read.
    #[error("the provider cannot use the file archive: {0}")]
    Archive(std::io::Error),
    /// Somebody else has changed what is managed here.
    #[error(
        "somebody else changed the same arguments after the provider read them. Plan again to see \
         the changes"
    )]
    Changed,
    /// What the object needs was not asked for, or has not come about.
    #[error("the {what} of the agent is {found}, but the object requires {wanted}")]
    Prerequisite {
        /// What is needed.
        what: &'static str,
        /// What it must be.
        wanted: String,
        /// What it is.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// There is no such entry in a catalog of the service.
    #[error("the catalog does not contain {name:?}{}", similar(near))]
    NoEntry {
        /// The name that was asked for.
        name: String,
        /// Names that are in it and are spelled nearly so.
        near: Vec<String>,
    },
    /// The service refuses to empty a document that cannot be deleted.
    #[error("the service does not empty it: {0}")]
    Stays(azure::Error),
    /// An object is there still, though its deletion was accepted.
    #[error(
        "the service accepted the deletion, but the object still exists. Apply again. If the \
         service is slow, set a longer `timeouts.delete`"
    )]
    StillThere,
}

/// The end of a sentence about a name that is not there.
fn similar(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!(". Did you mean {near:?}?"),
    }
}

/// A write that failed, and how far it got.
#[derive(Debug)]
pub struct WriteFailure {
    /// What went wrong.
    pub error: StoreError,
    /// How far it got.
    pub reached: Reached,
}

/// How far a write got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Nothing was written.
    Nothing,
    /// The service goes on by itself; how it ends is not known.
    Accepted,
    /// The object under this key was written, and what became of it could not be read.
    Unread(String),
    /// The object under this key was written, or may have been.
    Written(String),
}

/// What reads and writes the objects of a kind.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads an object; `None` when a plane that is ready says that there is none.
    async fn read(&self, call: Call<'_>) -> Result<Option<Stored>, StoreError>;

    /// Objects that stand in the way of a new one of this name.
    async fn conflicting(&self, call: Call<'_>, name: &str) -> Result<Vec<Stored>, StoreError>;

    /// The objects of a collection.
    async fn list(
        &self,
        call: Call<'_>,
        query: &[(&str, &str)],
    ) -> Result<Vec<Stored>, StoreError> {
        requests::list(call, query).await
    }

    /// Creates an object, with all waiting.
    async fn create(
        &self,
        call: Call<'_>,
        name: &str,
        document: Json,
    ) -> Result<Stored, WriteFailure>;

    /// Changes an object, with all waiting.
    async fn update(&self, call: Call<'_>, change: Change) -> Result<Stored, WriteFailure>;

    /// Deletes an object, until its absence is proved. One that is gone already is no error.
    async fn delete(&self, call: Call<'_>) -> Result<(), StoreError>;

    /// Does something to an object by POST, with all waiting.
    async fn act(&self, call: Call<'_>, action: &str) -> Result<(), StoreError> {
        requests::act(call, action).await
    }
}

impl Kind {
    /// The store of this kind: its protocol, with the layers that it needs.
    pub fn store(&self, options: Options) -> Box<dyn Store + '_> {
        match &self.store {
            StoreKind::Tracked => Box::new(tracked::Tracked),
            StoreKind::Named(_) => self.layered(options),
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
            } => self.prerequired(Box::new(Singleton {
                reset: reset.clone(),
                may_stay: *may_stay,
            })),
            StoreKind::Upload(_, upload) => Box::new(upload::Files {
                upload,
                content: options.content,
            }),
            StoreKind::Switch(_) => Box::new(switch::Switch),
            StoreKind::Archive(..) => Box::new(archive::Archive),
        }
    }

    fn prerequired(&self, inner: Box<dyn Store>) -> Box<dyn Store> {
        match self.prerequisite {
            Some(prerequisite) => Box::new(Prerequired {
                inner,
                prerequisite,
            }),
            None => inner,
        }
    }

    fn layered(&self, options: Options) -> Box<dyn Store> {
        let mut store: Box<dyn Store> = Box::new(Named {
            waits: options.waits,
        });
        if let Some(lock) = options.contended {
            store = Box::new(Contended { inner: store, lock });
        }
        store = self.prerequired(store);
        if let Some(companion) = self.companion {
            store = Box::new(WithCompanion {
                inner: store,
                companion,
                is_read: options.companion,
            });
        }
        store
    }
}

impl Target {
    /// Its address, which does not depend on the plane.
    pub fn address(&self) -> Address {
        Address {
            agent: self.agent.clone(),
            key: self.key.clone(),
        }
    }

    /// The id: the ARM form on both planes.
    pub fn id(&self, kind: &Kind) -> String {
        self.address().id(kind)
    }
}

impl Change {
    /// The first content of an object.
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
    /// Nothing was written.
    fn nothing(error: impl Into<StoreError>) -> Self {
        Self {
            error: error.into(),
            reached: Reached::Nothing,
        }
    }

    /// The object of the call was written, and what became of it could not be read.
    fn unread(call: Call<'_>, error: StoreError) -> Self {
        Self {
            error,
            reached: Reached::Unread(call.target.key.clone()),
        }
    }

    /// Judges an error of the client: whether the service goes on, or may have written.
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

    /// The same after a look that has shown nothing of it.
    fn without_effect(self) -> Self {
        match self.reached {
            Reached::Accepted => self,
            _ => Self {
                reached: Reached::Nothing,
                ..self
            },
        }
    }

    /// Whether the write may have been carried out although it was answered with a failure, or not
    /// at all.
    fn is_ambiguous(&self) -> bool {
        matches!(&self.error, StoreError::Azure(error)
            if is_ambiguous(error) && !matches!(self.reached, Reached::Unread(_)))
    }
}

/// The same of an error. Some builds of the service answer 405, or with a page, to what they have
/// carried out.
fn is_ambiguous(error: &azure::Error) -> bool {
    use azure::ErrorKind::{MethodNotAllowed, NotJson};
    let may_mislead = matches!(error.kind(), MethodNotAllowed | NotJson);
    !error.was_accepted() && (error.may_have_been_applied() || may_mislead)
}

/// Whether it was this side that ended the exchange.
fn gave_up(error: &azure::Error) -> bool {
    use azure::ErrorKind::{Canceled, DeadlineExceeded};
    matches!(error.kind(), Canceled | DeadlineExceeded)
}
