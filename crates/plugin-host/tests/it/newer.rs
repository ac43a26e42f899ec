//! Functions, ephemeral resources, lists, actions and moves: every mistake in an answer is
//! reported.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::stream::{self, BoxStream};
use plugin_host::plugin::transport::{self, Address, Security};
use plugin_host::value::{Type, Value, json as host_json, msgpack};
use plugin_host::{Host, MoveSource, ProviderClient, Query, Session, Violation};
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::invoke_action::event::{Completed, Progress, Type as Event};
use tfplugin6::tfplugin6::provider_server::{Provider, ProviderServer};
use tfplugin6::tfplugin6::resource_identity_schema::IdentityAttribute;
use tfplugin6::tfplugin6::schema::{Attribute, Block};
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

const KIND: &str = "test_thing";

type Reply<T> = Result<Response<T>, Status>;

/// A provider with scripted answers.
#[derive(Clone, Default)]
struct Scripted {
    listed: Vec<proto::list_resource::Event>,
    invoked: Vec<proto::invoke_action::Event>,
    opened: proto::open_ephemeral_resource::Response,
    moved: proto::move_resource_state::Response,
    generated: proto::generate_resource_config::Response,
    called: Arc<Mutex<VecDeque<proto::call_function::Response>>>,
}

impl Scripted {
    async fn session(self) -> Session {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("plugin");
        let listener = UnixListener::bind(&socket).unwrap();
        let server = Server::builder().add_service(ProviderServer::new(self));
        tokio::spawn(server.serve_with_incoming(UnixListenerStream::new(listener)));
        let channel = transport::connect(&Address::Unix(socket), &Security::Plain).await;
        let client = ProviderClient::new(channel.unwrap());
        Session::new(client, Host::terraform(15)).await.unwrap()
    }
}

fn ty() -> Type {
    Type::object(["id", "name", "secret"].map(|name| (name, Type::String)))
}

fn schema(computed: bool) -> proto::Schema {
    let attribute = |name: &str| Attribute {
        name: name.to_owned(),
        r#type: b"\"string\"".into(),
        optional: name != "id" || !computed,
        computed: name == "id" && computed,
        sensitive: name == "secret",
        ..Attribute::default()
    };
    let block = Block {
        attributes: ["id", "name", "secret"].map(attribute).into(),
        ..Block::default()
    };
    proto::Schema {
        version: 0,
        block: Some(block),
    }
}

fn wire(value: &Json, ty: &Type) -> Option<proto::DynamicValue> {
    let value = host_json::from_json(value, ty).unwrap();
    let msgpack = msgpack::encode(&value, ty).unwrap();
    Some(proto::DynamicValue {
        msgpack,
        json: Vec::new(),
    })
}

fn object(value: &Json) -> Option<proto::DynamicValue> {
    wire(value, &ty())
}

/// Returns an event with an identity that only has `name`.
fn event(name: &Json) -> proto::list_resource::Event {
    let identity_type = Type::object([("name", Type::String)]);
    proto::list_resource::Event {
        identity: Some(proto::ResourceIdentityData {
            identity_data: wire(&json!({ "name": name }), &identity_type),
        }),
        display_name: "a name".to_owned(),
        ..Default::default()
    }
}

fn diagnostic(severity: proto::diagnostic::Severity) -> proto::Diagnostic {
    proto::Diagnostic {
        severity: severity.into(),
        summary: "told".to_owned(),
        ..Default::default()
    }
}

fn progress(message: &str) -> proto::invoke_action::Event {
    let message = message.to_owned();
    proto::invoke_action::Event {
        r#type: Some(Event::Progress(Progress { message })),
    }
}

fn completed() -> proto::invoke_action::Event {
    proto::invoke_action::Event {
        r#type: Some(Event::Completed(Completed::default())),
    }
}

