//! Lines of the log. Headers and query parameters appear by an allow-list, and so do members of
//! documents ([`redaction`](crate::redaction)).
//!
//! At debug level, every try is one line of facts. Trace level adds headers and documents, in which
//! everything that is not allowed is shown as `<redacted n bytes>`.

use std::time::Duration;

use reqwest::header::HeaderMap;
use tracing::{Level, debug, enabled, trace};
use url::Url;

use crate::body::Body;
use crate::redaction::placeholder;
use crate::request::{Content, Request};
use crate::response::{Response, without_query};
use crate::wire::WireError;

const HEADERS: [&str; 14] = [
    "accept",
    "azure-asyncoperation",
    "content-length",
    "content-type",
    "date",
    "etag",
    "if-match",
    "location",
    "retry-after",
    "user-agent",
    "x-ms-client-request-id",
    "x-ms-correlation-request-id",
    "x-ms-request-id",
    "x-ms-retry-after-ms",
];

const QUERY_KEYS: [&str; 6] = ["api-version", "limit", "page", "$top", "$skip", "$filter"];

pub(crate) fn request(request: &Request, url: &Url, headers: &HeaderMap) {
    if enabled!(Level::TRACE) {
        trace!(
            method = request.method(),
            url = without_query(url),
            query = query(url),
            headers = shown(headers),
            body = content(request),
            "request"
        );
    }
}

pub(crate) fn response(request: &Request, response: &Response, elapsed: Duration) {
    let exchange = &response.exchange;
    debug!(
        method = request.method(),
        url = without_query(&exchange.url),
        status = response.status.as_u16(),
        ms = elapsed.as_millis() as u64,
        tries = exchange.tries,
        correlation_id = exchange.correlation_id,
        request_id = response.request_id(),
        "answer"
    );
    if enabled!(Level::TRACE) {
        trace!(
            headers = shown(&response.headers),
            body = match &response.body {
                Body::Json(document) => request.log.redact(document).to_string(),
                Body::Empty => String::new(),
                Body::Other { bytes, .. } => placeholder(bytes.len()),
            },
            "answer in full"
        );
    }
}

pub(crate) fn failure(
    request: &Request,
    url: &Url,
    tries: u32,
    elapsed: Duration,
    error: &WireError,
) {
    debug!(
        method = request.method(),
        url = without_query(url),
        ms = elapsed.as_millis() as u64,
        tries,
        %error,
        "no answer"
    );
}

fn content(request: &Request) -> String {
    match &request.content {
        Content::Empty => String::new(),
        Content::Json(document) => request.log.redact(document).to_string(),
        Content::Bytes { bytes, .. } => placeholder(bytes.len()),
        Content::Multipart(multipart) => {
            placeholder(multipart.parts.iter().map(|part| part.bytes.len()).sum())
        }
    }
}

fn shown(headers: &HeaderMap) -> String {
    let line = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        let allowed = HEADERS.contains(&name.as_str()) && !value.is_sensitive();
        match value.to_str() {
            // Links contain tokens in their queries.
            Ok(text) if allowed => format!("{name}: {}", text.split('?').next().unwrap_or(text)),
            _ => format!("{name}: {}", placeholder(value.len())),
        }
    };
    headers.iter().map(line).collect::<Vec<_>>().join(", ")
}

fn query(url: &Url) -> String {
    let pair = |(key, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        if QUERY_KEYS
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(&key))
        {
            format!("{key}={value}")
        } else {
            format!("{key}={}", placeholder(value.len()))
        }
    };
    url.query_pairs().map(pair).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_query_are_logged_by_allow_list() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        headers.insert("location", "https://host/path?t=secret".parse().unwrap());
        headers.insert("authorization", "Bearer secret".parse().unwrap());
        assert_eq!(
            shown(&headers),
            "content-type: application/json, location: https://host/path, \
             authorization: <redacted 13 bytes>"
        );
        let url = Url::parse("https://host/?api-version=1&code=secret").unwrap();
        assert_eq!(query(&url), "api-version=1&code=<redacted 6 bytes>");
    }
}
