//! Starting and stopping an agent.

use super::{AgentPath, agents, operations};
use crate::context::Context;
use crate::http::Handled;
use crate::store::{Action, Tx};

pub(super) fn start(tx: &mut Tx<'_>, cx: Context<'_>, path: AgentPath<'_>) -> Handled {
    change(tx, cx, path, Action::Start)
}

pub(super) fn stop(tx: &mut Tx<'_>, cx: Context<'_>, path: AgentPath<'_>) -> Handled {
    change(tx, cx, path, Action::Stop)
}

fn change(tx: &mut Tx<'_>, cx: Context<'_>, path: AgentPath<'_>, action: Action) -> Handled {
    path.require(tx, false)?;
    if let Some(busy) = operations::busy(tx, cx, path)? {
        return Ok(busy);
    }
    let mut agent = path.require(tx, false)?;
    let operation = operations::start(tx, cx, &mut agent, action)?;
    agents::answer_update(tx, cx, path, operation)
}
