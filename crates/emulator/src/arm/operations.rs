//! Long-running operations. Polls advance them, and then they change their target.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{agents, connectors, not_found};
use crate::context::Context;
use crate::http::{Answer, Call, Handled, Refusal};
use crate::store::{
    Action, AgentRecord, Key, ObjectRecord, OperationRecord, OperationState, ProvisioningState, Tx,
    now,
};

/// Starts an operation on an agent, and stores its id in the agent.
pub(super) fn start(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &mut AgentRecord,
    action: Action,
) -> Handled<OperationRecord> {
    let operation = new(cx, agent, action, None, cx.profile.agent_polls);
    tx.put(&Key::operation(&operation.id), &operation)?;
    agent.operation = Some(operation.id.clone());
    agent.provisioning = running_state(action);
    tx.put(&Key::agent(&agent.key()), agent)?;
    Ok(operation)
}

/// Starts an operation on a connector, and stores its id in the connector and its agent. `segment`
/// is the collection's name in the request.
pub(super) fn start_connector(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    agent: &mut AgentRecord,
    connector: &mut ObjectRecord,
    segment: &str,
    action: Action,
) -> Handled<OperationRecord> {
    let target = Some((connector.name.clone(), segment.to_owned()));
    let operation = new(cx, agent, action, target, cx.profile.connector_polls);
    tx.put(&Key::operation(&operation.id), &operation)?;
    agent.connector_operation = Some(operation.id.clone());
    tx.put(&Key::agent(&agent.key()), agent)?;
    connector.operation = Some(operation.id.clone());
    connector.provisioning = running_state(action);
    connectors::objects(cx, agent).save(tx, connector)?;
    Ok(operation)
}

/// Counts a poll of an operation, and returns its state after that.
pub(super) fn advance(tx: &mut Tx<'_>, cx: Context<'_>, id: &str) -> Handled<OperationState> {
    let key = Key::operation(id);
    let Some(mut operation) = tx.get::<OperationRecord>(&key)? else {
        return Ok(OperationState::Succeeded);
    };
    if operation.state != OperationState::InProgress {
        return Ok(operation.state);
    }
    if operation.polls_left > 0 && !is_overdue(cx, &operation) {
        operation.polls_left -= 1;
        tx.put(&key, &operation)?;
        return Ok(OperationState::InProgress);
    }
    finish(tx, cx, &mut operation)?;
    Ok(operation.state)
}

/// Ends an operation that has run for so long that it needs no further polls.
pub(super) fn end_overdue(tx: &mut Tx<'_>, cx: Context<'_>, id: &str) -> Handled<()> {
    let Some(mut operation) = tx.get::<OperationRecord>(&Key::operation(id))? else {
        return Ok(());
    };
    if operation.state == OperationState::InProgress && is_overdue(cx, &operation) {
        finish(tx, cx, &mut operation)?;
    }
    Ok(())
}

fn is_overdue(cx: Context<'_>, operation: &OperationRecord) -> bool {
    is_past(
        &operation.started,
        cx.profile.operation_seconds,
        Timestamp::now(),
    )
}

/// Returns whether so many seconds have passed since `started`. Never, if `seconds` is 0.
fn is_past(started: &str, seconds: u32, now: Timestamp) -> bool {
    let started = started.parse::<Timestamp>();
    let lasts = |started: Timestamp| now.as_second() - started.as_second();
    seconds > 0 && started.is_ok_and(|started| lasts(started) >= i64::from(seconds))
}

/// Ends an operation immediately.
pub(super) fn finish_now(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    operation: &mut OperationRecord,
) -> Handled<()> {
    if operation.polls_left == 0 {
        finish(tx, cx, operation)
    } else {
        Ok(())
    }
}

/// Returns the refusal of a write while an operation on the agent or one of its connectors runs. A
/// refused write counts as a poll of the operation.
pub(super) fn busy(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    path: super::AgentPath<'_>,
) -> Handled<Option<Answer>> {
    let Some(agent) = path.find(tx)? else {
        return Ok(None);
    };
    for (running, excludes) in [
        (agent.operation, cx.profile.operation_conflicts),
        (agent.connector_operation, cx.profile.connector_conflicts),
    ] {
        let Some(id) = running else { continue };
        if excludes && advance(tx, cx, &id)? == OperationState::InProgress {
            let refusal = Refusal::new(
                StatusCode::CONFLICT,
                "OperationConflict",
                format!(
                    "Another operation ({id}) on the agent '{}' is in progress.",
                    agent.name
                ),
            );
            return Ok(Some(with_retry_after(refusal.into(), cx)));
        }
    }
    Ok(None)
}

/// Returns the refusal of a write to an agent whose creation the service has reported too early.
pub(super) fn conflict(cx: Context<'_>, agent: &str) -> Answer {
    let refusal = Refusal::new(
        StatusCode::CONFLICT,
        "OperationConflict",
        format!("The agent '{agent}' is currently being provisioned."),
    );
    with_retry_after(refusal.into(), cx)
}

