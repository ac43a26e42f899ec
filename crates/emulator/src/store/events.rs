//! Events for listeners, which are sent after their transaction is committed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;

/// How many events a listener may be behind before it gets an error.
const BACKLOG: usize = 4096;

/// The listeners, by topic.
#[derive(Debug, Default)]
pub(crate) struct Events {
    topics: Mutex<HashMap<String, broadcast::Sender<Arc<str>>>>,
}

impl Events {
    /// Subscribes to a topic.
    pub(crate) fn subscribe(&self, topic: &str) -> broadcast::Receiver<Arc<str>> {
        let mut topics = self.lock();
        topics.retain(|_, sender| sender.receiver_count() > 0);
        let sender = topics
            .entry(topic.to_owned())
            .or_insert_with(|| broadcast::Sender::new(BACKLOG));
        sender.subscribe()
    }

    /// Returns whether anyone listens to a topic.
    pub(crate) fn is_heard(&self, topic: &str) -> bool {
        let topics = self.lock();
        topics
            .get(topic)
            .is_some_and(|sender| sender.receiver_count() > 0)
    }

    pub(super) fn send(&self, topic: &str, told: Arc<str>) {
        if let Some(sender) = self.lock().get(topic) {
            // An error means that the last listener has just disappeared.
            let _ = sender.send(told);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, broadcast::Sender<Arc<str>>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
