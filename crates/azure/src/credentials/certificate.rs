//! Assertions signed with a certificate's key.
//!
//! Entra ID expects a JWT, signed with PS256, whose header identifies the certificate by its
//! SHA-256 thumbprint (Microsoft identity platform, "Certificate credentials"). The header includes
//! the chain, for applications that trust a subject and an issuer instead of one certificate.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use p12_keystore::Pkcs12Archive;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::json;

/// Signs assertions.
pub(super) struct Signer {
    client_id: String,
    /// The token endpoint.
    audience: String,
    key: KeyPair,
    header: String,
}

/// A certificate with its key.
pub(super) struct Certificate {
    key: KeyPair,
    /// The certificate of the key comes first.
    chain: Vec<Vec<u8>>,
}

/// Why a certificate cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CertificateError {
    #[error("it is not PEM, and it is not PKCS#12 with this password: {0}")]
    Pkcs12(String),
    #[error("the PEM text is invalid: {0}")]
    Pem(String),
    #[error("it does not contain a certificate")]
    NoCertificate,
    #[error("it does not contain a private key")]
    NoKey,
    #[error(
        "its private key is encrypted. The provider does not support encrypted keys in PEM files. \
         Convert the file to PKCS#12"
    )]
    EncryptedKey,
    #[error("its private key is not an RSA key. Microsoft Entra ID requires an RSA key")]
    NotRsa,
    #[error("its private key does not match any of its certificates")]
    Mismatch,
    #[error("cannot sign the assertion")]
    Sign,
}

/// Entra ID advises five to ten minutes.
const VALID_FOR: u64 = 600;

impl Certificate {
    /// Reads PEM or PKCS#12.
    pub(super) fn read(
        bytes: &SecretSlice<u8>,
        password: Option<&SecretString>,
    ) -> Result<Self, CertificateError> {
        let bytes = bytes.expose_secret();
        let (keys, certificates) = if bytes.windows(11).any(|window| window == b"-----BEGIN ") {
            Self::read_pem(bytes)?
        } else {
            let password = password
                .map(ExposeSecret::expose_secret)
                .unwrap_or_default();
            Self::read_pkcs12(bytes, password)?
        };
        if keys.is_empty() {
            return Err(CertificateError::NoKey);
        }
        if certificates.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let pairs: Vec<KeyPair> = keys.into_iter().flatten().collect();
        if pairs.is_empty() {
            return Err(CertificateError::NotRsa);
        }
        for key in pairs {
            if let Some(chain) = chain(&key, &certificates) {
                return Ok(Self { key, chain });
            }
        }
        Err(CertificateError::Mismatch)
    }

    fn read_pem(bytes: &[u8]) -> Result<Bags, CertificateError> {
        let malformed =
            |error: rustls::pki_types::pem::Error| CertificateError::Pem(error.to_string());
        let certificates = CertificateDer::pem_slice_iter(bytes)
            .map(|certificate| certificate.map(|der| der.to_vec()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(malformed)?;
        let mut keys = Vec::new();
        for key in PrivateKeyDer::pem_slice_iter(bytes) {
            keys.push(match key.map_err(malformed)? {
                PrivateKeyDer::Pkcs8(key) => KeyPair::from_pkcs8(key.secret_pkcs8_der()).ok(),
                PrivateKeyDer::Pkcs1(key) => KeyPair::from_der(key.secret_pkcs1_der()).ok(),
                _ => None,
            });
        }
        let encrypted = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
        if keys.is_empty()
            && bytes
                .windows(encrypted.len())
                .any(|window| window == encrypted)
        {
            return Err(CertificateError::EncryptedKey);
        }
        Ok((keys, certificates))
    }

    fn read_pkcs12(bytes: &[u8], password: &str) -> Result<Bags, CertificateError> {
        let archive = Pkcs12Archive::from_pkcs12(bytes, password)
            .map_err(|error| CertificateError::Pkcs12(error.to_string()))?;
        let keys = archive
            .keys
            .iter()
            .map(|bag| KeyPair::from_pkcs8(bag.key.as_der()).ok());
        let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec());
        Ok((keys.collect(), certificates.collect()))
    }
}

/// Keys and certificates. A key that is not an RSA key is `None`.
type Bags = (Vec<Option<KeyPair>>, Vec<Vec<u8>>);

/// Returns the certificates, with that of `key` first, or `None` if it is not among them.
fn chain(key: &KeyPair, certificates: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    // A certificate contains the encoding of its RSA key unchanged.
    let public = key.public_key().as_ref();
    let holds = |der: &Vec<u8>| der.windows(public.len()).any(|window| window == public);
    let leaf = certificates.iter().position(holds)?;
    let others = certificates
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != leaf);
    let mut chain = vec![certificates[leaf].clone()];
    chain.extend(others.map(|(_, certificate)| certificate.clone()));
    Some(chain)
}

impl Signer {
    pub(super) fn new(certificate: Certificate, client_id: String, audience: String) -> Self {
        let Certificate { key, chain } = certificate;
        let thumbprint = chain.first().map(|leaf| digest(&SHA256, leaf));
        let thumbprint = thumbprint.as_ref().map(AsRef::as_ref).unwrap_or_default();
        let header = json!({
            "alg": "PS256",
            "typ": "JWT",
            "x5t#S256": BASE64_URL_SAFE_NO_PAD.encode(thumbprint),
            "x5c": chain.iter().map(|der| BASE64_STANDARD.encode(der)).collect::<Vec<_>>(),
        });
        Self {
            client_id,
            audience,
            key,
            header: header.to_string(),
        }
    }

    pub(super) fn sign(&self) -> Result<String, CertificateError> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let claims = json!({
            "aud": self.audience,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": uuid::Uuid::new_v4().to_string(),
            "iat": now,
            "nbf": now,
            "exp": now + VALID_FOR,
        });
        let text = format!(
            "{}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(&self.header),
            BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .map_err(|_| CertificateError::Sign)?;
        Ok(format!(
            "{text}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(signature)
        ))
    }
}
