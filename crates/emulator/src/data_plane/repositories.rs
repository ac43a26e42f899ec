//! Actions on repositories.

use serde_json::{Value, json};
use url::Url;

use super::objects;
use crate::context::Context;
use crate::http::{Answer, Handled};
use crate::kinds::Kind;
use crate::objects::Objects;
use crate::store::{AgentRecord, Tx};

/// `POST /api/v2/repos/{name}/test`: returns whether the repository can be reached. Every
/// repository can, except those on hosts that cannot exist.
pub(super) fn test(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    kind: &'static Kind,
    name: &str,
) -> Handled {
    let repositories = Objects::shared(cx, agent, kind);
    let Some(record) = repositories.current(tx, name)? else {
        return Err(objects::missing(kind, name).into());
    };
    let url = record.properties.get("url").cloned().unwrap_or(Value::Null);
    let problem = unreachable(url.as_str().unwrap_or_default());
    let status = if problem.is_none() { "Ready" } else { "Failed" };
    Ok(Answer::ok(json!({
        "name": record.name,
        "url": url,
        "success": problem.is_none(),
        "status": status,
        "cloneStatus": status,
        "errorMessage": problem,
    })))
}

/// Returns why an address cannot be reached. Hosts below `.invalid` never exist (RFC 2606).
pub(super) fn unreachable(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.trim_end_matches('.');
    let reserved = host == "invalid" || host.ends_with(".invalid");
    reserved.then(|| format!("The host '{host}' could not be resolved."))
}
