//! Removal of objects that the service creates by itself.

use std::time::Duration;

use azure::poll::{Schedule, Step, poll_until};
use azure::{DataPlane, ErrorKind, Request};

use super::{Call, StoreError, prerequisite};
use crate::kind::ByProduct;

/// How often to check for the object.
const LOOK: Schedule = Schedule::growing(Duration::from_millis(200), Duration::from_secs(3));

/// Waits until the setting has taken effect, and removes the object if it appears.
pub(crate) async fn remove(
    call: Call<'_>,
    by_product: &ByProduct,
    cause: &str,
) -> Result<(), StoreError> {
    prerequisite::until_shown(call, &by_product.effect, cause).await?;
    let plane = call
        .client
        .data_plane(&call.target.agent, call.budget)
        .await?;
    let schedule = LOOK.at_most(by_product.within);
    let found = poll_until(&schedule, call.budget, || async {
        Ok::<_, azure::Error>(match found(call, &plane, by_product).await? {
            Some(path) => Step::Done(path),
            None => Step::again("it has not appeared yet"),
        })
    });
    let path = match found.await {
        Ok(path) => path,
        // The object was removed before, or the service does not create it.
        Err(error) if error.kind() == ErrorKind::DeadlineExceeded => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    match plane.send(Request::delete(path), call.budget).await {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    let gone = poll_until(&LOOK, call.budget, || async {
        Ok::<_, azure::Error>(
            match plane
                .read(Request::get(path), call.budget)
                .await?
                .is_absent()
            {
                true => Step::Done(()),
                false => Step::again("it still exists"),
            },
        )
    });
    Ok(gone.await?)
}

async fn found(
    call: Call<'_>,
    plane: &DataPlane,
    by_product: &ByProduct,
) -> azure::Result<Option<&'static str>> {
    for path in by_product.paths {
        if !plane
            .read(Request::get(*path), call.budget)
            .await?
            .is_absent()
        {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
