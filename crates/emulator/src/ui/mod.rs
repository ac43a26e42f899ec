//! The page at `/_emulator/ui/`, which shows objects, requests and answers, and adds faults.
//!
//! The page is plain HTML, CSS and JavaScript modules ([`assets`]), embedded in the executable. It
//! uses the following routes, which do not affect what clients of the services see:
//!
//! | Below `/_emulator/ui` | |
//! |---|---|
//! | `events` | a stream that reports changes |
//! | `state`, `object` | documents as they are stored, and as each plane returns them (`objects`) |
//! | `requests`, `requests/{n}` | the latest requests with their answers (`recorder`, `exchange`) |
//! | `graph` | the references between objects (`graph`) |
//! | `words` | the descriptions of faults and switches from the README (`words`) |
//!
//! Secrets are masked (`secrets`) unless a request asks for them with `secrets=true`.

mod assets;
mod exchange;
mod graph;
mod objects;
mod recorder;
mod secrets;
mod words;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::Stream;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::watch;

pub(crate) use recorder::Recorder;

use crate::control::problem;
use crate::shared::Shared;
use crate::site::Base;

/// The minimum time between two events of a stream. Changes in between are combined.
const PAUSE: Duration = Duration::from_millis(200);

/// Returns the routes of the page in addition to the control API.
pub(crate) fn router(shared: Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/ui", get(assets::redirect))
        .route("/ui/", get(assets::page))
        .route("/ui/assets/{name}", get(assets::asset))
        .route("/ui/events", get(events))
        .route("/ui/state", get(state))
        .route("/ui/object", get(object))
        .route("/ui/requests", get(requests))
        .route("/ui/requests/{n}", get(request))
        .route("/ui/graph", get(graph))
        .route("/ui/words", get(words))
        .with_state(shared)
}

#[derive(Debug, Deserialize)]
struct Asked {
    /// The revision that the client already knows.
    #[serde(default)]
    since: u64,
    #[serde(default)]
    key: String,
    #[serde(default)]
    secrets: bool,
}

/// Streams the revisions of documents and requests, first the current ones and then new ones.
async fn events(
    State(shared): State<Arc<Shared>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let receivers = Receivers {
        documents: shared.store.changes().map(|changes| changes.revision()),
        requests: shared.recorder.as_ref().map(Recorder::revision),
    };
    let events = futures::stream::unfold((receivers, true), |(mut receivers, first)| async move {
        if !first {
            receivers.changed().await;
            tokio::time::sleep(PAUSE).await;
        }
        let event = Event::default().data(receivers.current().to_string());
        Some((Ok(event), (receivers, false)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

struct Receivers {
    documents: Option<watch::Receiver<u64>>,
    requests: Option<watch::Receiver<u64>>,
}

impl Receivers {
    async fn changed(&mut self) {
        tokio::select! {
            () = changed(self.documents.as_mut()) => {}
            () = changed(self.requests.as_mut()) => {}
        }
    }

    fn current(&mut self) -> serde_json::Value {
        let current = |receiver: &mut Option<watch::Receiver<u64>>| {
            let receiver = receiver.as_mut();
            receiver.map(|receiver| *receiver.borrow_and_update())
        };
        json!({
            "documents": current(&mut self.documents),
            "requests": current(&mut self.requests),
        })
    }
}

async fn changed(receiver: Option<&mut watch::Receiver<u64>>) {
    let told = match receiver {
        Some(receiver) => receiver.changed().await.is_ok(),
        None => false,
    };
    if !told {
        // The emulator stops, and the stream with it.
        std::future::pending::<()>().await;
    }
}

async fn state(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>) -> Response {
    match objects::since(&shared, asked.since) {
        Ok(state) => Json(state).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn object(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let base = Base::own("http", host.unwrap_or("localhost"));
    match objects::view(&shared, &asked.key, &base, asked.secrets) {
        Ok(Some(view)) => Json(view).into_response(),
        Ok(None) => problem(StatusCode::NOT_FOUND, "there is no such object any more"),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn requests(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>) -> Response {
    let recorder = shared.recorder.as_ref();
    Json(recorder.map(|recorder| recorder.since(asked.since))).into_response()
}

async fn request(
    State(shared): State<Arc<Shared>>,
    Path(n): Path<u64>,
    Query(asked): Query<Asked>,
) -> Response {
    let recorder = shared.recorder.as_ref();
    match recorder.and_then(|recorder| recorder.exchange(n)) {
        Some(exchange) => Json(exchange.show(asked.secrets)).into_response(),
        None => problem(
            StatusCode::NOT_FOUND,
            "the request is not remembered any more",
        ),
    }
}

async fn graph(State(shared): State<Arc<Shared>>) -> Response {
    match graph::graphs(&shared) {
        Ok(graphs) => Json(graphs).into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn words(State(shared): State<Arc<Shared>>) -> Response {
    Json(words::words(&shared.profile())).into_response()
}
