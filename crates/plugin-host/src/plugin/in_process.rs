//! A provider in the same process as its host, with the protocol between them. There is no other
//! process and no socket, so the clock can be paused.

use std::io;

use anyhow::Result;
use hyper_util::rt::TokioIo;
use tfplugin6::tfplugin6::provider_server::{Provider, ProviderServer};
use tokio::io::DuplexStream;
use tonic::transport::{Endpoint, Server, Uri};
use tower::service_fn;

use super::{ProviderClient, provider_client};

/// How many bytes are buffered before a side waits for the other.
const BUFFER: usize = 1 << 20;

/// Serves a provider in a separate task, and returns a client of it. The task ends with the last
/// client.
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
    // There is only one connection, and it is never lost.
    let connect = service_fn(move |_: Uri| {
        let near = near.take().map(TokioIo::new);
        async move { near.ok_or_else(|| io::Error::other("connected already")) }
    });
    let channel = Endpoint::from_static("http://localhost")
        .connect_with_connector(connect)
        .await?;
    Ok(provider_client(channel))
}