/// Answers a poll of an operation with its status, or with its result.
pub(super) fn poll(tx: &mut Tx<'_>, cx: Context<'_>, form: &str, id: &str) -> Handled {
    let key = Key::operation(id);
    if tx.get::<OperationRecord>(&key)?.is_none() {
        return Ok(not_found(cx));
    }
    advance(tx, cx, id)?;
    let Some(operation) = tx.get::<OperationRecord>(&key)? else {
        return Ok(not_found(cx));
    };
    if form == "operationstatuses" {
        Ok(status(cx, &operation))
    } else {
        result(tx, cx, &operation)
    }
}

/// Adds the URL at which to poll the status of the operation, and that of its result if `location`.
pub(super) fn announced(
    answer: Answer,
    cx: Context<'_>,
    operation: &OperationRecord,
    location: bool,
) -> Answer {
    let answer = answer.with(
        "Azure-AsyncOperation",
        &url(cx.call, operation, "operationStatuses"),
    );
    let answer = if location {
        answer.with("Location", &url(cx.call, operation, "operationResults"))
    } else {
        answer
    };
    with_retry_after(answer, cx)
}

fn status(cx: Context<'_>, operation: &OperationRecord) -> Answer {
    let name = match operation.state {
        OperationState::InProgress => "InProgress",
        OperationState::Succeeded => "Succeeded",
        OperationState::Failed => "Failed",
    };
    let mut body = json!({
        "id": path(operation, "operationStatuses"),
        "name": operation.id,
        "status": name,
        "startTime": operation.started,
    });
    if let (Some(ended), Value::Object(members)) = (&operation.ended, &mut body) {
        members.insert("endTime".to_owned(), json!(ended));
        if let Some(error) = &operation.error {
            members.insert("error".to_owned(), json!(error));
        }
    }
    let answer = Answer::ok(body);
    if operation.state == OperationState::InProgress {
        with_retry_after(answer, cx)
    } else {
        answer
    }
}

fn result(tx: &mut Tx<'_>, cx: Context<'_>, operation: &OperationRecord) -> Handled {
    match (operation.state, &operation.error) {
        (OperationState::InProgress, _) => {
            let answer = Answer::empty(StatusCode::ACCEPTED);
            Ok(with_retry_after(
                answer.with("Location", &url(cx.call, operation, "operationResults")),
                cx,
            ))
        }
        (OperationState::Failed, Some(error)) => {
            Err(Refusal::bad_request(&error.code, &error.message).into())
        }
        _ if operation.action == Action::Delete => Ok(Answer::empty(StatusCode::NO_CONTENT)),
        _ => match tx.get::<AgentRecord>(&Key::agent(&operation.agent))? {
            None => Ok(Answer::empty(StatusCode::NO_CONTENT)),
            Some(agent) => match &operation.connector {
                None => Ok(Answer::ok(super::body::agent(cx, &agent))),
                Some((name, segment)) => connectors::result(tx, cx, &agent, name, segment),
            },
        },
    }
}

fn finish(tx: &mut Tx<'_>, cx: Context<'_>, operation: &mut OperationRecord) -> Handled<()> {
    operation.state = if operation.error.is_none() {
        OperationState::Succeeded
    } else {
        OperationState::Failed
    };
    operation.ended = Some(now());
    tx.put(&Key::operation(&operation.id), operation)?;
    let Some(agent) = tx.get::<AgentRecord>(&Key::agent(&operation.agent))? else {
        return Ok(());
    };
    match &operation.connector {
        None => agents::finish(tx, cx, agent, operation),
        Some((name, _)) => connectors::finish(tx, cx, agent, name, operation),
    }
}

fn new(
    cx: Context<'_>,
    agent: &AgentRecord,
    action: Action,
    connector: Option<(String, String)>,
    polls: u32,
) -> OperationRecord {
    OperationRecord {
        id: Uuid::new_v4().to_string(),
        subscription: agent.subscription.clone(),
        location: agent.location.to_lowercase().replace(' ', ""),
        agent: agent.key(),
        connector,
        action,
        polls_left: polls,
        state: OperationState::InProgress,
        error: cx.call.operation_error.clone(),
        started: now(),
        ended: None,
    }
}

fn running_state(action: Action) -> ProvisioningState {
    if action == Action::Delete {
        ProvisioningState::Deleting
    } else {
        ProvisioningState::InProgress
    }
}

fn with_retry_after(answer: Answer, cx: Context<'_>) -> Answer {
    answer.with("Retry-After", &cx.profile.retry_after_seconds.to_string())
}

fn path(operation: &OperationRecord, form: &str) -> String {
    format!(
        "/subscriptions/{}/providers/Microsoft.App/locations/{}/{form}/{}",
        operation.subscription, operation.location, operation.id
    )
}

fn url(call: &Call, operation: &OperationRecord, form: &str) -> String {
    let version = call.query("api-version").unwrap_or_default();
    call.base
        .url(&format!("{}?api-version={version}", path(operation, form)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::is_past;

    #[rstest]
    #[case("2026-11-29T10:00:00Z", 60, true)]
    #[case("2026-11-29T10:00:01Z", 60, false)]
    #[case("2026-11-29T09:00:00Z", 0, false)]
    #[case("once", 60, false)]
    fn operation_ends_after_its_time(
        #[case] started: &str,
        #[case] seconds: u32,
        #[case] past: bool,
    ) {
        let now = "2026-11-29T10:01:00Z".parse().unwrap();
        assert_eq!(is_past(started, seconds, now), past);
    }
}
