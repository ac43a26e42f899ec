//! Values that are made when they are needed and stored nowhere.

mod access_token;

use std::sync::Arc;

use tfplugin::EphemeralResource;

use self::access_token::AccessToken;
use crate::session::SessionHandle;

/// Every ephemeral resource, working in a session.
pub fn ephemeral_resources(session: &SessionHandle) -> Vec<Arc<dyn EphemeralResource>> {
    vec![Arc::new(AccessToken::new(session.clone()))]
}
