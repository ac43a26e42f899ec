//! What repositories can do besides being stored.

use serde_json::{Value, json};

use super::objects;
use crate::http::{Answer, Handled};
use crate::kinds::Kind;
use crate::objects::Objects;
use crate::services::Context;
use crate::store::{AgentRecord, Tx};

/// `POST /api/v2/repos/{name}/test`: whether the repository can be reached. Here it always can.
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
    Ok(Answer::ok(json!({
        "name": record.name,
        "url": url,
        "success": true,
        "status": "Ready",
        "cloneStatus": "Ready",
        "errorMessage": null,
    })))
}