#[tonic::async_trait]
impl Provider for Scripted {
    async fn get_provider_schema(
        &self,
        _: Request<proto::get_provider_schema::Request>,
    ) -> Reply<proto::get_provider_schema::Response> {
        let named = |schema| [(KIND.to_owned(), schema)].into();
        let parameter = proto::function::Parameter {
            name: "text".to_owned(),
            r#type: b"\"string\"".into(),
            ..Default::default()
        };
        let function = proto::Function {
            parameters: vec![parameter],
            r#return: Some(proto::function::Return {
                r#type: b"\"string\"".into(),
            }),
            ..Default::default()
        };
        let action = proto::ActionSchema {
            schema: Some(schema(false)),
        };
        Ok(Response::new(proto::get_provider_schema::Response {
            provider: Some(proto::Schema {
                version: 0,
                block: Some(Block::default()),
            }),
            resource_schemas: named(schema(true)),
            ephemeral_resource_schemas: named(schema(true)),
            list_resource_schemas: named(schema(false)),
            action_schemas: [(KIND.to_owned(), action)].into(),
            functions: [("test".to_owned(), function)].into(),
            server_capabilities: Some(proto::ServerCapabilities {
                move_resource_state: true,
                ..Default::default()
            }),
            ..Default::default()
        }))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<proto::get_resource_identity_schemas::Request>,
    ) -> Reply<proto::get_resource_identity_schemas::Response> {
        let schema = proto::ResourceIdentitySchema {
            version: 10,
            identity_attributes: vec![IdentityAttribute {
                name: "name".to_owned(),
                r#type: b"\"string\"".into(),
                required_for_import: true,
                ..Default::default()
            }],
        };
        Ok(Response::new(
            proto::get_resource_identity_schemas::Response {
                identity_schemas: [(KIND.to_owned(), schema)].into(),
                ..Default::default()
            },
        ))
    }

    async fn validate_list_resource_config(
        &self,
        _: Request<proto::validate_list_resource_config::Request>,
    ) -> Reply<proto::validate_list_resource_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn list_resource(
        &self,
        _: Request<proto::list_resource::Request>,
    ) -> Reply<BoxStream<'static, Result<proto::list_resource::Event, Status>>> {
        let events = self.listed.clone().into_iter().map(Ok);
        Ok(Response::new(Box::pin(stream::iter(events))))
    }

    async fn validate_action_config(
        &self,
        _: Request<proto::validate_action_config::Request>,
    ) -> Reply<proto::validate_action_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn plan_action(
        &self,
        _: Request<proto::plan_action::Request>,
    ) -> Reply<proto::plan_action::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn invoke_action(
        &self,
        _: Request<proto::invoke_action::Request>,
    ) -> Reply<BoxStream<'static, Result<proto::invoke_action::Event, Status>>> {
        let events = self.invoked.clone().into_iter().map(Ok);
        Ok(Response::new(Box::pin(stream::iter(events))))
    }

    async fn validate_ephemeral_resource_config(
        &self,
        _: Request<proto::validate_ephemeral_resource_config::Request>,
    ) -> Reply<proto::validate_ephemeral_resource_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn open_ephemeral_resource(
        &self,
        _: Request<proto::open_ephemeral_resource::Request>,
    ) -> Reply<proto::open_ephemeral_resource::Response> {
        Ok(Response::new(self.opened.clone()))
    }

    async fn call_function(
        &self,
        _: Request<proto::call_function::Request>,
    ) -> Reply<proto::call_function::Response> {
        let next = self.called.lock().unwrap().pop_front();
        Ok(Response::new(next.unwrap_or_default()))
    }

    async fn move_resource_state(
        &self,
        _: Request<proto::move_resource_state::Request>,
    ) -> Reply<proto::move_resource_state::Response> {
        Ok(Response::new(self.moved.clone()))
    }

    async fn generate_resource_config(
        &self,
        _: Request<proto::generate_resource_config::Request>,
    ) -> Reply<proto::generate_resource_config::Response> {
        Ok(Response::new(self.generated.clone()))
    }
}

#[track_caller]
fn assert_violation<T: std::fmt::Debug>(result: anyhow::Result<T>, problem: &str) {
    let violation = Violation::of(result).unwrap().to_string();
    assert!(violation.contains(problem), "{violation}");
}

#[tokio::test]
async fn mistakes_in_lists_are_reported() {
    use proto::list_resource::Event;
    let secret = json!({ "id": "1", "name": "a", "secret": "s" });
    let cases = [
        (Event::default(), "no identity"),
        (event(&Json::Null), "half an identity"),
        (
            Event {
                display_name: "two\nlines".to_owned(),
                ..event(&json!("a"))
            },
            "a name that cannot be shown",
        ),
        (
            Event {
                resource_object: object(&secret),
                ..event(&json!("a"))
            },
            "secret: a sensitive value",
        ),
    ];
    for (event, problem) in cases {
        let listed = vec![event];
        let session = Scripted {
            listed,
            ..Scripted::default()
        }
        .session()
        .await;
        let query = Query::new(json!({})).with_resources();
        assert_violation(session.list(KIND, query).await, problem);
    }
    let listed = vec![Event {
        resource_object: object(&json!({ "name": "a" })),
        ..event(&json!("a"))
    }];
    let session = Scripted {
        listed,
        ..Scripted::default()
    }
    .session()
    .await;
    let listed = session.list(KIND, Query::new(json!({}))).await;
    assert_violation(listed, "an object that nobody asked for");
}

