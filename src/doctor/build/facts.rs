//! What has been seen of switches.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// What a switch was seen to be, and by what.
pub(super) type Fact = (Json, String);

/// Facts by the names of switches.
#[derive(Debug, Default)]
pub(super) struct Facts(BTreeMap<&'static str, Fact>);

impl Facts {
    /// Notes what a switch was seen to be.
    pub(super) fn see(
        &mut self,
        switch: &'static str,
        value: impl Into<Json>,
        why: impl Into<String>,
    ) {
        self.0.insert(switch, (value.into(), why.into()));
    }

    /// What a switch was seen to be.
    pub(super) fn get(&self, switch: &str) -> Option<&Json> {
        self.0.get(switch).map(|(value, _)| value)
    }

    /// What a switch was seen to be, once.
    pub(super) fn take(&mut self, switch: &str) -> Option<Fact> {
        self.0.remove(switch)
    }
}

/// A fact.
pub(super) fn fact(value: impl Into<Json>, why: impl Into<String>) -> Option<Fact> {
    Some((value.into(), why.into()))
}
