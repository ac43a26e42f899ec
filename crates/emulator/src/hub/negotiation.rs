//! The negotiation between a client and the hub before they connect.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use uuid::Uuid;

/// How many negotiated connections may be pending. The oldest are dropped first.
const CAPACITY: usize = 1000;

/// The negotiated connections that were not opened yet.
#[derive(Debug, Default)]
pub(crate) struct Negotiations(Mutex<VecDeque<Negotiated>>);

#[derive(Debug)]
struct Negotiated {
    /// The `uid` of the agent.
    uid: String,
    /// The id or token that opens the connection.
    id: String,
}

impl Negotiations {
    /// Returns the answer to a client with this version of the negotiation. An old client sends no
    /// version, and connects by the connection's id, without a token.
    pub(crate) fn negotiate(&self, uid: &str, version: Option<&str>) -> Value {
        let connection = Uuid::new_v4().simple().to_string();
        let token = Uuid::new_v4().simple().to_string();
        let version: u32 = version
            .and_then(|version| version.parse().ok())
            .unwrap_or(0);
        let has_token = version > 0;
        let mut negotiations = self.lock();
        if negotiations.len() == CAPACITY {
            negotiations.pop_front();
        }
        negotiations.push_back(Negotiated {
            uid: uid.to_owned(),
            id: if has_token { &token } else { &connection }.clone(),
        });
        let mut answer = json!({
            "negotiateVersion": u32::from(has_token),
            "connectionId": connection,
            "availableTransports": [{ "transport": "WebSockets", "transferFormats": ["Text"] }],
        });
        if has_token {
            answer["connectionToken"] = json!(token);
        }
        answer
    }

    /// Takes a negotiated connection. Returns `false` if there is none, or if it was taken before.
    pub(super) fn take(&self, uid: &str, id: &str) -> bool {
        let mut negotiations = self.lock();
        let found = negotiations
            .iter()
            .position(|agreed| agreed.uid == uid && agreed.id == id);
        found.and_then(|found| negotiations.remove(found)).is_some()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Negotiated>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
