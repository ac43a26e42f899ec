//! The negotiation between a client and a hub before they connect.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};
use serde_json::Value;
use url::Url;

use crate::body::Body;
use crate::budget::Budget;
use crate::cloud::parse_endpoint;
use crate::credentials::AccessToken;
use crate::data_plane::DataPlane;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::{signed, url_below};
use crate::request::Request;
use crate::response::without_query;
use crate::wire::{Call, Payload};

/// The newest version of the negotiation, which identifies a connection by a token instead of an
/// id.
const VERSION: (&str, &str) = ("negotiateVersion", "1");

/// How many redirections of a hub are followed.
const MAX_REDIRECTIONS: usize = 5;

/// A negotiated connection, which can be opened once.
pub(super) struct Agreed {
    pub(super) url: Url,
    pub(super) token: AccessToken,
}

/// The answer of a hub.
enum Answered {
    /// The id or the token of the connection.
    Id(String),
    /// Another address, as in Azure SignalR Service, with a token for that address.
    Elsewhere(Url, Option<AccessToken>),
}

/// Negotiates a connection to a hub of a data plane.
pub(super) async fn negotiate(plane: &DataPlane, hub: &str, budget: &Budget) -> Result<Agreed> {
    let path = format!("/{hub}");
    let base = url_below(plane.endpoint(), &path, &[])?;
    // A repeated negotiation does no harm: the hub reserves two connections, and one is never
    // opened.
    let request = Request::post(format!("{path}/negotiate"))
        .query(VERSION.0, VERSION.1)
        .idempotent(true);
    let answer = plane.send(request, budget).await?.into_json()?;
    let mut answered = read(&answer, &base)?;
    let mut url = base;
    let mut token = own_token(plane, budget).await?;
    for _ in 0..=MAX_REDIRECTIONS {
        match answered {
            Answered::Id(id) => {
                url.query_pairs_mut().append_pair("id", &id);
                return Ok(Agreed { url, token });
            }
            Answered::Elsewhere(to, token_there) => {
                // The token of the data plane is not sent to any other address.
                token = token_there.ok_or_else(|| {
                    let reason = format!(
                        "the hub redirects to {}, but does not provide a token for it",
                        without_query(&to)
                    );
                    Error::new(ErrorKind::HostRefused, reason)
                })?;
                url = to;
                let answer = budget.run(ask(plane, &url, &token)).await??;
                answered = read(&answer, &url)?;
            }
        }
    }
    let reason = format!(
        "the hub redirects too many times, last to {}",
        without_query(&url)
    );
    Err(Error::new(ErrorKind::Rejected, reason))
}

async fn own_token(plane: &DataPlane, budget: &Budget) -> Result<AccessToken> {
    let arm = plane.arm();
    let tokens = Arc::clone(&arm.exchange().tokens);
    budget
        .run(tokens.token(&arm.config().data_plane_audience))
        .await?
}

/// Negotiates at an address that is not a data plane.
async fn ask(plane: &DataPlane, url: &Url, token: &AccessToken) -> Result<Value> {
    let mut at = url.clone();
    at.set_path(&format!("{}/negotiate", url.path().trim_end_matches('/')));
    at.query_pairs_mut().append_pair(VERSION.0, VERSION.1);
    let shown = without_query(&at);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    let call = Call {
        method: Method::POST,
        url: at,
        headers: signed(headers, token, &[])?,
        payload: Payload::Empty,
    };
    let answer = plane.arm().exchange().wire.send(call).await;
    let answer = answer.map_err(|error| {
        Error::new(
            ErrorKind::Network,
            format!("{shown} did not respond: {error}"),
        )
        .with_source(error)
    })?;
    let content_type = answer.headers.get("content-type");
    let content_type = content_type.and_then(|value| value.to_str().ok());
    match Body::read(content_type, &answer.body) {
        Body::Json(document) if answer.status.is_success() => Ok(document),
        _ => {
            let status = answer.status.as_u16();
            let reason = format!("{shown} did not accept a connection: it returned {status}");
            Err(Error::new(ErrorKind::Rejected, reason))
        }
    }
}

fn read(answer: &Value, at: &Url) -> Result<Answered> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let refused = |reason: String| Err(Error::new(ErrorKind::Rejected, reason));
    if let Some(error) = text("error") {
        return refused(format!("the hub rejected the connection: {error}"));
    }
    if let Some(to) = text("url") {
        let to = elsewhere(to)?;
        let token = text("accessToken").map(|secret| AccessToken {
            secret: secret.to_owned().into(),
            expires_on: None,
        });
        return Ok(Answered::Elsewhere(to, token));
    }
    let transports = answer.get("availableTransports").and_then(Value::as_array);
    let speaks = |transport: &Value| {
        let name = transport.get("transport").and_then(Value::as_str);
        name.is_some_and(|name| name.eq_ignore_ascii_case("WebSockets"))
    };
    if !transports.is_some_and(|all| all.iter().any(speaks)) {
        return refused("the hub does not support WebSockets".to_owned());
    }
    // Before version 1 there were only ids.
    match text("connectionToken").or_else(|| text("connectionId")) {
        Some(id) => Ok(Answered::Id(id.to_owned())),
        None => {
            let reason = format!("{} did not provide a connection", without_query(at));
            Err(Error::new(ErrorKind::NotJson, reason))
        }
    }
}

/// Parses an address that a hub redirects to. Fails unless it is encrypted or on this machine.
fn elsewhere(text: &str) -> Result<Url> {
    let unusable = |reason: String| {
        let reason = format!("the hub redirects to an invalid address: {reason}");
        Error::new(ErrorKind::HostRefused, reason)
    };
    let url = Url::parse(text).map_err(|error| unusable(error.to_string()))?;
    parse_endpoint(&without_query(&url)).map_err(|error| unusable(error.to_string()))?;
    Ok(url)
}
