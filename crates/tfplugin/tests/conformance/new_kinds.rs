//! What the framework never does, whatever a host allows, and what it does not offer.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tfplugin6::tfplugin6 as proto;
use tonic::{Code, Response, Status};

use crate::support::{Provider, THING, VALUES, launch};

pub(crate) async fn n01_nothing_is_ever_deferred() -> Result<()> {
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
    // Sessions reject it in every other answer, especially during apply.
    Ok(())
}

pub(crate) async fn n02_state_stores_are_unimplemented() -> Result<()> {
    let provider = Provider::unconfigured(launch()?).await?;
    let mut client = provider.client();
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
    // The connection stays open.
    provider.validate(THING, &json!({ "name": "a" })).await?;
    Ok(())
}