#[tokio::test]
async fn lists_are_read_as_hosts_read_them() {
    use proto::diagnostic::Severity;
    let told = |severity| proto::list_resource::Event {
        diagnostic: vec![diagnostic(severity)],
        ..Default::default()
    };
    let listed = vec![
        event(&json!("a")),
        told(Severity::Warning),
        event(&json!("b")),
        told(Severity::Error),
    ];
    let session = Scripted {
        listed,
        ..Scripted::default()
    }
    .session()
    .await;
    // Everything after the last requested result is not read.
    let found = session
        .list(KIND, Query::new(json!({})).limit(2))
        .await
        .unwrap();
    assert_eq!((found.results.len(), found.diagnostics.len()), (2, 1));
    // An error discards the results before it.
    let failed = session.list(KIND, Query::new(json!({}))).await;
    assert!(plugin_host::Failure::of(failed).is_ok());
}

#[tokio::test]
async fn mistakes_in_actions_are_reported() {
    let cases = [
        (vec![], "no end"),
        (vec![progress("a")], "no end"),
        (vec![completed(), completed()], "an event after the end"),
        (vec![completed(), progress("a")], "an event after the end"),
        (vec![progress("a\n")], "a line that cannot be shown"),
        (
            vec![proto::invoke_action::Event::default()],
            "an event without type",
        ),
    ];
    for (invoked, problem) in cases {
        let session = Scripted {
            invoked,
            ..Scripted::default()
        }
        .session()
        .await;
        assert_violation(session.invoke(KIND, json!({})).await, problem);
    }
    let invoked = vec![progress("a"), completed()];
    let session = Scripted {
        invoked,
        ..Scripted::default()
    }
    .session()
    .await;
    let done = session.invoke(KIND, json!({})).await.unwrap();
    assert_eq!(done.progress, ["a"]);
}

#[tokio::test]
async fn mistakes_in_ephemeral_resources_are_reported() {
    type Opened = proto::open_ephemeral_resource::Response;
    let result = |value: Json| object(&value);
    let cases = [
        (Opened::default(), "null"),
        (
            Opened {
                result: result(json!({ "id": "1", "name": "another" })),
                ..Default::default()
            },
            "name: ",
        ),
        (
            Opened {
                result: result(json!({ "id": plugin_host::value::unknown(), "name": "a" })),
                ..Default::default()
            },
            "id: ",
        ),
        (
            Opened {
                result: result(json!({ "id": "1", "name": "a" })),
                renew_at: Some(prost_types::Timestamp::default()),
                ..Default::default()
            },
            "the time of renewal has passed",
        ),
    ];
    for (opened, problem) in cases {
        let session = Scripted {
            opened,
            ..Scripted::default()
        }
        .session()
        .await;
        assert_violation(session.open(KIND, json!({ "name": "a" })).await, problem);
    }
}

#[tokio::test]
async fn mistakes_in_functions_are_reported() {
    type Called = proto::call_function::Response;
    let result = |value: Json| Called {
        result: wire(&value, &Type::String),
        ..Default::default()
    };
    let error = |text: &str, argument| Called {
        error: Some(proto::FunctionError {
            text: text.to_owned(),
            function_argument: argument,
        }),
        ..Default::default()
    };
    let unknown = || result(plugin_host::value::unknown());
    let cases = [
        (
            [result(json!("a")), result(json!("b"))],
            "give another result",
        ),
        (
            [unknown(), unknown()],
            "an unknown result of known arguments",
        ),
        ([error("", None), error("", None)], "no text"),
        (
            [error("bad", Some(7)), error("bad", Some(7))],
            "no such argument",
        ),
    ];
    for (called, problem) in cases {
        let called = Arc::new(Mutex::new(called.into()));
        let session = Scripted {
            called,
            ..Scripted::default()
        }
        .session()
        .await;
        assert_violation(session.call_function("test", &[json!("x")]).await, problem);
    }
}

#[tokio::test]
async fn mistakes_in_moves_and_configurations_are_reported() {
    let source = || MoveSource::new("x/y/z", "other", json!({}));
    let cases = [
        (json!({ "id": plugin_host::value::unknown() }), "id: "),
        (Json::Null, "null object"),
    ];
    for (state, problem) in cases {
        let moved = proto::move_resource_state::Response {
            target_state: object(&state),
            ..Default::default()
        };
        let session = Scripted {
            moved,
            ..Scripted::default()
        }
        .session()
        .await;
        let mut resource = session.resource(KIND).unwrap();
        assert_violation(resource.move_from(source()).await, problem);
        assert_eq!(resource.state(), None);
    }
    let generated = proto::generate_resource_config::Response {
        config: object(&json!({ "id": "1", "name": "a" })),
        ..Default::default()
    };
    let session = Scripted {
        generated,
        ..Scripted::default()
    }
    .session()
    .await;
    let state = host_json::to_json(&Value::Null);
    let generated = session.generate_config(KIND, &state).await;
    assert_violation(generated, "id: a value for an unconfigurable attribute");
}
