//! The certificates of the proxy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_rustls::TlsAcceptor;

use crate::tls::{CertificateAuthority, HTTP_1, HTTP_2, TlsError};

/// A certificate for every host that was requested so far.
pub(crate) struct Certificates {
    authority: Arc<CertificateAuthority>,
    // Kept, so that clients can resume sessions.
    acceptors: Mutex<HashMap<String, TlsAcceptor>>,
}

impl Certificates {
    /// Creates an empty set of certificates, which this authority issues on demand.
    pub(crate) fn new(authority: Arc<CertificateAuthority>) -> Self {
        Self {
            authority,
            acceptors: Mutex::default(),
        }
    }

    /// Returns a TLS acceptor with a certificate for this host, which supports HTTP/2 and HTTP/1.1.
    pub(crate) fn acceptor(&self, host: &str) -> Result<TlsAcceptor, TlsError> {
        let mut acceptors = self
            .acceptors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(acceptor) = acceptors.get(host) {
            return Ok(acceptor.clone());
        }
        let acceptor = self.authority.acceptor_for(&[host], &[HTTP_2, HTTP_1])?;
        acceptors.insert(host.to_owned(), acceptor.clone());
        Ok(acceptor)
    }
}
