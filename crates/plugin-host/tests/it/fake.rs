//! A provider with one resource type, one data source and a switch for mistakes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use plugin_host::plugin::transport::{self, Address, Security};
use plugin_host::value::{Type, Value, json, msgpack};
use plugin_host::{Host, ProviderClient, Session};
use tempfile::TempDir;
use tfplugin6::tfplugin6::provider_server::{Provider, ProviderServer};
use tfplugin6::tfplugin6::resource_identity_schema::IdentityAttribute;
use tfplugin6::tfplugin6::schema::{Attribute, Block};
use tfplugin6::tfplugin6::{self as proto, attribute_path, attribute_path::step::Selector};
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

/// How the provider behaves: correctly, with a mistake, or with an ordinary failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behavior {
    Correct,
    PlanChangesNote,
    PlanKeepsSecret,
    PlansIntoNowhere,
    ReplansOtherwise,
    CreateChangesNote,
    CreateLeavesUnknown,
    CreateKeepsSecret,
    CreateFailsHalfway,
    CreateFailsAtOnce,
    DeleteFails,
    DiagnosticWithoutSeverity,
    Defers,
}

/// The provider, with the calls that it received and the objects that exist remotely.
#[derive(Clone)]
pub(crate) struct Fake {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    behavior: Behavior,
    calls: Vec<String>,
    remote: Option<Value>,
    next_id: u32,
    plans: u32,
}

/// The provider, served on a socket.
pub(crate) struct Running {
    pub(crate) fake: Fake,
    pub(crate) client: ProviderClient,
    pub(crate) socket: PathBuf,
    _directory: TempDir,
}

