//! The emulator's own certificate authority and the certificate of its address.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

const CERTIFICATE: &str = "azuresre-emulator-ca.pem";
/// The names under which clients reach the emulator.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Certificates could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A certificate could not be generated.
    #[error("cannot generate a certificate: {0}")]
    Generate(#[from] rcgen::Error),
    /// The certificate could not be used.
    #[error("cannot use the generated certificate: {0}")]
    Use(#[from] rustls::Error),
    /// The certificate could not be written.
    #[error("cannot write the CA certificate to {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A certificate authority that lives as long as the emulator.
#[derive(Debug)]
pub(crate) struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate_path: PathBuf,
    /// Holds the folder of the certificate, unless the user named one.
    _folder: Option<TempDir>,
}

impl CertificateAuthority {
    /// A new authority whose certificate is written to `folder`, or to a temporary one.
    pub(crate) fn create(folder: Option<&Path>) -> Result<Self, TlsError> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "azuresre emulator CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();

        let (folder, temporary) = match folder {
            Some(folder) => (folder.to_owned(), None),
            None => {
                let temporary = tempfile::Builder::new()
                    .prefix("azuresre-emulator-")
                    .tempdir();
                let temporary = temporary.map_err(|source| TlsError::Write {
                    path: std::env::temp_dir(),
                    source,
                })?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let certificate_path = folder.join(CERTIFICATE);
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&certificate_path, pem))
            .map_err(|source| TlsError::Write {
                path: certificate_path.clone(),
                source,
            })?;
        Ok(Self {
            issuer: Issuer::new(params, key),
            certificate_path,
            _folder: temporary,
        })
    }

    pub(crate) fn certificate_path(&self) -> &Path {
        &self.certificate_path
    }

    /// A TLS acceptor with a new certificate for the loopback names.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let mut params = CertificateParams::new(NAMES.map(str::to_owned).to_vec())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "azuresre emulator");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate: CertificateDer<'static> = params.signed_by(&key, &self.issuer)?.into();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        // HTTP/1.1 alone, so that closing a connection concerns exactly one request.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
