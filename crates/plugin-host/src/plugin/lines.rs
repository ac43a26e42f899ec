//! Output of a process, line by line.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufRead, AsyncBufReadExt};
use tokio::sync::Notify;
use tokio::time::timeout;

/// The lines that a process has written so far.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Mutex<Vec<String>>,
    ended: AtomicBool,
    changed: Notify,
}

impl Lines {
    /// Returns all lines so far.
    pub fn all(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// Waits for a line. An earlier line counts as well.
    pub async fn find(&self, limit: Duration, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let search = self.until(|| self.lock().iter().find(|line| wanted(line)).cloned());
        timeout(limit, search).await.with_context(|| {
            format!(
                "no such line within {limit:?}; there are:\n{}",
                self.joined()
            )
        })
    }

    /// Returns the whole output of a process that has ended, or will end within the limit.
    pub(super) async fn complete(&self, limit: Duration) -> String {
        let end = self.until(|| self.ended.load(Ordering::Acquire).then_some(()));
        // A grandchild may keep the stream open. Then this returns what has been written.
        let _ = timeout(limit, end).await;
        self.joined()
    }

    async fn until<T>(&self, found: impl Fn() -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before the check, so that no change is missed between check and wait.
            changed.as_mut().enable();
            if let Some(found) = found() {
                return found;
            }
            changed.await;
        }
    }

    pub(super) fn joined(&self) -> String {
        self.lock().join("\n")
    }

    /// Reads until the other side closes.
    pub(super) fn collect(source: impl AsyncBufRead + Send + Unpin + 'static) -> Arc<Self> {
        let collected = Arc::new(Self::default());
        let target = collected.clone();
        tokio::spawn(async move {
            let mut source = source;
            let mut bytes = Vec::new();
            // Read as bytes, because a plugin may write something that is not UTF-8.
            while source
                .read_until(b'\n', &mut bytes)
                .await
                .is_ok_and(|count| count > 0)
            {
                let line = String::from_utf8_lossy(&bytes)
                    .trim_end_matches(['\r', '\n'])
                    .to_owned();
                target.lock().push(line);
                target.changed.notify_waiters();
                bytes.clear();
            }
            target.ended.store(true, Ordering::Release);
            target.changed.notify_waiters();
        });
        collected
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        // The vector is consistent at every moment, so it stays usable after a panic.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_found_before_and_after_they_are_written() {
        let (mut writer, reader) = tokio::io::duplex(64);
        let lines = Lines::collect(tokio::io::BufReader::new(reader));
        let limit = Duration::from_secs(5);
        tokio::io::AsyncWriteExt::write_all(&mut writer, b"one\ntwo\n")
            .await
            .unwrap();
        assert_eq!(
            lines
                .find(limit, |line| line.starts_with("tw"))
                .await
                .unwrap(),
            "two"
        );
        assert_eq!(
            lines.find(limit, |line| line == "one").await.unwrap(),
            "one"
        );
        assert!(
            lines
                .find(Duration::from_millis(1), |line| line == "three")
                .await
                .is_err()
        );
    }
}
