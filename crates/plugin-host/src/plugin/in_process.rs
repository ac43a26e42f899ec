//! A provider in the process of its host, with the protocol between them: no other process and no
//! socket, so that time may stand still.

use std::io;

use anyhow::Result;
use hyper_util::rt::TokioIo;
use tfplugin6::tfplugin6::provider_server::{Provider, ProviderServer};
use tokio::io::DuplexStream;
use tonic::transport::{Endpoint, Server, Uri};
use tower::service_fn;

use super::{ProviderClient, provider_client};

/// How much is on its way before a side waits for the other.
const BUFFER: usize = 1 << 20;

/// Serves a provider in a task of its own, and gives a client of it. It ends with the last client.
pub async fn in_process(provider: impl Provider) -> Result<ProviderClient> {
    let (near, far) = tokio::io::duplex(BUFFER);
    let incoming = tokio_stream::once(Ok::<DuplexStream, io::Error>(far));
    let server = ProviderServer::new(provider)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
    tokio::spawn(
        Server::builder()
            .add_service(server)
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
    Ok(provider_client(channel))
}
