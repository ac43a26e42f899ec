//! What a handler gets besides the stored documents.

use crate::http::{Call, Handled};
use crate::profile::Profile;
use crate::store::{Store, Tx};

/// What a handler can use in addition to the stored documents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) call: &'a Call,
    /// Whether the effects of the request are discarded.
    pub(crate) rehearses: bool,
}

impl Context<'_> {
    /// Handles the request in one transaction.
    pub(crate) fn transaction<T>(
        self,
        store: &Store,
        work: impl FnOnce(&mut Tx<'_>) -> Handled<T>,
    ) -> Handled<T> {
        if self.rehearses {
            store.rehearse(work)
        } else {
            store.transaction(work)
        }
    }
}
