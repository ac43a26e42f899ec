//! The object `one` of a real kind in a small service, for tests of the lifecycle with a paused
//! clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value as Json, json};
use tfplugin::plan::plan;
use tfplugin::{ApplyResponse, CreateRequest, DeleteRequest, Resource as _, UpdateRequest, Value};

use super::KindResource;
use crate::kind::{Kind, Plane};
use crate::resources;
use crate::session::{Session, SessionHandle};
use crate::stores::testing::{Bench, Reply};

/// The documents of the object, by plane. The planes have separate stores.
type Documents = BTreeMap<Plane, Json>;

/// A response that replaces the usual one once, and may change the documents.
type Exception = Box<dyn FnOnce(&mut Documents) -> Reply + Send>;

/// A resource type whose objects are in a service that keeps what it is given.
pub(super) struct Remembered {
    kind: Arc<Kind>,
    resource: KindResource,
    bench: Bench,
    service: Arc<Mutex<Service>>,
}

struct Service {
    kind: Arc<Kind>,
    documents: Documents,
    exceptions: Vec<(&'static str, Exception)>,
}

impl Remembered {
    pub(super) fn new(kind: &str) -> Self {
        let kinds = resources::kinds();
        let found = kinds.iter().find(|known| known.name == kind).unwrap();
        let service = Arc::new(Mutex::new(Service {
            kind: Arc::clone(found),
            documents: Documents::new(),
            exceptions: Vec::new(),
        }));
        let script = {
            let service = Arc::clone(&service);
            move |line: &str, body: &Json| service.lock().unwrap().reply(line, body)
        };
        let bench = Bench::with_bodies(kind, Plane::Arm, script);
        let session = SessionHandle::default();
        session.set(Session::new(bench.call().client.clone(), Some(Plane::Arm)));
        Self {
            kind: Arc::clone(found),
            resource: KindResource::new(Arc::clone(found), session),
            bench,
            service,
        }
    }

    /// Returns a configuration of the object with these arguments.
    pub(super) fn config(&self, arguments: &[(&str, &str)]) -> Value {
        let attributes = self.kind.resource_schema().attributes.keys();
        let mut config = Value::map(attributes.map(|name| (name.as_str(), Value::Null)));
        let agent = self.bench.call().target.agent.to_string();
        let own = [("agent_id", agent.as_str()), ("name", "one")];
        for (name, value) in own.iter().chain(arguments) {
            config.set(name, Value::from(*value));
        }
        config
    }

    pub(super) async fn create(&self, config: &Value) -> ApplyResponse {
        let planned = self.planned(config, &Value::Null);
        let request = CreateRequest::new(config.clone(), planned);
        self.resource.create(request).await
    }

    /// Updates the object after the response to an earlier apply.
    pub(super) async fn update(&self, earlier: &ApplyResponse, config: &Value) -> ApplyResponse {
        let prior = earlier.state.clone().unwrap();
        let planned = self.planned(config, &prior);
        let mut request = UpdateRequest::new(config.clone(), prior, planned);
        request.private = earlier.private.clone().unwrap_or_default();
        self.resource.update(request).await
    }

    /// Deletes the object after the response to an earlier apply.
    pub(super) async fn delete(&self, earlier: &ApplyResponse) -> ApplyResponse {
        let mut request = DeleteRequest::new(earlier.state.clone().unwrap());
        request.private = earlier.private.clone().unwrap_or_default();
        self.resource.delete(request).await
    }

    /// Returns the document on a plane, or null.
    pub(super) fn document(&self, plane: Plane) -> Json {
        let service = self.service();
        service.documents.get(&plane).cloned().unwrap_or_default()
    }

    /// Changes the document on a plane behind the provider's back.
    pub(super) fn set(&self, plane: Plane, member: &str, value: &str) {
        let mut service = self.service();
        let document = service.documents.entry(plane).or_insert_with(|| json!({}));
        document[member] = value.into();
    }

    /// Deletes the object on a plane behind the provider's back.
    pub(super) fn remove(&self, plane: Plane) {
        self.service().documents.remove(&plane);
    }

    /// Responds differently to the next request with this `METHOD path`.
    pub(super) fn once(
        &self,
        line: &'static str,
        reply: impl FnOnce(&mut Documents) -> Reply + Send + 'static,
    ) {
        self.service().exceptions.push((line, Box::new(reply)));
    }

    /// Returns the requests so far that change something.
    pub(super) fn writes(&self) -> Vec<String> {
        let is_read = |line: &String| line.starts_with("GET ");
        let lines = self.bench.lines().into_iter();
        lines.filter(|line| !is_read(line)).collect()
    }

    fn planned(&self, config: &Value, prior: &Value) -> Value {
        let defaults = self.resource.defaults(config, prior);
        plan(
            &self.kind.resource_schema().attributes,
            &defaults,
            config,
            prior,
        )
    }

    fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap()
    }
}

impl Service {
    fn reply(&mut self, line: &str, body: &Json) -> Reply {
        let mut exceptions = self.exceptions.iter();
        if let Some(position) = exceptions.position(|(known, _)| *known == line) {
            let (_, reply) = self.exceptions.remove(position);
            return reply(&mut self.documents);
        }
        let (method, path) = line.split_once(' ').unwrap();
        let plane = match path.starts_with("/api/") {
            true => Plane::DataPlane,
            false => Plane::Arm,
        };
        let envelope = self.kind.place(plane).unwrap().envelope;
        let missing = || Reply::Json(404, json!({ "error": { "code": "NotFound" } }));
        let is_object = path.ends_with("/one");
        match method {
            "GET" if !is_object => {
                let documents = self.documents.get(&plane).cloned();
                let objects = documents.map(|document| envelope.wrap("one", document));
                Reply::Json(200, json!({ "value": Vec::from_iter(objects) }))
            }
            _ if !is_object => missing(),
            "PUT" => {
                let document = envelope.unwrap(body.clone()).unwrap();
                self.documents.insert(plane, document.clone());
                Reply::Json(200, envelope.wrap("one", document))
            }
            "DELETE" if self.documents.remove(&plane).is_some() => Reply::Json(200, json!({})),
            _ => match self.documents.get(&plane) {
                Some(document) => Reply::Json(200, envelope.wrap("one", document.clone())),
                None => missing(),
            },
        }
    }
}
