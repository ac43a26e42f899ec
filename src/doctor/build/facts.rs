//! Observations about switches.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The observed value of a switch, and the reason.
pub(super) type Fact = (Json, String);

/// The observations by name of the switch.
#[derive(Debug, Default)]
pub(super) struct Facts(BTreeMap<&'static str, Fact>);

impl Facts {
    /// Records the observed value of a switch.
    pub(super) fn see(
        &mut self,
        switch: &'static str,
        value: impl Into<Json>,
        why: impl Into<String>,
    ) {
        self.0.insert(switch, (value.into(), why.into()));
    }

    /// Returns the observed value of a switch.
    pub(super) fn get(&self, switch: &str) -> Option<&Json> {
        self.0.get(switch).map(|(value, _)| value)
    }

    /// Removes and returns the observation of a switch.
    pub(super) fn take(&mut self, switch: &str) -> Option<Fact> {
        self.0.remove(switch)
    }
}

/// Creates an observation.
pub(super) fn fact(value: impl Into<Json>, why: impl Into<String>) -> Option<Fact> {
    Some((value.into(), why.into()))
}
