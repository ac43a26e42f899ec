//! The emulator's own certificate authority, and the certificates that it issues.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

use crate::site;

const CERTIFICATE: &str = "azuresre-emulator-ca.pem";
const KEY: &str = "azuresre-emulator-ca-key.pem";
/// The names under which clients reach the emulator.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// The names of protocols in TLS handshakes.
pub(crate) const HTTP_1: &[u8] = b"http/1.1";
pub(crate) const HTTP_2: &[u8] = b"h2";

/// Why certificates could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A certificate could not be generated.
    #[error("cannot generate a certificate: {0}")]
    Generate(#[from] rcgen::Error),
    /// The certificate could not be used.
    #[error("cannot use the generated certificate: {0}")]
    Use(#[from] rustls::Error),
    /// The authority's certificate or key could not be read or written.
    #[error("cannot keep the CA in {path}: {source}; name another folder with --ca-dir")]
    Keep {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

/// A certificate authority that lives as long as the emulator.
#[derive(Debug)]
pub(crate) struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate_path: PathBuf,
    /// Keeps the temporary folder of the certificate, unless the user named a folder.
    _folder: Option<TempDir>,
}

impl CertificateAuthority {
    /// Opens the authority in `folder`, and creates it if there is none, so that clients that trust
    /// it can keep doing so. Without a folder, creates a new one for this run.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, TlsError> {
        let Some(folder) = folder else {
            let temporary = tempfile::Builder::new()
                .prefix("azuresre-emulator-")
                .tempdir();
            let temporary = temporary.map_err(|source| keep(&std::env::temp_dir(), source))?;
            let (certificate, issuer) = generate()?;
            let certificate_path = temporary.path().join(CERTIFICATE);
            write(&certificate_path, &certificate, 0o644)?;
            return Ok(Self {
                issuer,
                certificate_path,
                _folder: Some(temporary),
            });
        };
        let (certificate_path, key_path) = (folder.join(CERTIFICATE), folder.join(KEY));
        let issuer = match (read(&certificate_path)?, read(&key_path)?) {
            (Some(certificate), Some(key)) => {
                Issuer::from_ca_cert_pem(&certificate, KeyPair::from_pem(&key)?)?
            }
            _ => {
                std::fs::create_dir_all(folder).map_err(|source| keep(folder, source))?;
                let (certificate, issuer) = generate()?;
                write(&key_path, &issuer.key().serialize_pem(), 0o600)?;
                write(&certificate_path, &certificate, 0o644)?;
                issuer
            }
        };
        Ok(Self {
            issuer,
            certificate_path,
            _folder: None,
        })
    }

    pub(crate) fn certificate_path(&self) -> &Path {
        &self.certificate_path
    }

    /// Creates a TLS acceptor for the emulator's own port, with a new certificate for the loopback
    /// names.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        // Only HTTP/1.1, so that closing a connection concerns exactly one request.
        self.acceptor_for(&NAMES, &[HTTP_1])
    }

    /// Creates a TLS acceptor with a new certificate for these names, which supports these
    /// protocols.
    pub(crate) fn acceptor_for(
        &self,
        names: &[&str],
        protocols: &[&[u8]],
    ) -> Result<TlsAcceptor, TlsError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params
            .distinguished_name
            .push(DnType::CommonName, "azuresre emulator");
        let day = |date: Date| {
            let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
            rcgen::date_time_ymd(date.year().into(), month, day)
        };
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        // Clients' clocks may be slow. Apple's verifier refuses more than 825 days in total.
        params.not_before = day(today.saturating_sub(1.day()));
        params.not_after = day(today.saturating_add(2.years()));
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
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Creates an authority, and returns its certificate in PEM as well.
fn generate() -> Result<(String, Issuer<'static, KeyPair>), TlsError> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "azuresre emulator CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Clients that trust this authority only trust it for the emulated hosts.
    let hosts = site::HOSTS.map(|host| host.trim_start_matches("*."));
    let names = hosts.into_iter().chain(["localhost"]);
    let loopback = [
        CidrSubnet::from_addr_prefix(Ipv4Addr::new(127, 0, 0, 0).into(), 8),
        CidrSubnet::from_addr_prefix(Ipv6Addr::LOCALHOST.into(), 128),
    ];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names
            .map(|name| GeneralSubtree::DnsName(name.to_owned()))
            .chain(loopback.map(GeneralSubtree::IpAddress))
            .collect(),
        excluded_subtrees: Vec::new(),
    });
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    Ok((certificate, Issuer::new(params, key)))
}

/// Returns the text of a file, if it exists.
fn read(path: &Path) -> Result<Option<String>, TlsError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(keep(path, source)),
    }
}

/// Writes a file with its final mode from the beginning, so that nobody else can read a key, not
/// even briefly. On Windows, it has the permissions of its folder.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let file = options.open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| keep(path, source))
}

fn keep(path: &Path, source: io::Error) -> TlsError {
    TlsError::Keep {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{ClientConfig, RootCertStore};
    use tokio_rustls::TlsConnector;

    use super::{CertificateAuthority, HTTP_1};

    #[rstest]
    #[case("management.azure.com", true)]
    #[case("shop--1.hash.westus.azuresre.ai", true)]
    #[case("localhost", true)]
    #[case("127.0.0.1", true)]
    #[case("::1", true)]
    #[case("example.com", false)]
    #[case("azure.com", false)]
    #[case("10.0.0.1", false)]
    #[tokio::test]
    async fn authority_is_only_trusted_for_emulated_hosts(
        #[case] name: &str,
        #[case] trusted: bool,
    ) {
        let authority = CertificateAuthority::open(None).unwrap();
        let acceptor = authority.acceptor_for(&[name], &[HTTP_1]).unwrap();
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_file(authority.certificate_path()).unwrap();
        roots.add(root).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (near, far) = tokio::io::duplex(16 * 1024);
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let (connected, _) = tokio::join!(
            TlsConnector::from(Arc::new(client)).connect(name, near),
            acceptor.accept(far)
        );
        assert_eq!(connected.is_ok(), trusted, "{:?}", connected.err());
    }
}
