//! HTTP as this crate needs it: one exchange, no redirects, bounded answers.

use std::time::Duration;

use reqwest::Certificate;

/// How connections are made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpOptions {
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the service may be silent.
    pub read_timeout: Duration,
    /// The largest answer, in bytes, after decompression.
    pub max_body: usize,
    /// Certificates to trust besides those of the system, e.g. of an inspecting proxy.
    pub extra_roots: Vec<Certificate>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(20),
            read_timeout: Duration::from_secs(100),
            max_body: 64 * 1024 * 1024,
            extra_roots: Vec::new(),
        }
    }
}
