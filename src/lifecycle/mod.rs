//! How an object of any kind is planned, created, read, changed, deleted and imported.

mod actions;
mod additional;
mod azapi;
mod by_product;
mod claims;
mod create;
mod delete;
mod freshness;
mod import;
mod notes;
mod object;
mod operation;
mod plan;
mod power;
mod read;
mod relocate;
mod report;
mod required;
mod settle;
mod siblings;
mod singleton;
mod update;
mod upload;
mod validate;
mod versions;
mod waiting;

use std::sync::Arc;

use async_trait::async_trait;
use tfplugin::plan::Defaults;
use tfplugin::{
    ApplyResponse, CreateRequest, DeleteRequest, Diagnostics, IdentitySchema, ImportRequest,
    ImportResponse, MoveRequest, MoveResponse, PlanRequest, ReadRequest, ReadResponse, Resource,
    Schema, UpdateRequest, ValidateRequest, Value,
};

pub(crate) use object::{Object, display_name};
pub(crate) use operation::Operation;
pub(crate) use read::state as read_state;
pub(crate) use report::{Verb, report, sentence};

use crate::kind::Kind;
use crate::session::SessionHandle;

/// The resource type of a kind.
pub struct KindResource {
    kind: Arc<Kind>,
    session: SessionHandle,
    name: String,
}

impl KindResource {
    /// The resource type of a kind, working in a session.
    pub fn new(kind: Arc<Kind>, session: SessionHandle) -> Self {
        Self {
            name: kind.type_name(),
            kind,
            session,
        }
    }
}

#[async_trait]
impl Resource for KindResource {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> Schema {
        self.kind.resource_schema().clone()
    }

    fn identity(&self) -> Option<IdentitySchema> {
        Some(self.kind.identity_schema())
    }

    fn validate(&self, request: &ValidateRequest, diagnostics: &mut Diagnostics) {
        validate::validate(&self.kind, &request.config, diagnostics);
    }

    fn defaults(&self, config: &Value, prior: &Value) -> Defaults {
        plan::defaults(&self.kind, &self.session, config, prior)
    }

    fn plan(&self, request: &mut PlanRequest, diagnostics: &mut Diagnostics) {
        plan::refine(&self.kind, &self.session, request, diagnostics);
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        read::read(&self.kind, &self.session, request).await
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        create::create(&self.kind, &self.session, request).await
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        update::update(&self.kind, &self.session, request).await
    }

    async fn delete(&self, request: DeleteRequest) -> ApplyResponse {
        delete::delete(&self.kind, &self.session, request).await
    }

    async fn import(&self, request: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        Ok(import::import(&self.kind, &self.session, request)?)
    }

    fn take_over(&self, request: MoveRequest) -> Result<MoveResponse, Diagnostics> {
        Ok(azapi::take_over(&self.kind, &request)?)
    }

    fn generate(&self, config: &mut Value) {
        // They are the user's, and say nothing of the object.
        config.set("timeouts", Value::Null);
    }
}