impl Fake {
    pub(crate) fn new() -> Self {
        let inner = Inner {
            behavior: Behavior::Correct,
            calls: Vec::new(),
            remote: None,
            next_id: 1,
            plans: 0,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    pub(crate) async fn serve(self) -> Running {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("plugin");
        self.listen(&socket);
        let address = Address::Unix(socket.clone());
        let channel = transport::connect(&address, &Security::Plain)
            .await
            .unwrap();
        let client = ProviderClient::new(channel);
        Running {
            fake: self,
            client,
            socket,
            _directory: directory,
        }
    }

    fn listen(&self, socket: &Path) {
        let listener = UnixListener::bind(socket).unwrap();
        let server = Server::builder().add_service(ProviderServer::new(self.clone()));
        tokio::spawn(server.serve_with_incoming(UnixListenerStream::new(listener)));
    }

    pub(crate) fn set_behavior(&self, behavior: Behavior) {
        self.inner.lock().unwrap().behavior = behavior;
    }

    pub(crate) fn set_remote(&self, remote: Option<Value>) {
        self.inner.lock().unwrap().remote = remote;
    }

    /// Takes the calls since the previous call of this method.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.lock().unwrap().calls)
    }

    fn behavior(&self) -> Behavior {
        self.inner.lock().unwrap().behavior
    }

    fn called(&self, call: impl Into<String>) {
        self.inner.lock().unwrap().calls.push(call.into());
    }
}

impl Running {
    /// Returns a configured session, with an empty list of calls.
    pub(crate) async fn session(&self, host: Host) -> Session {
        let session = Session::new(self.client.clone(), host).await.unwrap();
        session.configure(serde_json::json!({})).await.unwrap();
        self.fake.take_calls();
        session
    }
}

pub(crate) fn thing_type() -> Type {
    Type::object(["id", "name", "note", "secret"].map(|name| (name, Type::String)))
}

pub(crate) fn thing(id: &str, name: &str, note: Option<&str>) -> Value {
    Value::object([
        ("id", Value::from(id)),
        ("name", Value::from(name)),
        ("note", note.map_or(Value::Null, Value::from)),
        ("secret", Value::Null),
    ])
}

fn identity_type() -> Type {
    Type::object([("id", Type::String)])
}

fn schema() -> proto::Schema {
    let text = |name: &str| Attribute {
        name: name.into(),
        r#type: br#""string""#.into(),
        ..Attribute::default()
    };
    let attributes = vec![
        Attribute {
            computed: true,
            ..text("id")
        },
        Attribute {
            required: true,
            ..text("name")
        },
        Attribute {
            optional: true,
            ..text("note")
        },
        Attribute {
            optional: true,
            write_only: true,
            ..text("secret")
        },
    ];
    proto::Schema {
        version: 1,
        block: Some(Block {
            attributes,
            ..Block::default()
        }),
    }
}

fn data_schema() -> proto::Schema {
    let mut schema = schema();
    if let Some(block) = &mut schema.block {
        block.attributes.retain(|attribute| !attribute.write_only);
    }
    schema
}

fn read(value: Option<proto::DynamicValue>) -> Value {
    msgpack::decode(&value.unwrap_or_default().msgpack, &thing_type()).unwrap()
}

fn write(value: &Value, ty: &Type) -> Option<proto::DynamicValue> {
    let msgpack = msgpack::encode(value, ty).unwrap();
    Some(proto::DynamicValue {
        msgpack,
        json: Vec::new(),
    })
}

fn with(value: &Value, name: &str, member: Value) -> Value {
    let mut members = value.members().unwrap().clone();
    members.insert(name.into(), member);
    Value::Map(members)
}

fn identity_of(value: &Value) -> Option<proto::ResourceIdentityData> {
    let identity = Value::object([("id", value.get("id").clone())]);
    (!value.is_null()).then(|| proto::ResourceIdentityData {
        identity_data: write(&identity, &identity_type()),
    })
}

fn error(summary: &str) -> Vec<proto::Diagnostic> {
    let severity = proto::diagnostic::Severity::Error.into();
    vec![proto::Diagnostic {
        severity,
        summary: summary.into(),
        ..Default::default()
    }]
}

fn path(name: &str) -> proto::AttributePath {
    let selector = Some(Selector::AttributeName(name.into()));
    proto::AttributePath {
        steps: vec![attribute_path::Step { selector }],
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Provider for Fake {
    async fn get_provider_schema(
        &self,
        _: Request<proto::get_provider_schema::Request>,
    ) -> Answer<proto::get_provider_schema::Response> {
        Ok(Response::new(proto::get_provider_schema::Response {
            provider: Some(proto::Schema {
                version: 0,
                block: Some(Block::default()),
            }),
            resource_schemas: HashMap::from([("test_thing".into(), schema())]),
            data_source_schemas: HashMap::from([("test_thing".into(), data_schema())]),
            server_capabilities: Some(proto::ServerCapabilities {
                plan_destroy: true,
                ..Default::default()
            }),
            ..Default::default()
        }))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<proto::get_resource_identity_schemas::Request>,
    ) -> Answer<proto::get_resource_identity_schemas::Response> {
        let schema = proto::ResourceIdentitySchema {
            version: 0,
            identity_attributes: vec![IdentityAttribute {
                name: "id".into(),
                r#type: br#""string""#.into(),
                required_for_import: true,
                ..Default::default()
            }],
        };
        Ok(Response::new(
            proto::get_resource_identity_schemas::Response {
                identity_schemas: HashMap::from([("test_thing".into(), schema)]),
                diagnostics: Vec::new(),
            },
        ))
    }

    async fn validate_provider_config(
        &self,
        _: Request<proto::validate_provider_config::Request>,
    ) -> Answer<proto::validate_provider_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn configure_provider(
        &self,
        _: Request<proto::configure_provider::Request>,
    ) -> Answer<proto::configure_provider::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn validate_resource_config(
        &self,
        request: Request<proto::validate_resource_config::Request>,
    ) -> Answer<proto::validate_resource_config::Response> {
        self.called("validate");
        let config = read(request.into_inner().config);
        let mut diagnostics = Vec::new();
        if config.get("name").as_str() == Some("") {
            diagnostics = error("name is empty");
            diagnostics[0].attribute = Some(path("name"));
        }
        if self.behavior() == Behavior::DiagnosticWithoutSeverity {
            diagnostics.push(proto::Diagnostic::default());
        }
        Ok(Response::new(proto::validate_resource_config::Response {
            diagnostics,
        }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<proto::upgrade_resource_state::Request>,
    ) -> Answer<proto::upgrade_resource_state::Response> {
        let request = request.into_inner();
        self.called(format!("upgrade {}", request.version));
        let state = serde_json::from_slice(&request.raw_state.unwrap().json).unwrap();
        let value = json::from_state_json(&state, &thing_type()).unwrap();
        Ok(Response::new(proto::upgrade_resource_state::Response {
            upgraded_state: write(&value, &thing_type()),
            diagnostics: Vec::new(),
        }))
    }

    async fn read_resource(
        &self,
        request: Request<proto::read_resource::Request>,
    ) -> Answer<proto::read_resource::Response> {
        self.called("read");
        let request = request.into_inner();
        let remote = self
            .inner
            .lock()
            .unwrap()
            .remote
            .clone()
            .unwrap_or(Value::Null);
        Ok(Response::new(proto::read_resource::Response {
            new_state: write(&remote, &thing_type()),
            private: request.private,
            new_identity: identity_of(&remote),
            ..Default::default()
        }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<proto::plan_resource_change::Request>,
    ) -> Answer<proto::plan_resource_change::Response> {
        let request = request.into_inner();
        let (prior, config) = (read(request.prior_state), read(request.config));
        let behavior = self.behavior();
        let private = String::from_utf8(request.prior_private.clone()).unwrap();
        if config.is_null() {
            self.called(format!("plan destroy, private {private:?}"));
            return Ok(Response::new(proto::plan_resource_change::Response {
                planned_state: write(&Value::Null, &thing_type()),
                planned_private: request.prior_private,
                planned_identity: request.prior_identity,
                ..Default::default()
            }));
        }
        self.called(format!("plan, private {private:?}"));
        let mut planned = with(&read(request.proposed_new_state), "secret", Value::Null);
        if prior.is_null() {
            planned = with(&planned, "id", Value::unknown());
        }
        let plans = {
            let mut inner = self.inner.lock().unwrap();
            inner.plans += 1;
            inner.plans
        };
        match behavior {
            Behavior::PlanChangesNote => planned = with(&planned, "note", Value::from("mine")),
            Behavior::PlanKeepsSecret => planned = with(&planned, "secret", Value::from("s")),
            Behavior::ReplansOtherwise => {
                planned = with(&planned, "id", Value::from(format!("p{plans}").as_str()));
            }
            _ => {}
        }
        let place = if behavior == Behavior::PlansIntoNowhere {
            "nowhere"
        } else {
            "name"
        };
        let deferred = (behavior == Behavior::Defers).then(|| proto::Deferred {
            reason: proto::deferred::Reason::AbsentPrereq.into(),
        });
        Ok(Response::new(proto::plan_resource_change::Response {
            planned_state: write(&planned, &thing_type()),
            planned_private: request.prior_private,
            planned_identity: if prior.is_null() {
                None
            } else {
                request.prior_identity
            },
            requires_replace: vec![path(place)],
            deferred,
            ..Default::default()
        }))
    }

    async fn apply_resource_change(
        &self,
        request: Request<proto::apply_resource_change::Request>,
    ) -> Answer<proto::apply_resource_change::Response> {
        let request = request.into_inner();
        let (prior, planned) = (read(request.prior_state), read(request.planned_state));
        let config = read(request.config);
        let private = String::from_utf8(request.planned_private).unwrap();
        let behavior = self.behavior();
        let mut answer = proto::apply_resource_change::Response::default();
        if planned.is_null() {
            self.called(format!("delete, private {private:?}"));
            if behavior == Behavior::DeleteFails {
                answer.diagnostics = error("delete failed");
            } else {
                self.set_remote(None);
            }
            return Ok(Response::new(answer));
        }
        let secret = config.get("secret").as_str().unwrap_or("none").to_owned();
        let verb = if prior.is_null() { "create" } else { "update" };
        self.called(format!("{verb}, secret {secret}"));
        let mut object = planned;
        if prior.is_null() {
            let mut inner = self.inner.lock().unwrap();
            let id = inner.next_id.to_string();
            inner.next_id += 1;
            object = with(&object, "id", Value::from(id.as_str()));
        }
        match behavior {
            Behavior::CreateFailsAtOnce => {
                answer.diagnostics = error("create failed");
                return Ok(Response::new(answer));
            }
            Behavior::CreateFailsHalfway => answer.diagnostics = error("create failed half-way"),
            Behavior::CreateChangesNote => object = with(&object, "note", Value::from("mine")),
            Behavior::CreateLeavesUnknown => object = with(&object, "id", Value::unknown()),
            Behavior::CreateKeepsSecret => object = with(&object, "secret", Value::from("s")),
            _ => {}
        }
        self.set_remote(Some(object.unknown_as_null()));
        answer.new_state = write(&object, &thing_type());
        answer.new_identity = identity_of(&object.unknown_as_null());
        answer.private = b"stored".to_vec();
        Ok(Response::new(answer))
    }

    async fn import_resource_state(
        &self,
        request: Request<proto::import_resource_state::Request>,
    ) -> Answer<proto::import_resource_state::Response> {
        self.called("import");
        let request = request.into_inner();
        let id = match request.identity {
            Some(identity) => {
                let data = identity.identity_data.unwrap().msgpack;
                let identity = msgpack::decode(&data, &identity_type()).unwrap();
                identity.get("id").as_str().unwrap().to_owned()
            }
            None => request.id,
        };
        let state = with(&thing(&id, "", None), "name", Value::Null);
        Ok(Response::new(proto::import_resource_state::Response {
            imported_resources: vec![proto::import_resource_state::ImportedResource {
                type_name: request.type_name,
                state: write(&state, &thing_type()),
                private: Vec::new(),
                identity: identity_of(&state),
            }],
            ..Default::default()
        }))
    }

    async fn validate_data_resource_config(
        &self,
        _: Request<proto::validate_data_resource_config::Request>,
    ) -> Answer<proto::validate_data_resource_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn read_data_source(
        &self,
        request: Request<proto::read_data_source::Request>,
    ) -> Answer<proto::read_data_source::Response> {
        let ty = Type::object(["id", "name", "note"].map(|name| (name, Type::String)));
        let config = msgpack::decode(&request.into_inner().config.unwrap().msgpack, &ty).unwrap();
        let state = with(&config, "id", Value::from("7"));
        Ok(Response::new(proto::read_data_source::Response {
            state: write(&state, &ty),
            ..Default::default()
        }))
    }
}
