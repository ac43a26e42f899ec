//! Actions.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use plugin_host::Failure;
use plugin_host::value::{json as host_json, msgpack, unknown};
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::invoke_action::event::Type;

use crate::support::{ACT, Provider, errors, launch};

/// Returns the request to invoke, for a call without a session.
fn request(provider: &Provider, config: &Json) -> Result<proto::invoke_action::Request> {
    let schema = provider.session.schemas().action_schemas.get(ACT);
    let schema = schema.and_then(|action| action.schema.as_ref());
    let schema = plugin_host::schema::Schema::from_proto(schema.context("no action")?)?;
    let value = host_json::from_json(config, &schema.ty)?;
    let msgpack = msgpack::encode(&value, &schema.ty)?;
    Ok(proto::invoke_action::Request {
        action_type: ACT.into(),
        config: Some(proto::DynamicValue {
            msgpack,
            json: Vec::new(),
        }),
        client_capabilities: None,
    })
}

pub(crate) async fn x01_actions_complete_once_as_their_last_event() -> Result<()> {
    let provider = Provider::start().await?;
    // The session rejects every other end.
    let invoked = provider
        .session
        .invoke(ACT, json!({ "do": "warn" }))
        .await?;
    ensure!(invoked.progress == ["begun"], "{invoked:?}");
    ensure!(invoked.diagnostics.len() == 1, "{invoked:?}");
    for (trap, summary) in [("fail", "Failed"), ("panic", "The provider crashed")] {
        let failure = Failure::of(provider.session.invoke(ACT, json!({ "do": trap })).await)?;
        ensure!(failure.errors().count() == 1, "{failure}");
        ensure!(failure.to_string().contains(summary), "{failure}");
    }
    let request = proto::invoke_action::Request {
        action_type: "conformance_none".into(),
        ..Default::default()
    };
    let mut events = provider.client().invoke_action(request).await?.into_inner();
    match events.message().await?.context("no event")?.r#type {
        Some(Type::Completed(end)) => ensure!(errors(&end.diagnostics)?.len() == 1, "{end:?}"),
        other => bail!("{other:?}"),
    }
    ensure!(events.message().await?.is_none(), "it goes on");
    Ok(())
}

pub(crate) async fn x02_progress_is_one_harmless_line_now_and_then() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "do": "", "text": "\u{1b}[31mred\nand\u{7} more" });
    let invoked = provider.session.invoke(ACT, config).await?;
    ensure!(invoked.progress == ["[31mred and more"], "{invoked:?}");
    let config = json!({ "do": "", "text": "long ".repeat(1000) });
    let invoked = provider.session.invoke(ACT, config).await?;
    ensure!(invoked.progress[0].chars().count() == 500, "{invoked:?}");
    // Of a thousand lines at once, only the last is sent, after a pause.
    let begun = Instant::now();
    let invoked = provider
        .session
        .invoke(ACT, json!({ "do": "many" }))
        .await?;
    let lines = invoked.progress.len();
    ensure!(
        invoked
            .progress
            .last()
            .is_some_and(|line| line == "line 999"),
        "{invoked:?}"
    );
    ensure!(lines <= 2, "{invoked:?}");
    let pauses = Duration::from_secs(2) * u32::try_from(lines - 1)?;
    ensure!(begun.elapsed() >= pauses, "{:?}", begun.elapsed());
    Ok(())
}

pub(crate) async fn x03_actions_stop_when_the_user_or_the_host_does() -> Result<()> {
    let provider = Provider::start().await?;
    let waiting = request(&provider, &json!({ "do": "wait" }))?;
    let mut client = provider.client();
    let mut events = client.invoke_action(waiting.clone()).await?.into_inner();
    provider.event("waiting", 1).await?;
    let stop = proto::stop_provider::Request {};
    provider.client().stop_provider(stop).await?;
    let mut last = None;
    while let Some(event) = events.message().await? {
        last = event.r#type;
    }
    match last {
        Some(Type::Completed(end)) => ensure!(errors(&end.diagnostics)?.len() == 1, "{end:?}"),
        other => bail!("{other:?}"),
    }
    let events = client.invoke_action(waiting).await?.into_inner();
    provider.event("waiting", 2).await?;
    drop(events);
    provider.event("cancelled", 2).await?;
    Ok(())
}

pub(crate) async fn x04_secrets_reach_the_action_and_no_message() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "do": "", "secret_wo": "s3cr3t" });
    let invoked = provider.session.invoke(ACT, config).await?;
    ensure!(
        invoked.progress == ["begun (sensitive value)"],
        "{invoked:?}"
    );
    let config = json!({ "do": "fail", "secret_wo": "s3cr3t" });
    let failure = Failure::of(provider.session.invoke(ACT, config).await)?;
    ensure!(
        failure.to_string().contains("It was (sensitive value)."),
        "{failure}"
    );
    Ok(())
}

pub(crate) async fn x05_actions_are_planned_with_unknown_values_and_never_deferred() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let all_unknown = json!({ "do": unknown(), "text": unknown(), "secret_wo": unknown() });
    let warnings = provider.session.plan_action(ACT, all_unknown).await?;
    ensure!(warnings.is_empty(), "{warnings:?}");
    for trap in ["refused", "unplanned"] {
        let planned = provider
            .session
            .plan_action(ACT, json!({ "do": trap }))
            .await;
        let failure = Failure::of(planned)?;
        ensure!(failure.errors().count() == 1, "{trap}: {failure}");
    }
    Ok(())
}
