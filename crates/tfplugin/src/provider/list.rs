//! List resources, for `terraform query`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// A list of the objects of a resource type.
#[async_trait]
pub trait ListResource: Send + Sync + 'static {
    /// Returns the full name of a resource type that has an identity.
    fn name(&self) -> &str;

    /// Returns the schema of the `config` block. Called once, at start.
    fn schema(&self) -> Schema;

    /// Performs checks beyond the schema. Must accept unknown values.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Finds the objects, and sends each one when it is found.
    ///
    /// # Errors
    /// Fails if the list is not complete. The host then discards the objects that it has received,
    /// so report an object that cannot be read with [`Results::failed`] instead.
    async fn list(&self, request: ListRequest, results: Results) -> Result<(), Diagnostics>;
}

/// A request for objects.
#[derive(Debug)]
#[non_exhaustive]
pub struct ListRequest {
    /// The configuration, without unknown values.
    pub config: Value,
    /// Whether to return the objects themselves, and not only their identities.
    pub include_object: bool,
    /// The maximum number of objects.
    pub limit: usize,
    /// Canceled when the user interrupts, or when the host needs no more objects.
    pub cancel: CancellationToken,
}

/// One object that was found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ListItem {
    /// Its identity, which must be complete, because an import is generated from it.
    pub identity: Value,
    /// The name for users.
    pub display_name: String,
    /// The object, if it was requested, without sensitive and write-only values.
    pub object: Option<Value>,
}

/// Receives found objects.
#[derive(Debug)]
pub struct Results {
    sender: mpsc::Sender<Message>,
    room: Arc<AtomicUsize>,
}

/// A message from a list.
#[derive(Debug)]
pub(crate) enum Message {
    /// An object.
    Item(ListItem),
    /// An object that cannot be shown, and why.
    Failed(Diagnostics),
    /// There are more objects than requested, with their total number if it is known.
    More(Option<usize>),
}

impl ListItem {
    /// Creates an item with only an identity.
    pub fn new(identity: Value, display_name: impl Into<String>) -> Self {
        Self {
            identity,
            display_name: display_name.into(),
            object: None,
        }
    }

    /// Adds the object itself.
    #[must_use]
    pub fn with_object(self, object: Value) -> Self {
        Self {
            object: Some(object),
            ..self
        }
    }
}

impl Results {
    pub(crate) fn new(limit: usize) -> (Self, mpsc::Receiver<Message>) {
        // A few objects may be read ahead of the host.
        let (sender, receiver) = mpsc::channel(4);
        let room = Arc::new(AtomicUsize::new(limit));
        (Self { sender, room }, receiver)
    }

    /// Sends an object, once the host has taken those before. Returns `false` if no more objects
    /// are needed, because the host is gone or because the limit was reached. Then there is nothing
    /// left to do.
    pub async fn send(&self, item: ListItem) -> bool {
        if self.is_full() {
            self.more(None).await;
            return false;
        }
        self.room.fetch_sub(1, Ordering::Relaxed);
        self.sender.send(Message::Item(item)).await.is_ok()
    }

    /// Reports an object that cannot be shown. Errors become warnings, and the list continues.
    /// Returns `false` if no more objects are needed.
    pub async fn failed(&self, why: impl Into<Diagnostics> + Send) -> bool {
        let message = Message::Failed(why.into());
        self.sender.send(message).await.is_ok()
    }

    /// Returns whether the limit was reached. If there are further objects, call [`Results::more`]
    /// instead of reading them.
    pub fn is_full(&self) -> bool {
        self.room.load(Ordering::Relaxed) == 0
    }

    /// Reports that there are more objects than requested, with their total number if it is known.
    /// Hosts do not report this, so the user gets a warning.
    pub async fn more(&self, all: Option<usize>) {
        // There is nobody to inform if the host is gone.
        let _ = self.sender.send(Message::More(all)).await;
    }
}
