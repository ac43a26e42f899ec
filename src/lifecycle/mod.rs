//! The lifecycle of objects of any kind: plan, create, read, update, delete and import.

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
#[cfg(test)]
mod testing;
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
    /// Creates the resource type of a kind in a session.
    pub fn new(kind: Arc<Kind>, session: SessionHandle) -> Self {
        Self {
            name: kind.type_name(),
            kind,
            session,
        }
    }

    fn shorten(&self, diagnostics: &mut Diagnostics) {
        if let Ok(session) = self.session.get() {
            session.told.shorten(diagnostics);
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
        let mut response = read::read(&self.kind, &self.session, request).await;
        self.shorten(&mut response.diagnostics);
        response
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        let mut response = create::create(&self.kind, &self.session, request).await;
        self.shorten(&mut response.diagnostics);
        response
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        let mut response = update::update(&self.kind, &self.session, request).await;
        self.shorten(&mut response.diagnostics);
        response
    }

    async fn delete(&self, request: DeleteRequest) -> ApplyResponse {
        let mut response = delete::delete(&self.kind, &self.session, request).await;
        self.shorten(&mut response.diagnostics);
        response
    }

    async fn import(&self, request: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        Ok(import::import(&self.kind, &self.session, request).await?)
    }

    fn take_over(&self, request: MoveRequest) -> Result<MoveResponse, Diagnostics> {
        Ok(azapi::take_over(&self.kind, &request)?)
    }

    fn generate(&self, config: &mut Value) {
        // Time limits belong to the user and not to the object.
        config.set("timeouts", Value::Null);
    }
}
