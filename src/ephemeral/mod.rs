//! Ephemeral resources: values that exist only during an operation, and are not stored.

mod access_token;

use std::sync::Arc;

use tfplugin::EphemeralResource;

use self::access_token::AccessToken;
use crate::session::SessionHandle;

/// Returns all ephemeral resources in a session.
pub fn ephemeral_resources(session: &SessionHandle) -> Vec<Arc<dyn EphemeralResource>> {
    vec![Arc::new(AccessToken::new(session.clone()))]
}
