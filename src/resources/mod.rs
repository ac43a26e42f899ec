//! The kinds of objects, one file each. This is the list.

mod agent;
mod data_connector;
mod http_trigger;
mod repo;
mod skill;

use std::sync::Arc;

use crate::kind::Kind;

/// Every kind.
pub fn kinds() -> Vec<Arc<Kind>> {
    [
        agent::kind(),
        data_connector::kind(),
        http_trigger::kind(),
        repo::kind(),
        skill::kind(),
    ]
    .map(Arc::new)
    .into()
}
