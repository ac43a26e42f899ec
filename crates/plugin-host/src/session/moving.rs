//! `moved` blocks between types and providers.

use anyhow::{Context, Result, ensure};
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;

use super::answer;
use super::diagnostic::{Diagnostic, Violation};
use super::resource::Resource;
use super::state::Object;

/// An object of another type to convert, as in a state file.
#[derive(Clone, Debug)]
pub struct MoveSource {
    /// The address of its provider.
    pub provider: String,
    /// Its type.
    pub type_name: String,
    /// The version of its schema.
    pub schema_version: i64,
    /// Its attributes.
    pub attributes: Json,
    /// Its private bytes.
    pub private: Vec<u8>,
    /// The attributes of its identity.
    pub identity: Option<Json>,
}

impl MoveSource {
    /// Creates an object of version 0 with only its attributes.
    pub fn new(provider: &str, type_name: &str, attributes: Json) -> Self {
        Self {
            provider: provider.to_owned(),
            type_name: type_name.to_owned(),
            schema_version: 0,
            attributes,
            private: Vec::new(),
            identity: None,
        }
    }
}

impl Resource {
    /// Takes over the object of another type, as a `moved` block does. A plan follows.
    pub async fn move_from(&mut self, source: MoveSource) -> Result<Vec<Diagnostic>> {
        ensure!(self.state.is_none(), "the instance has a state already");
        let calls = self.calls();
        let step = calls.step("move to");
        let capabilities = self.session.inner.schemas.server_capabilities;
        ensure!(
            capabilities.is_some_and(|server| server.move_resource_state),
            "{step}: Unsupported `moved` across resource types"
        );
        let raw = |json: &Json| {
            serde_json::to_vec(json).map(|json| proto::RawState {
                json,
                ..proto::RawState::default()
            })
        };
        // Hosts without support for identities have none to send.
        let identity = source
            .identity
            .as_ref()
            .filter(|_| self.session.inner.host.identity);
        let request = proto::move_resource_state::Request {
            source_provider_address: source.provider,
            source_type_name: source.type_name,
            source_schema_version: source.schema_version,
            source_state: Some(raw(&source.attributes)?),
            target_type_name: self.kind.name.clone(),
            source_private: source.private,
            source_identity: identity.map(raw).transpose()?,
            // No host sets this.
            source_identity_schema_version: 0,
        };
        let response = self.session.client().move_resource_state(request).await;
        let response = response.context("MoveResourceState")?.into_inner();
        let warnings = calls.succeed(&step, &response.diagnostics)?;
        let value = answer::object(&step, response.target_state, &self.kind.schema)?;
        if value.is_null() {
            let summary = "Provider returned invalid result object after move";
            return Err(Violation::whole(&step, summary, "null object").into());
        }
        let object = Object {
            value,
            private: response.target_private,
            identity: calls.read_identity(&step, response.target_identity, false)?,
        };
        self.state = Some(object.store(&self.kind, false)?);
        Ok(warnings)
    }
}
