//! Kinds of objects that the framework does not offer: what a host is told that asks for them.

use anyhow::{Context as _, Result, bail, ensure};
use plugin_host::{ProviderClient, Session};
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;
use tonic::{Code, Response, Status};

use crate::support::{Provider, THING, VALUES, launch, one_error};

async fn start() -> Result<(Provider, ProviderClient)> {
    let provider = Provider::unconfigured(launch()?).await?;
    let client = provider.client();
    Ok((provider, client))
}

fn name() -> String {
    "conformance_none".to_owned()
}

pub(crate) async fn n01_a_function_is_answered_as_unknown() -> Result<()> {
    let (_provider, mut client) = start().await?;
    let request = proto::call_function::Request {
        name: name(),
        arguments: Vec::new(),
    };
    let answer = client.call_function(request).await?.into_inner();
    let error = answer.error.context("no error")?;
    ensure!(
        error.text.contains("no function") && error.function_argument.is_none(),
        "{error:?}"
    );
    ensure!(answer.result.is_none(), "{:?}", answer.result);
    Ok(())
}

pub(crate) async fn n02_an_ephemeral_resource_is_answered_as_unknown() -> Result<()> {
    let (provider, mut client) = start().await?;
    let offered = &provider.session.schemas().ephemeral_resource_schemas;
    ensure!(offered.is_empty(), "{offered:?}");
    let request = proto::validate_ephemeral_resource_config::Request {
        type_name: name(),
        config: None,
    };
    let answer = client
        .validate_ephemeral_resource_config(request)
        .await?
        .into_inner();
    one_error(&answer.diagnostics, "Unknown ephemeral resource")?;
    let request = proto::open_ephemeral_resource::Request {
        type_name: name(),
        ..Default::default()
    };
    let answer = client.open_ephemeral_resource(request).await?.into_inner();
    one_error(&answer.diagnostics, "Unknown ephemeral resource")?;
    ensure!(
        answer.result.is_none() && answer.private.is_none(),
        "{answer:?}"
    );
    let request = proto::close_ephemeral_resource::Request {
        type_name: name(),
        private: None,
    };
    let answer = client.close_ephemeral_resource(request).await?.into_inner();
    one_error(&answer.diagnostics, "Unknown ephemeral resource")
}

pub(crate) async fn n03_no_renewal_is_ever_asked_for() -> Result<()> {
    let (_provider, mut client) = start().await?;
    let request = proto::open_ephemeral_resource::Request {
        type_name: name(),
        ..Default::default()
    };
    let answer = client.open_ephemeral_resource(request).await?.into_inner();
    ensure!(answer.renew_at.is_none(), "{answer:?}");
    let request = proto::renew_ephemeral_resource::Request {
        type_name: name(),
        private: None,
    };
    let answer = client.renew_ephemeral_resource(request).await?.into_inner();
    one_error(&answer.diagnostics, "Unknown ephemeral resource")?;
    ensure!(answer.renew_at.is_none(), "{answer:?}");
    Ok(())
}

pub(crate) async fn n04_a_list_resource_is_answered_as_unknown() -> Result<()> {
    let (_provider, mut client) = start().await?;
    let request = proto::validate_list_resource_config::Request {
        type_name: name(),
        ..Default::default()
    };
    let answer = client
        .validate_list_resource_config(request)
        .await?
        .into_inner();
    one_error(&answer.diagnostics, "Unknown list resource")?;
    let request = proto::list_resource::Request {
        type_name: name(),
        ..Default::default()
    };
    let mut events = client.list_resource(request).await?.into_inner();
    let event = events.message().await?.context("no event")?;
    one_error(&event.diagnostic, "Unknown list resource")?;
    ensure!(events.message().await?.is_none(), "it goes on");
    Ok(())
}

pub(crate) async fn n05_an_action_is_answered_as_unknown_and_completed_once() -> Result<()> {
    use proto::invoke_action::event::Type;
    let (provider, mut client) = start().await?;
    let offered = &provider.session.schemas().action_schemas;
    ensure!(offered.is_empty(), "{offered:?}");
    let request = proto::validate_action_config::Request {
        type_name: name(),
        config: None,
    };
    let answer = client.validate_action_config(request).await?.into_inner();
    one_error(&answer.diagnostics, "Unknown action")?;
    let request = proto::plan_action::Request {
        action_type: name(),
        ..Default::default()
    };
    let answer = client.plan_action(request).await?.into_inner();
    one_error(&answer.diagnostics, "Unknown action")?;
    let request = proto::invoke_action::Request {
        action_type: name(),
        ..Default::default()
    };
    let mut events = client.invoke_action(request).await?.into_inner();
    match events.message().await?.context("no event")?.r#type {
        Some(Type::Completed(completed)) => {
            one_error(&completed.diagnostics, "Unknown action")?;
        }
        other => bail!("{other:?}"),
    }
    ensure!(events.message().await?.is_none(), "it goes on");
    Ok(())
}

