//! Processes and connections.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use plugin_host::plugin::transport::{self, Address, Security};
use plugin_host::plugin::{ClientIdentity, MAGIC_COOKIE};
use plugin_host::{Host, Launch, Plugin, Session};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use tfplugin6::tfplugin6::provider_server::ProviderServer;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;

use crate::fake::Fake;

/// Returns the launch of a process that prints a line and keeps running. The provider itself runs
/// in the test.
fn announcing(line: &str) -> Launch {
    let script = format!("echo '{line}'; echo started >&2; exec tail -f /dev/null");
    Launch::new("sh").arg("-c").arg(script)
}

#[tokio::test]
async fn a_plugin_is_started_called_and_killed() {
    let running = Fake::new().serve().await;
    let line = format!("1|6|unix|{}|grpc|", running.socket.display());
    let plugin = Plugin::start(announcing(&line).without_tls())
        .await
        .unwrap();
    assert_eq!(plugin.handshake().unwrap().line, line);
    let log = plugin.stderr().unwrap();
    log.find(Duration::from_secs(10), |line| line == "started")
        .await
        .unwrap();

    let session = Session::new(plugin.client(), Host::default())
        .await
        .unwrap();
    session.configure(json!({})).await.unwrap();
    // The script ignores Shutdown, so it must be killed.
    assert!(plugin.shutdown().await.unwrap().unwrap().killed);
}

#[tokio::test]
async fn signals_end_a_process() {
    let running = Fake::new().serve().await;
    let line = format!("1|6|unix|{}|grpc|", running.socket.display());
    let mut plugin = Plugin::start(announcing(&line).without_tls())
        .await
        .unwrap();
    plugin.signal("TERM").await.unwrap();
    assert!(
        !plugin
            .wait(Duration::from_secs(10))
            .await
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn plugin_in_debug_mode_can_be_attached() {
    let running = Fake::new().serve().await;
    let entry = json!({ "registry.terraform.io/test/test": {
        "Protocol": "grpc", "ProtocolVersion": 6, "Pid": std::process::id(), "Test": true,
        "Addr": { "Network": "unix", "String": running.socket },
    }});
    let plugin = Plugin::attach(&entry.to_string()).await.unwrap();
    assert!(Session::new(plugin.client(), Host::default()).await.is_ok());
    assert!(plugin.shutdown().await.unwrap().is_none());
}

#[tokio::test]
async fn plugins_get_the_environment_of_terraform() {
    let script = r#"echo "$TF_PLUGIN_MAGIC_COOKIE $PLUGIN_PROTOCOL_VERSIONS $PLUGIN_MIN_PORT \
$PLUGIN_MAX_PORT $X"; echo "$PLUGIN_CLIENT_CERT" >&2"#;
    let launch = Launch::new("sh").arg("-c").arg(script).env("X", "x");
    let output = launch.output().await.unwrap();
    assert_eq!(output.stdout, format!("{MAGIC_COOKIE} 5,6 10000 25000 x\n"));
    assert!(
        output.stderr.starts_with("-----BEGIN CERTIFICATE-----\n"),
        "{}",
        output.stderr
    );
    let plain = launch.without_tls().output().await.unwrap();
    assert_eq!(plain.stderr, "\n");
}

#[tokio::test]
async fn error_of_a_failed_start_contains_the_output() {
    let dies = Launch::new("sh").arg("-c").arg("echo 'no way' >&2; exit 3");
    let error = format!("{:#}", Plugin::start(dies).await.unwrap_err());
    assert!(
        error.contains("no way") && error.contains("exit status: 3"),
        "{error}"
    );
    let banner = announcing("Welcome!");
    let error = format!("{:#}", Plugin::start(banner).await.unwrap_err());
    assert!(error.contains("handshake line \"Welcome!"), "{error}");
    let silent = Launch::new("tail")
        .arg("-f")
        .arg("/dev/null")
        .limit(Duration::from_millis(50));
    let error = format!("{:#}", Plugin::start(silent).await.unwrap_err());
    assert!(
        error.contains("timeout while waiting for the handshake"),
        "{error}"
    );
}

#[tokio::test]
async fn both_sides_of_a_tls_connection_are_pinned() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("plugin");
    let identity = ClientIdentity::generate().unwrap();
    let server = serve_tls(&socket, identity.certificate(), "localhost");
    let address = Address::Unix(socket.clone());

    let line = format!(
        "1|6|unix|{}|grpc|{}",
        socket.display(),
        STANDARD_NO_PAD.encode(&server)
    );
    let plugin = Plugin::start(announcing(&line).certificate(identity.clone()))
        .await
        .unwrap();
    assert!(Session::new(plugin.client(), Host::default()).await.is_ok());
    let connection = transport::open(&address, plugin.security()).await.unwrap();
    assert_eq!(
        connection.negotiated().unwrap().alpn.as_deref(),
        Some(b"h2".as_slice())
    );

    let other = ClientIdentity::generate().unwrap();
    for intruder in [None, Some(other.clone())] {
        let security = Security::Tls {
            server: server.clone(),
            identity: intruder,
        };
        assert!(call(&address, &security).await.is_err());
    }
    assert!(call(&address, &Security::Plain).await.is_err());
    let expected_other = Security::Tls {
        server: other.certificate().clone(),
        identity: Some(identity),
    };
    assert!(transport::open(&address, &expected_other).await.is_err());
}

#[tokio::test]
async fn a_server_certificate_without_the_name_localhost_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("plugin");
    let identity = ClientIdentity::generate().unwrap();
    let server = serve_tls(&socket, identity.certificate(), "elsewhere");
    let security = Security::Tls {
        server,
        identity: Some(identity),
    };
    let error = transport::open(&Address::Unix(socket), &security)
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("not valid for name"),
        "{error:#}"
    );
}

