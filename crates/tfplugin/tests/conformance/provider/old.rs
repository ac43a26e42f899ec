//! A resource with two older versions of its state.

use async_trait::async_trait;
use serde_json::json;
use tfplugin::{
    ApplyResponse, Attribute, CreateRequest, DeleteRequest, Diagnostic, Diagnostics, ImportRequest,
    ImportResponse, ReadRequest, ReadResponse, Resource, Schema, Type, UpdateRequest,
    UpgradeRequest, Value,
};

/// Version 0 called the title `name` and stored the size as text; version 1 had a `legacy` flag.
pub(super) struct Old;

#[async_trait]
impl Resource for Old {
    fn name(&self) -> &str {
        "conformance_old"
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 2,
            ..Schema::from([
                ("id", Attribute::string("The id.").computed().keep_state()),
                ("title", Attribute::string("The title.").required()),
                ("size", Attribute::number("The size.")),
                ("any", Attribute::new(Type::Dynamic, "Anything.")),
                ("names", Attribute::new(Type::set(Type::String), "Texts.")),
                ("secret_wo", Attribute::string("A secret.").write_only()),
            ])
        }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        ReadResponse::found(request.state)
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        let mut state = request.planned;
        state.set("id", Value::from("old/1"));
        ApplyResponse::done(state)
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        ApplyResponse::done(request.planned)
    }

    async fn delete(&self, _: DeleteRequest) -> ApplyResponse {
        ApplyResponse::gone()
    }

    async fn import(&self, _: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        Err(Diagnostic::error("Import is not supported", "It has no id in the service.").into())
    }

    fn upgrade(&self, request: UpgradeRequest) -> Result<serde_json::Value, Diagnostics> {
        let state = request.state;
        match request.version {
            0 => Ok(
                json!({ "id": state["id"], "title": state["name"], "size": state["size"],
                "secret_wo": "never stored" }),
            ),
            1 => Ok(state),
            other => Err(Diagnostic::error(
                "Unable to upgrade resource state",
                format!("There never was a version {other}."),
            )
            .into()),
        }
    }
}