pub(crate) async fn n06_nothing_is_ever_deferred() -> Result<()> {
    let provider = Provider::start().await?;
    let deferral = Some(proto::ClientCapabilities {
        deferral_allowed: true,
        ..Default::default()
    });
    let mut client = provider.client();
    let request = proto::configure_provider::Request {
        config: Some(proto::DynamicValue {
            msgpack: b"\x82\xa5label\xd4\0\0\xa5token\xd4\0\0".into(),
            json: Vec::new(),
        }),
        client_capabilities: deferral,
        ..Default::default()
    };
    client.configure_provider(request).await?;
    let state = provider.wire(VALUES, &json!({ "text": "a" }))?;
    let all_unknown = json!({ "text": plugin_host::value::unknown() });
    let request = proto::plan_resource_change::Request {
        type_name: VALUES.into(),
        config: provider.wire(VALUES, &all_unknown)?,
        client_capabilities: deferral,
        ..Default::default()
    };
    let deferred = client
        .plan_resource_change(request)
        .await?
        .into_inner()
        .deferred;
    ensure!(deferred.is_none(), "plan: {deferred:?}");
    let request = proto::read_resource::Request {
        type_name: VALUES.into(),
        current_state: state,
        client_capabilities: deferral,
        ..Default::default()
    };
    let deferred = client.read_resource(request).await?.into_inner().deferred;
    ensure!(deferred.is_none(), "read: {deferred:?}");
    let request = proto::import_resource_state::Request {
        type_name: VALUES.into(),
        id: "x".into(),
        client_capabilities: deferral,
        ..Default::default()
    };
    let deferred = client
        .import_resource_state(request)
        .await?
        .into_inner()
        .deferred;
    ensure!(deferred.is_none(), "import: {deferred:?}");
    let request = proto::read_data_source::Request {
        type_name: "conformance_info".into(),
        client_capabilities: deferral,
        ..Default::default()
    };
    let deferred = client
        .read_data_source(request)
        .await?
        .into_inner()
        .deferred;
    ensure!(deferred.is_none(), "data source: {deferred:?}");
    // Sessions refuse it in every other answer, during apply above all.
    Ok(())
}

pub(crate) async fn n07_generated_configuration_is_left_to_the_host() -> Result<()> {
    let (provider, mut client) = start().await?;
    let offered = |session: &Session| {
        session
            .schemas()
            .server_capabilities
            .is_some_and(|server| server.generate_resource_config)
    };
    ensure!(!offered(&provider.session), "offered");
    for state in [None, provider.wire(THING, &Json::Null)?] {
        let request = proto::generate_resource_config::Request {
            type_name: THING.into(),
            state,
        };
        let answer = client.generate_resource_config(request).await?.into_inner();
        one_error(&answer.diagnostics, "Unable to generate configuration")?;
    }
    Ok(())
}

pub(crate) async fn n08_state_stores_are_unimplemented() -> Result<()> {
    let (provider, mut client) = start().await?;
    fn refused<T>(method: &str, result: Result<Response<T>, Status>) -> Result<()> {
        let status = result
            .err()
            .with_context(|| format!("{method} was answered"))?;
        ensure!(status.code() == Code::Unimplemented, "{method}: {status}");
        Ok(())
    }
    let write = futures::stream::iter([proto::write_state_bytes::RequestChunk::default()]);
    refused(
        "validate",
        client
            .validate_state_store_config(proto::validate_state_store::Request::default())
            .await,
    )?;
    refused(
        "configure",
        client
            .configure_state_store(proto::configure_state_store::Request::default())
            .await,
    )?;
    refused(
        "read",
        client
            .read_state_bytes(proto::read_state_bytes::Request::default())
            .await,
    )?;
    refused("write", client.write_state_bytes(write).await)?;
    refused(
        "lock",
        client
            .lock_state(proto::lock_state::Request::default())
            .await,
    )?;
    refused(
        "unlock",
        client
            .unlock_state(proto::unlock_state::Request::default())
            .await,
    )?;
    refused(
        "list",
        client
            .get_states(proto::get_states::Request::default())
            .await,
    )?;
    refused(
        "delete",
        client
            .delete_state(proto::delete_state::Request::default())
            .await,
    )?;
    // The connection stays.
    provider.validate(THING, &json!({ "name": "a" })).await?;
    Ok(())
}
