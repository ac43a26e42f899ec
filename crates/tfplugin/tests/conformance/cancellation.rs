//! Interrupts by the user, and hosts that disappear.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use plugin_host::{Failure, Resource};
use serde_json::json;
use tfplugin6::tfplugin6 as proto;
use tokio::task::JoinHandle;

use crate::support::{Provider, TRAP, within};

/// Starts a create that waits inside the provider until it is canceled.
async fn waiting(provider: &Provider) -> Result<JoinHandle<(Resource, Result<Failure>)>> {
    let mut trap = provider.trap()?;
    let apply = tokio::spawn(async move {
        let outcome = trap.apply(json!({ "name": "a", "create": "wait" })).await;
        (trap, Failure::of(outcome))
    });
    provider.event("waiting", 1).await?;
    Ok(apply)
}

pub(crate) async fn c01_stopping_is_answered_at_once() -> Result<()> {
    // The best of several tries, because the machine may be busy with other tests.
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let provider = Provider::start().await?;
        let _apply = waiting(&provider).await?;
        let begun = Instant::now();
        let answer = provider
            .client()
            .stop_provider(proto::stop_provider::Request {})
            .await?;
        best = best.min(begun.elapsed());
        ensure!(answer.into_inner().error.is_empty(), "an error");
        if best < Duration::from_millis(100) {
            return Ok(());
        }
    }
    anyhow::bail!("the fastest answer took {best:?}")
}

pub(crate) async fn c02_a_stopped_create_saves_what_exists_and_the_process_lives() -> Result<()> {
    let provider = Provider::start().await?;
    let apply = waiting(&provider).await?;
    provider
        .client()
        .stop_provider(proto::stop_provider::Request {})
        .await?;
    let (trap, failure) = within(apply).await??;
    failure?;
    let state = trap.state().context("the object is lost")?;
    ensure!(
        state["id"] == "trap/1" && state["reached"] == "half",
        "{state}"
    );
    // Calls after the stop run as usual, and can be stopped again.
    let mut thing = provider.thing()?;
    thing.apply(json!({ "name": "a" })).await?;
    let reading = reading(&provider)?;
    provider.event("waiting", 2).await?;
    provider
        .client()
        .stop_provider(proto::stop_provider::Request {})
        .await?;
    provider.event("cancelled", 2).await?;
    within(reading).await???;
    Ok(())
}

/// Starts a read that waits inside the provider until it is canceled.
fn reading(provider: &Provider) -> Result<JoinHandle<Result<()>>> {
    let request = proto::read_resource::Request {
        type_name: TRAP.into(),
        current_state: provider.wire(TRAP, &json!({ "id": "1", "name": "a", "read": "wait" }))?,
        ..Default::default()
    };
    let mut client = provider.client();
    Ok(tokio::spawn(async move {
        client.read_resource(request).await?;
        Ok(())
    }))
}

pub(crate) async fn c03_a_cancelled_call_stops_its_work() -> Result<()> {
    let provider = Provider::start().await?;
    let read = reading(&provider)?;
    provider.event("waiting", 1).await?;
    read.abort();
    provider.event("cancelled", 1).await?;
    let session = provider.session.clone();
    let data = tokio::spawn(async move {
        session
            .read_data_source("conformance_wait", json!({}))
            .await
    });
    provider.event("waiting", 2).await?;
    data.abort();
    provider.event("cancelled", 2).await?;
    // Other calls were not affected.
    provider.thing()?.apply(json!({ "name": "a" })).await?;
    Ok(())
}
