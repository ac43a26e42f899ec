//! A scripted HTTP server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use futures::future::BoxFuture;
use serde_json::Value;
use url::Url;

/// A request that the server has received.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Bytes,
}

type Script = dyn Fn(Arrived) -> BoxFuture<'static, Response<Body>> + Send + Sync;

/// Answers by a script, and records the requests. It stops with the test's runtime.
pub(crate) struct Server {
    pub(crate) url: Url,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Server {
    pub(crate) async fn start<F>(script: impl Fn(Arrived) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let script: Arc<Script> = Arc::new(move |request| Box::pin(script(request)));
        let app = axum::Router::new().fallback({
            let arrived = Arc::clone(&arrived);
            move |request: Request| async move {
                let request = Arrived::read(request).await;
                arrived.lock().unwrap().push(request.clone());
                script(request).await
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, arrived }
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }
}

impl Arrived {
    async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        let headers = parts.headers.iter();
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: pairs(query.as_bytes()),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
        }
    }

    /// Returns the fields of a form.
    pub(crate) fn form(&self) -> HashMap<String, String> {
        pairs(&self.body)
    }
}

fn pairs(text: &[u8]) -> HashMap<String, String> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

pub(crate) fn json(status: u16, document: &Value) -> Response<Body> {
    answer(status, "application/json", document.to_string())
}

pub(crate) fn answer(status: u16, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", content_type)
        .body(body.into())
        .unwrap()
}
