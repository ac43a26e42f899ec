//! Long-running operations of ARM.

use serde_json::Value;

use crate::budget::Budget;
use crate::client::Client;
use crate::error::Result;
use crate::response::Response;

/// Waits for the operation that `accepted`, the answer to a write, has started; returns at once if
/// it has started none.
///
/// The result is the last document that was seen of the operation, if any: not the object, which
/// is best read afresh. Progress is followed as the answer says: by `azure-asyncoperation`, else by
/// `location`, else by `properties.provisioningState` of the object. Links are followed to ARM's own
/// origin only. An operation that fails is an
/// [`OperationFailed`](crate::ErrorKind::OperationFailed) with the service's words. Every other
/// error leaves an accepted operation behind, and says so
/// ([`Error::was_accepted`](crate::Error::was_accepted)).
pub async fn wait(client: &Client, accepted: &Response, budget: &Budget) -> Result<Option<Value>> {
    let _ = (client, accepted, budget);
    unimplemented!()
}