async fn call(address: &Address, security: &Security) -> anyhow::Result<()> {
    let channel = transport::connect(address, security).await?;
    Session::new(plugin_host::ProviderClient::new(channel), Host::default()).await?;
    Ok(())
}

/// Serves the fake over TLS to one client, and returns the certificate of the server.
fn serve_tls(
    socket: &Path,
    client: &CertificateDer<'static>,
    name: &str,
) -> CertificateDer<'static> {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new([name.to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(verifier::Pinned(client.clone(), provider.clone()));
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = UnixListener::bind(socket).unwrap();
    let (sender, receiver) = mpsc::channel::<std::io::Result<TlsStream<UnixStream>>>(8);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, sender) = (acceptor.clone(), sender.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let _ = sender.send(Ok(stream)).await;
                }
            });
        }
    });
    let server = Server::builder().add_service(ProviderServer::new(Fake::new()));
    tokio::spawn(server.serve_with_incoming(ReceiverStream::new(receiver)));
    certificate.der().clone()
}

/// Verifies like a plugin: exactly one client certificate, byte for byte.
mod verifier {
    use std::sync::Arc;

    use rustls::client::danger::HandshakeSignatureValid;
    use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
    use rustls::pki_types::{CertificateDer, UnixTime};
    use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
    use rustls::{
        CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    };

    #[derive(Debug)]
    pub(super) struct Pinned(
        pub(super) CertificateDer<'static>,
        pub(super) Arc<CryptoProvider>,
    );

    impl ClientCertVerifier for Pinned {
        fn root_hint_subjects(&self) -> &[DistinguishedName] {
            &[]
        }

        fn verify_client_cert(
            &self,
            end_entity: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: UnixTime,
        ) -> Result<ClientCertVerified, Error> {
            if *end_entity == self.0 {
                Ok(ClientCertVerified::assertion())
            } else {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls12_signature(
                message,
                cert,
                dss,
                &self.1.signature_verification_algorithms,
            )
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            verify_tls13_signature(
                message,
                cert,
                dss,
                &self.1.signature_verification_algorithms,
            )
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.1.signature_verification_algorithms.supported_schemes()
        }
    }
}
