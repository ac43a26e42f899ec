//! One attribute of every type, and a resource that no host would load.

use async_trait::async_trait;
use tfplugin::{
    ApplyResponse, Attribute, CreateRequest, DeleteRequest, Diagnostics, ImportRequest,
    ImportResponse, ReadRequest, ReadResponse, Resource, Schema, Type, UpdateRequest, Value,
};

pub(super) struct Values;

/// A resource whose schema violates several rules.
pub(super) struct Invalid;

#[async_trait]
impl Resource for Values {
    fn name(&self) -> &str {
        "conformance_values"
    }

    fn schema(&self) -> Schema {
        let of = |ty| Attribute::new(ty, "A value.");
        let object = Type::object([("a", Type::String), ("b", Type::list(Type::Number))]);
        let optional = Type::Object {
            attributes: [("a".into(), Type::String), ("b".into(), Type::Bool)].into(),
            optional: ["b".into()].into(),
        };
        Schema::from([
            ("any", of(Type::Dynamic)),
            ("flag", of(Type::Bool)),
            ("list", of(Type::list(Type::String))),
            ("map", of(Type::map(Type::String))),
            ("number", of(Type::Number)),
            ("numbers", of(Type::list(Type::Number))),
            ("object", of(object)),
            ("optional", of(optional)),
            ("set", of(Type::set(Type::String))),
            ("text", of(Type::String)),
            ("tuple", of(Type::Tuple(vec![Type::String, Type::Dynamic]))),
        ])
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        ReadResponse::found(request.state)
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        ApplyResponse::done(request.planned)
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        ApplyResponse::done(request.planned)
    }

    async fn delete(&self, _: DeleteRequest) -> ApplyResponse {
        ApplyResponse::gone()
    }

    async fn import(&self, request: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        match request {
            ImportRequest::Id(id) if id == "nothing" => {
                Ok(ImportResponse::new(Value::map::<&str>([]), None))
            }
            // A type without identities must not return one.
            _ => Ok(ImportResponse::new(
                Value::map::<&str>([]),
                Some(Value::map([("name", Value::from("x"))])),
            )),
        }
    }
}

#[async_trait]
impl Resource for Invalid {
    fn name(&self) -> &str {
        "conformance_invalid"
    }

    fn schema(&self) -> Schema {
        Schema::from([
            ("count", Attribute::string("Reserved.")),
            (
                "secret",
                Attribute::string("A secret.").computed().write_only(),
            ),
        ])
    }

    async fn read(&self, _: ReadRequest) -> ReadResponse {
        ReadResponse::gone()
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        ApplyResponse::done(request.planned)
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        ApplyResponse::done(request.planned)
    }

    async fn delete(&self, _: DeleteRequest) -> ApplyResponse {
        ApplyResponse::gone()
    }

    async fn import(&self, _: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        Ok(ImportResponse::default())
    }
}
