//! The services that go-plugin hosts expect in addition to the provider.

use futures::StreamExt as _;
use futures::stream;
use tfplugin6::plugin;
use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

/// Ends the process when the host requests it.
pub(super) struct Controller {
    pub(super) done: CancellationToken,
}

/// Standard output and error as streams. They are always empty, because logs go directly to
/// standard error.
pub(super) struct Stdio;

/// Further connections between host and plugin. Providers need none.
pub(super) struct Broker;

#[tonic::async_trait]
impl plugin::grpc_controller_server::GrpcController for Controller {
    async fn shutdown(&self, _: Request<plugin::Empty>) -> Result<Response<plugin::Empty>, Status> {
        tracing::debug!("the host says goodbye");
        self.done.cancel();
        Ok(Response::new(plugin::Empty {}))
    }
}

#[tonic::async_trait]
impl plugin::grpc_stdio_server::GrpcStdio for Stdio {
    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<BoxStream<plugin::StdioData>>, Status> {
        Ok(Response::new(Box::pin(stream::pending())))
    }
}

#[tonic::async_trait]
impl plugin::grpc_broker_server::GrpcBroker for Broker {
    async fn start_stream(
        &self,
        request: Request<Streaming<plugin::ConnInfo>>,
    ) -> Result<Response<BoxStream<plugin::ConnInfo>>, Status> {
        // The stream stays open and silent as long as the host keeps its side open.
        let incoming = request.into_inner();
        let silent = incoming.filter_map(|_| async { None });
        Ok(Response::new(Box::pin(silent)))
    }
}
