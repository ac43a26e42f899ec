//! List resources.

use anyhow::{Context as _, Result, ensure};
use plugin_host::{Failure, Found, Query};
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;

use crate::support::{Provider, THING, errors, launch};

async fn list(provider: &Provider, query: Query) -> Result<Found> {
    // The session rejects incomplete identities, names that cannot be shown, secrets, and
    // unrequested objects.
    provider.session.list(THING, query).await
}

fn names(found: &Found) -> Vec<&str> {
    let names = found.results.iter();
    names.map(|result| result.display_name.as_str()).collect()
}

fn trap(what: &str) -> Query {
    Query::new(json!({ "do": what, "password": "s3cr3t" }))
}

pub(crate) async fn q01_objects_come_with_a_whole_identity_and_a_name() -> Result<()> {
    let provider = Provider::start().await?;
    let found = list(&provider, Query::new(json!({}))).await?;
    ensure!(
        names(&found) == ["thing-1", "thing-2", "thing-3"],
        "{found:?}"
    );
    let identity = json!({ "name": "thing-2", "zone": "main" });
    ensure!(found.results[1].identity == identity, "{found:?}");
    ensure!(found.diagnostics.is_empty(), "{found:?}");
    let found = list(&provider, trap("name")).await?;
    ensure!(names(&found)[1] == "[31mthing 2", "{found:?}");
    let found = list(&provider, trap("nameless")).await?;
    ensure!(names(&found)[1] == THING, "{found:?}");
    Ok(())
}

pub(crate) async fn q02_objects_are_read_when_asked_for_and_hold_no_secrets() -> Result<()> {
    let provider = Provider::start().await?;
    let found = list(&provider, Query::new(json!({})).with_resources()).await?;
    let object = found.results[0].resource.as_ref().context("no object")?;
    ensure!(
        object["name"] == "thing-1" && object["enabled"] == true,
        "{object}"
    );
    ensure!(
        object["password"].is_null() && object["password_wo"].is_null(),
        "{object}"
    );
    let read = provider.event("object read", 3).await?;
    list(&provider, Query::new(json!({}))).await?;
    ensure!(
        provider.event("object read", 3).await? == read,
        "read unasked"
    );
    Ok(())
}

pub(crate) async fn q03_the_last_wanted_object_tells_that_there_are_more() -> Result<()> {
    let provider = Provider::start().await?;
    let many = json!({ "count_of": 150 });
    for (limit, shown) in [(1, 1), (100, 100), (149, 149)] {
        let found = list(&provider, Query::new(many.clone()).limit(limit)).await?;
        let warnings: Vec<String> = found.diagnostics.iter().map(ToString::to_string).collect();
        ensure!(
            found.results.len() == shown,
            "{limit}: {}",
            found.results.len()
        );
        ensure!(
            warnings.len() == 1 && warnings[0].contains(&format!("the first {limit} are listed")),
            "{limit}: {warnings:?}"
        );
        // The rest was not read.
        provider.event("list stopped", 1).await?;
    }
    for limit in [150, 151] {
        let found = list(&provider, Query::new(many.clone()).limit(limit)).await?;
        ensure!(
            found.results.len() == 150 && found.diagnostics.is_empty(),
            "{limit}"
        );
    }
    let told = json!({ "count_of": 137, "do": "tell" });
    let found = list(&provider, Query::new(told).limit(100)).await?;
    let warning = found.diagnostics.first().context("no warning")?;
    ensure!(warning.detail.starts_with("137 objects exist"), "{warning}");
    Ok(())
}

pub(crate) async fn q04_an_object_that_fails_is_a_warning_and_the_list_goes_on() -> Result<()> {
    let provider = Provider::start().await?;
    for (what, summary) in [("fail", "Failed as asked"), ("half", "is not complete")] {
        let found = list(&provider, trap(what)).await?;
        ensure!(names(&found) == ["thing-1", "thing-3"], "{what}: {found:?}");
        let text = found.diagnostics[0].to_string();
        ensure!(
            text.starts_with("warning: ") && text.contains(summary) && !text.contains("s3cr3t"),
            "{what}: {text}"
        );
    }
    let found = list(&provider, trap("unknown").with_resources()).await?;
    ensure!(names(&found) == ["thing-1", "thing-3"], "{found:?}");
    // A failure after the last requested object is ignored.
    let found = list(&provider, trap("error").limit(1)).await?;
    ensure!(names(&found) == ["thing-1"], "{found:?}");
    Ok(())
}

pub(crate) async fn q05_what_keeps_a_list_from_being_whole_is_an_error() -> Result<()> {
    let provider = Provider::start().await?;
    for (what, summary) in [
        ("error", "Failed as asked"),
        ("panic", "The provider crashed"),
    ] {
        let failure = Failure::of(list(&provider, trap(what)).await)?;
        let text = failure.to_string();
        ensure!(
            text.contains(summary) && !text.contains("s3cr3t"),
            "{what}: {text}"
        );
    }
    let request = proto::list_resource::Request {
        type_name: "conformance_none".into(),
        limit: 100,
        ..Default::default()
    };
    let mut events = provider.client().list_resource(request).await?.into_inner();
    let event = events.message().await?.context("no event")?;
    ensure!(errors(&event.diagnostic)?.len() == 1, "{event:?}");
    ensure!(events.message().await?.is_none(), "it goes on");
    Ok(())
}

pub(crate) async fn q06_a_list_stops_when_the_host_is_gone_or_wants_no_more() -> Result<()> {
    let provider = Provider::start().await?;
    let schema = provider.session.schemas().list_resource_schemas.get(THING);
    let ty = plugin_host::schema::Schema::from_proto(schema.context("no list")?)?;
    let request = |config: &Json, limit| -> Result<_> {
        let value = plugin_host::value::json::from_json(config, &ty.ty)?;
        let msgpack = plugin_host::value::msgpack::encode(&value, &ty.ty)?;
        Ok(proto::list_resource::Request {
            type_name: THING.into(),
            config: Some(proto::DynamicValue {
                msgpack,
                json: Vec::new(),
            }),
            include_resource_object: false,
            limit,
        })
    };
    let mut client = provider.client();
    let endless = request(&json!({ "count_of": 1_000_000_000 }), 1_000_000_000)?;
    let mut events = client.list_resource(endless).await?.into_inner();
    events.message().await?.context("no event")?;
    drop(events);
    provider.event("list stopped", 1).await?;
    let waiting = request(&json!({ "do": "wait" }), 100)?;
    let mut events = client.list_resource(waiting).await?.into_inner();
    events.message().await?.context("no event")?;
    drop(events);
    provider.event("cancelled", 1).await?;
    // The limit is zero.
    let begun = provider.event("list begun", 2).await?;
    let mut events = client
        .list_resource(request(&json!({}), 0)?)
        .await?
        .into_inner();
    ensure!(events.message().await?.is_none(), "more than nothing");
    ensure!(
        provider.event("list begun", 2).await? == begun,
        "begun for nothing"
    );
    Ok(())
}

pub(crate) async fn q07_validation_needs_no_configured_provider() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let failure = Failure::of(list(&provider, trap("refused")).await)?;
    let paths = failure.errors().filter_map(|error| error.path.as_ref());
    let paths: Vec<String> = paths.map(ToString::to_string).collect();
    ensure!(paths == ["do"], "{failure}");
    Ok(())
}
