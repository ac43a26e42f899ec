//! List resources: what there is, for `terraform query`.

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
    /// The full name of a resource type that has an identity.
    fn name(&self) -> &str;

    /// The shape of the `config` block. Asked once, at start.
    fn schema(&self) -> Schema;

    /// Checks a configuration beyond its schema. Unknown values are no error.
    fn validate(&self, _config: &Value, _diagnostics: &mut Diagnostics) {}

    /// Finds the objects, and sends each as it is found.
    ///
    /// # Errors
    /// What kept the list from being whole. The host throws away what it has got until then, so an
    /// object that cannot be read is no error but [`Results::failed`].
    async fn list(&self, request: ListRequest, results: Results) -> Result<(), Diagnostics>;
}

/// Objects to find.
#[derive(Debug)]
#[non_exhaustive]
pub struct ListRequest {
    /// The configuration, wholly known.
    pub config: Value,
    /// Whether the objects themselves are wanted, and not only what identifies them.
    pub include_object: bool,
    /// How many are wanted.
    pub limit: usize,
    /// Ends when the user interrupts, or when the host wants no more.
    pub cancel: CancellationToken,
}

/// One object that was found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ListItem {
    /// Its identity, complete: it is what an import is made from.
    pub identity: Value,
    /// What a person calls it.
    pub display_name: String,
    /// The object, where it was asked for. Sensitive and write-only values are left out of it.
    pub object: Option<Value>,
}

/// Where found objects go.
#[derive(Debug)]
pub struct Results {
    sender: mpsc::Sender<Message>,
    room: Arc<AtomicUsize>,
}

/// What a list tells on its way.
#[derive(Debug)]
pub(crate) enum Message {
    /// An object.
    Item(ListItem),
    /// One that cannot be shown, and why.
    Failed(Diagnostics),
    /// There are more objects than are wanted; how many there are in all, if that is known.
    More(Option<usize>),
}

impl ListItem {
    /// An object by its identity alone.
    pub fn new(identity: Value, display_name: impl Into<String>) -> Self {
        Self {
            identity,
            display_name: display_name.into(),
            object: None,
        }
    }

    /// The same with the object itself.
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

    /// Sends an object, once the host has taken those before. False when no more are wanted, because the
    /// host is gone or because there was no room for this one: then there is nothing left to do.
    pub async fn send(&self, item: ListItem) -> bool {
        if self.is_full() {
            self.more(None).await;
            return false;
        }
        self.room.fetch_sub(1, Ordering::Relaxed);
        self.sender.send(Message::Item(item)).await.is_ok()
    }

    /// Tells of an object that cannot be shown: errors become warnings, and the list goes on. False when
    /// no more are wanted.
    pub async fn failed(&self, why: impl Into<Diagnostics> + Send) -> bool {
        let message = Message::Failed(why.into());
        self.sender.send(message).await.is_ok()
    }

    /// Whether as many objects as are wanted were sent. Whoever has found another one says so with
    /// [`Results::more`] instead of reading it.
    pub fn is_full(&self) -> bool {
        self.room.load(Ordering::Relaxed) == 0
    }

    /// Tells that there are more objects than are wanted, and how many there are in all, if that is known.
    /// Hosts say nothing of it, so the user is warned.
    pub async fn more(&self, all: Option<usize>) {
        // Nobody is left to be told when the host is gone.
        let _ = self.sender.send(Message::More(all)).await;
    }
}
