//! Pages of ARM lists.

use serde_json::{Value, json};

use crate::context::Context;
use crate::http::{Answer, Handled, Refusal};

/// Returns one page of a list, as `{value, nextLink}`. The last page has no link.
pub(super) fn page(cx: Context<'_>, items: Vec<Value>) -> Handled {
    let start: usize = match cx.call.query("$skipToken") {
        None => 0,
        Some(token) => token.parse().map_err(|_| {
            Refusal::bad_request(
                "InvalidSkipToken",
                format!("The skip token '{token}' is not valid."),
            )
        })?,
    };
    let size = match cx.profile.page_size {
        0 => usize::MAX,
        size => size as usize,
    };
    let total = items.len();
    let value: Vec<Value> = items.into_iter().skip(start).take(size).collect();
    let next = start.saturating_add(size);
    if next >= total {
        return Ok(Answer::ok(json!({ "value": value })));
    }
    let version = cx.call.query("api-version").unwrap_or_default();
    let link = format!("{}?api-version={version}&$skipToken={next}", cx.call.path);
    Ok(Answer::ok(
        json!({ "value": value, "nextLink": cx.call.base.url(&link) }),
    ))
}
