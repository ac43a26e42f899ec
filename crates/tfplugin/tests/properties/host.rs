//! A host and a provider in one process, with the protocol between them.

use std::io;
use std::sync::Arc;

use anyhow::Result;
use hyper_util::rt::TokioIo;
use plugin_host::{Host, ProviderClient, Session};
use tfplugin::server::Server;
use tfplugin6::tfplugin6::provider_server::ProviderServer;
use tokio::io::DuplexStream;
use tonic::transport::{Endpoint, Uri};
use tower::service_fn;

use crate::service::Service;

/// A session with a provider of one resource type.
pub(crate) async fn session(service: Service) -> Result<Session> {
    let server = Server::new(Arc::new(service))?;
    let (near, far) = tokio::io::duplex(1 << 20);
    let incoming = tokio_stream::once(Ok::<DuplexStream, io::Error>(far));
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(ProviderServer::new(server))
            .serve_with_incoming(incoming),
    );
    let mut near = Some(near);
    // There is one connection, and it is never lost.
    let connect = service_fn(move |_: Uri| {
        let near = near.take().map(TokioIo::new);
        async move { near.ok_or_else(|| io::Error::other("connected already")) }
    });
    let channel = Endpoint::from_static("http://localhost")
        .connect_with_connector(connect)
        .await?;
    Session::new(ProviderClient::new(channel), Host::terraform(16)).await
}
