//! The process, from the environment that a host sets up to the end of the last call.
//!
//! There are two modes: [`run`] under a host, which starts and ends the process, and [`run_debug`],
//! to which hosts attach through `TF_REATTACH_PROVIDERS`.

mod handshake;
mod lifetime;
mod listener;
mod log;
mod services;
mod tls;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tfplugin6::plugin;
use tfplugin6::tfplugin6::provider_server::ProviderServer;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server as Transport;

use self::handshake::{Environment, Handshake, HandshakeError};
use self::listener::Listener;
use crate::provider::Provider;
use crate::server::{Server, note_panic};

/// The maximum size of a message in either direction. States and plans exceed the usual 4 MiB.
const MAX_MESSAGE: usize = 256 << 20;

/// How long calls may take to finish after the host has said to shut down. The host kills the
/// process after two seconds.
const GRACE: Duration = Duration::from_millis(1_000);

/// The provider to serve.
#[derive(Clone, Debug)]
pub struct Info {
    /// The type of the provider, such as `example`.
    pub name: &'static str,
    /// Its source address with host, such as `registry.terraform.io/example/example`.
    pub address: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// Why a provider could not be served.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error(transparent)]
    Provider(#[from] crate::server::InvalidProvider),
    #[error("cannot make a certificate for the host: {0}")]
    Certificate(#[from] tls::TlsError),
    #[error("cannot listen for the host: {0}")]
    Listen(#[source] io::Error),
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] io::Error),
    #[error("the server failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves a provider to the host that started this process, until that host is done or gone.
///
/// Standard output contains the handshake line and nothing else.
pub fn run(info: &Info, provider: Arc<dyn Provider>) -> ExitCode {
    let environment = match Environment::from_process() {
        Ok(environment) => environment,
        Err(error) => return fail(info, &error.into()),
    };
    log::init(info);
    std::panic::set_hook(Box::new(note_panic));
    block_on(info, async {
        let tls = match &environment.client_certificate {
            Some(pem) => Some(tls::server(pem)?),
            None => None,
        };
        let server = Server::new(provider)?;
        let listener = Listener::bind(&environment)
            .await
            .map_err(ServeError::Listen)?;
        let done = CancellationToken::new();
        // This must happen before the line is printed, because the host may be interrupted or die
        // as soon as it has read the line.
        lifetime::ignore_interrupts();
        lifetime::end_with_parent(done.clone());
        let line = Handshake {
            address: listener.address(),
            tls: tls.as_ref(),
            environment: &environment,
        };
        print(&line.to_string())?;
        lifetime::give_up_stdout().map_err(ServeError::Stdout)?;
        serve(server, listener, tls.map(|tls| tls.acceptor), done).await
    })
}

/// Serves a provider to any number of hosts until interrupted, and prints how to attach.
pub fn run_debug(info: &Info, provider: Arc<dyn Provider>) -> ExitCode {
    log::init(info);
    std::panic::set_hook(Box::new(note_panic));
    block_on(info, async {
        let server = Server::new(provider)?;
        let environment = Environment::default();
        let listener = Listener::bind(&environment)
            .await
            .map_err(ServeError::Listen)?;
        let done = CancellationToken::new();
        lifetime::end_with_interrupt(done.clone());
        print(&handshake::reattach_notice(info, listener.address()))?;
        serve(server, listener, None, done).await
    })
}

async fn serve(
    server: Server,
    listener: Listener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    done: CancellationToken,
) -> Result<(), ServeError> {
    let (health_reporter, health) = tonic_health::server::health_reporter();
    // The name under which go-plugin hosts ask for the status.
    health_reporter
        .set_service_status("plugin", tonic_health::ServingStatus::Serving)
        .await;
    let provider = ProviderServer::new(server)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let controller = services::Controller { done: done.clone() };
    let (connections, socket) = listener.accept(tls, done.clone());
    let router = Transport::builder()
        .initial_stream_window_size(4 << 20)
        .initial_connection_window_size(16 << 20)
        .add_service(provider)
        .add_service(health)
        .add_service(plugin::grpc_controller_server::GrpcControllerServer::new(
            controller,
        ))
        .add_service(plugin::grpc_stdio_server::GrpcStdioServer::new(
            services::Stdio,
        ))
        .add_service(plugin::grpc_broker_server::GrpcBrokerServer::new(
            services::Broker,
        ));
    let serving = router.serve_with_incoming_shutdown(connections, done.clone().cancelled_owned());
    let result = tokio::select! {
        result = serving => result.map_err(ServeError::from),
        () = async { done.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
    };
    drop(socket);
    result
}

fn block_on(info: &Info, work: impl Future<Output = Result<(), ServeError>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(info, &ServeError::Listen(error)),
    };
    let result = runtime.block_on(work);
    // A call that is still running has lost its host, and must not keep the process alive.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(info, &error),
    }
}

fn print(text: &str) -> Result<(), ServeError> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")
        .and_then(|()| stdout.flush())
        .map_err(ServeError::Stdout)
}

fn fail(info: &Info, error: &ServeError) -> ExitCode {
    // Nothing can be done if standard error is gone as well.
    let _ = writeln!(
        io::stderr(),
        "terraform-provider-{} {}: {error}",
        info.name,
        info.version
    );
    ExitCode::FAILURE
}
