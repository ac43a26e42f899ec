//! The HTTP transport of azure_identity, over this crate's wire.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use reqwest::Method;
use reqwest::header::HeaderMap;
use url::Url;

use crate::json;
use crate::response::without_query;
use crate::wire::{Call, Payload, Wire, WireErrorKind};

/// Sends the requests of azure_identity over this crate's wire.
///
/// azure_identity requires https for the sign-in host, and has the address of the metadata service
/// hard-coded. If the configuration has other addresses, this transport sends the requests there.
pub(super) struct Transport {
    wire: Arc<dyn Wire>,
    detours: Vec<(Url, Url)>,
}

impl Transport {
    /// Creates a transport with redirections. Requests for the origin of the first URL of each pair
    /// are sent to the second URL, whose path replaces that of the first.
    pub(super) fn new(wire: Arc<dyn Wire>, detours: Vec<(Url, Url)>) -> Self {
        Self { wire, detours }
    }

    fn route(&self, url: &Url) -> Url {
        let Some((from, to)) = self
            .detours
            .iter()
            .find(|(from, _)| from.origin() == url.origin())
        else {
            return url.clone();
        };
        let replaced = from.path().trim_end_matches('/');
        let rest = url.path().strip_prefix(replaced).unwrap_or(url.path());
        let mut routed = to.clone();
        routed.set_path(&format!("{}{rest}", to.path().trim_end_matches('/')));
        routed.set_query(url.query());
        routed
    }
}

#[async_trait]
impl HttpClient for Transport {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = self.route(request.url());
        let other = |message: String| azure_core::Error::with_message(ErrorKind::Other, message);
        let method = Method::from_bytes(request.method().as_ref().as_bytes())
            .map_err(|error| other(error.to_string()))?;
        let payload = match request.body() {
            Body::Bytes(bytes) if bytes.is_empty() => Payload::Empty,
            Body::Bytes(bytes) => Payload::Bytes(bytes.clone()),
            Body::SeekableStream(_) => {
                return Err(other("a credential sent a stream".to_owned()));
            }
        };
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers().iter() {
            let pair = (
                name.as_str().parse::<reqwest::header::HeaderName>(),
                value.as_str().parse(),
            );
            let (Ok(name), Ok(value)) = pair else {
                return Err(other(format!(
                    "a credential sent an invalid `{}`",
                    name.as_str()
                )));
            };
            headers.insert(name, value);
        }
        let shown = without_query(&url);
        let answer = self
            .wire
            .send(Call {
                method,
                url,
                headers,
                payload,
            })
            .await
            .map_err(|error| {
                let kind = match error.kind {
                    WireErrorKind::Connect | WireErrorKind::NobodyListens => ErrorKind::Connection,
                    WireErrorKind::Timeout | WireErrorKind::Broken => ErrorKind::Io,
                    WireErrorKind::Permanent | WireErrorKind::TooLarge => ErrorKind::Other,
                };
                let message = format!("{shown} did not respond: {error}");
                azure_core::Error::with_error(kind, error, message)
            })?;
        // Otherwise azure_identity would complain about the JSON of a proxy's error page.
        let is_json = json::read(&answer.body).is_ok();
        if !is_json && !answer.status.is_server_error() {
            return Err(other(format!(
                "{shown} returned {} without JSON. Something other than the sign-in service \
                 responded",
                answer.status.as_u16()
            )));
        }
        let mut headers = Headers::new();
        for (name, value) in &answer.headers {
            if let Ok(value) = value.to_str() {
                headers.insert(
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(value.to_owned()),
                );
            }
        }
        let body = if is_json {
            answer.body
        } else {
            no_json(&shown, answer.status.as_u16())
        };
        Ok(AsyncRawResponse::from_bytes(
            answer.status.as_u16().into(),
            headers,
            body,
        ))
    }
}

/// Returns the body that replaces a page of HTML in a failure that is worth a retry.
fn no_json(shown: &str, status: u16) -> bytes::Bytes {
    let message = format!("{shown} returned {status} without JSON");
    serde_json::json!({ "error_description": message })
        .to_string()
        .into()
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}
