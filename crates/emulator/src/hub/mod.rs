//! The SignalR hub of every agent, `/agentHub`, which pushes messages to all connected clients.
//!
//! A client negotiates ([`negotiation`]), connects a WebSocket, and then uses SignalR's JSON hub
//! protocol ([`protocol`]) over it ([`connection`]). The conversations (`data_plane::threads`)
//! handle the calls of clients, and decide what is sent to them.

mod connection;
mod negotiation;
mod protocol;

use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use axum::http::{Method, Request, StatusCode};
use tokio_tungstenite::tungstenite::handshake::server::create_response;

pub(crate) use connection::serve;
pub(crate) use negotiation::Negotiations;
pub(crate) use protocol::{HubError, invocation};

use crate::context::Context;
use crate::http::{Answer, Call, Refusal};
use crate::profile::Role;
use crate::store::AgentRecord;

const HUB: &str = "agenthub";
/// The query parameter with the token, for clients that cannot set headers, such as browsers for
/// WebSockets.
const ACCESS_TOKEN: &str = "access_token";

/// A connection that may be opened, with its agent and its caller.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The request that opens it.
    pub(crate) call: Call,
    /// The `uid` of the agent.
    pub(crate) uid: String,
    /// The role of the caller.
    pub(crate) role: Role,
}

/// Returns whether a path is that of a hub.
pub(crate) fn is_hub(path: &str) -> bool {
    path.rsplit('/')
        .take(2)
        .any(|segment| segment.eq_ignore_ascii_case(HUB))
}

/// Moves the token from the query of a request to a hub into the header, so that it is not
/// recorded. Returns the rest of the query.
pub(crate) fn take_token(path: &str, query: &str, headers: &mut HeaderMap) -> String {
    let of_token = |pair: &&str| pair.split('=').next() == Some(ACCESS_TOKEN);
    if !is_hub(path) || !query.split('&').any(|pair| of_token(&pair)) {
        return query.to_owned();
    }
    let token = url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == ACCESS_TOKEN)
        .map(|(_, token)| format!("Bearer {token}"));
    if let Some(token) = token
        && let Ok(mut token) = HeaderValue::from_str(&token)
    {
        token.set_sensitive(true);
        headers.entry(AUTHORIZATION).or_insert(token);
    }
    let rest: Vec<&str> = query.split('&').filter(|pair| !of_token(pair)).collect();
    rest.join("&")
}

/// Answers a request of a caller who may listen. `rest` contains the segments below the hub.
pub(crate) fn route(
    negotiations: &Negotiations,
    cx: Context<'_>,
    agent: &AgentRecord,
    role: Role,
    rest: &[&str],
) -> Answer {
    match (&cx.call.method, rest) {
        (&Method::POST, ["negotiate"]) => {
            let version = cx.call.query("negotiateVersion");
            Answer::ok(negotiations.negotiate(&agent.uid, version.as_deref()))
        }
        (&Method::GET, []) => connect(negotiations, cx, agent, role),
        _ => refused(
            StatusCode::NOT_FOUND,
            "This hub has POST negotiate, and GET for a WebSocket.",
        ),
    }
}

/// Returns the answer if a session cannot begin because there is no connection for it.
pub(crate) fn no_connection() -> Answer {
    refused(
        StatusCode::BAD_REQUEST,
        "A WebSocket needs a connection of HTTP/1.1.",
    )
}

fn connect(
    negotiations: &Negotiations,
    cx: Context<'_>,
    agent: &AgentRecord,
    role: Role,
) -> Answer {
    let mut request = Request::new(());
    *request.headers_mut() = cx.call.headers.clone();
    let response = match create_response(&request) {
        Ok(response) => response,
        Err(error) => {
            let message = format!("This hub is served over WebSockets alone: {error}.");
            return refused(StatusCode::BAD_REQUEST, &message);
        }
    };
    // A client that skips the negotiation has no id.
    let id = cx.call.query("id");
    if id.is_some_and(|id| !negotiations.take(&agent.uid, &id)) {
        return refused(StatusCode::NOT_FOUND, "No Connection with that ID");
    }
    let session = Session {
        call: cx.call.clone(),
        uid: agent.uid.clone(),
        role,
    };
    Answer {
        headers: response.headers().clone(),
        session: Some(Box::new(session)),
        ..Answer::empty(StatusCode::SWITCHING_PROTOCOLS)
    }
}

fn refused(status: StatusCode, message: &str) -> Answer {
    Refusal::new(status, "HubConnectionRefused", message).into()
}

#[cfg(test)]
mod tests {
    use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
    use rstest::rstest;

    use super::take_token;

    #[rstest]
    #[case(
        "/data-plane/a--1/agentHub",
        "id=x&access_token=a.b",
        "id=x",
        Some("Bearer a.b")
    )]
    #[case("/agentHub/negotiate", "access_token=a%2Fb", "", Some("Bearer a/b"))]
    #[case("/agentHub", "id=x", "id=x", None)]
    #[case("/api/v1/threads", "access_token=a", "access_token=a", None)]
    fn tokens_are_removed_from_queries_of_hubs(
        #[case] path: &str,
        #[case] query: &str,
        #[case] rest: &str,
        #[case] header: Option<&str>,
    ) {
        let mut headers = HeaderMap::new();
        assert_eq!(take_token(path, query, &mut headers), rest);
        let token = headers.get(AUTHORIZATION);
        assert_eq!(token.map(|token| token.to_str().unwrap()), header);
    }

    #[test]
    fn header_takes_precedence_over_the_query() {
        let mut headers =
            HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer h"))]);
        take_token("/agentHub", "access_token=q", &mut headers);
        assert_eq!(headers[AUTHORIZATION], "Bearer h");
    }
}
