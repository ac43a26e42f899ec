//! Ephemeral resources.

use anyhow::{Context as _, Result, ensure};
use plugin_host::Failure;
use plugin_host::value::unknown;
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;

use crate::support::{LEASE, Provider, launch, one_error, within};

pub(crate) async fn e01_results_repeat_their_configuration_and_are_known() -> Result<()> {
    let provider = Provider::start().await?;
    // The session compares the result with the configuration.
    let config = json!({ "name": "a", "note": "mine" });
    let opened = provider.session.open(LEASE, config).await?;
    ensure!(
        opened.result["note"] == "mine" && opened.result["token"] == "made",
        "{:?}",
        opened.result
    );
    ensure!(
        opened.renew_at.is_none() && opened.private.is_none(),
        "{opened:?}"
    );
    opened.close().await?;
    let open = provider
        .session
        .open(LEASE, json!({ "name": "a", "do": "unknown" }));
    let failure = Failure::of(open.await)?;
    ensure!(
        failure.to_string().contains("opened an unknown value"),
        "{failure}"
    );
    Ok(())
}

pub(crate) async fn e02_private_bytes_go_from_opening_to_closing() -> Result<()> {
    let provider = Provider::start().await?;
    let config = json!({ "name": "a", "do": "renew" });
    let mut opened = provider.session.open(LEASE, config).await?;
    ensure!(opened.private.as_deref() == Some(b"opened"), "{opened:?}");
    opened.renew().await?;
    provider.event("renewed", 1).await?;
    // The renewal returned none, so those of the opening are kept.
    opened.close().await?;
    provider.event("closed opened", 1).await?;
    Ok(())
}

pub(crate) async fn e03_renewals_are_in_the_future_or_never() -> Result<()> {
    let provider = Provider::start().await?;
    // The session rejects a time that has passed.
    for (trap, renews) in [("renew", true), ("late", true), ("nothing", false)] {
        let config = json!({ "name": "a", "do": trap });
        let opened = provider.session.open(LEASE, config).await?;
        ensure!(opened.renew_at.is_some() == renews, "{trap}: {opened:?}");
    }
    Ok(())
}

pub(crate) async fn e04_failures_are_errors_without_secrets() -> Result<()> {
    let provider = Provider::start().await?;
    let traps = [("panic", "The provider crashed"), ("fail", "Failed")];
    for (trap, summary) in traps {
        let config = json!({ "name": "a", "do": trap, "password": "s3cr3t" });
        let failure = Failure::of(provider.session.open(LEASE, config).await)?;
        let text = failure.to_string();
        ensure!(text.contains(summary) && !text.contains("s3cr3t"), "{text}");
    }
    let request = proto::renew_ephemeral_resource::Request {
        type_name: LEASE.into(),
        private: None,
    };
    let mut client = provider.client();
    let answer = client.renew_ephemeral_resource(request).await?.into_inner();
    one_error(&answer.diagnostics, "Failed")
}

pub(crate) async fn e05_validation_needs_no_configured_provider() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let validate = |config: Json| provider.session.validate_ephemeral(LEASE, config);
    validate(json!({ "name": unknown(), "password": unknown() })).await?;
    let failure = Failure::of(validate(json!({ "name": "refused" })).await)?;
    let error = failure.errors().next().context("no error")?;
    ensure!(
        error.path.as_ref().map(ToString::to_string).as_deref() == Some("name"),
        "{failure}"
    );
    let failure = Failure::of(validate(json!({ "name": "a", "token": "x" })).await)?;
    ensure!(failure.to_string().contains("read-only"), "{failure}");
    Ok(())
}

pub(crate) async fn e06_opening_stops_when_it_is_told_to() -> Result<()> {
    let provider = Provider::start().await?;
    let session = provider.session.clone();
    let waiting = json!({ "name": "a", "do": "wait" });
    let open = tokio::spawn(async move { session.open(LEASE, waiting).await });
    provider.event("waiting", 1).await?;
    let stop = proto::stop_provider::Request {};
    provider.client().stop_provider(stop).await?;
    provider.event("cancelled", 1).await?;
    within(open).await???;
    Ok(())
}
