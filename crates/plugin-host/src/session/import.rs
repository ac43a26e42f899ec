//! Import of existing objects.

use anyhow::{Context, Result, ensure};
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;

use super::answer;
use super::diagnostic::{Diagnostic, Failure, Severity, Violation};
use super::host::Phase;
use super::resource::{Refreshed, Resource};
use super::state::Object;
use crate::value::json;

const INVALID: &str = "Provider produced invalid import";

/// How an import identifies the object.
#[derive(Clone, Debug)]
pub enum ImportTarget {
    /// The text of `id`.
    Id(String),
    /// The attributes of `identity`. Omitted ones are null.
    Identity(Json),
}

impl From<&str> for ImportTarget {
    fn from(id: &str) -> Self {
        Self::Id(id.to_owned())
    }
}

impl Resource {
    /// Imports an existing object and reads it: `terraform import`.
    pub async fn import(&mut self, target: impl Into<ImportTarget>) -> Result<Refreshed> {
        ensure!(self.state.is_none(), "the instance has a state already");
        let calls = self.calls();
        let step = calls.step("import");
        let violation = |reason: &str| Violation::whole(&step, INVALID, reason);
        let target = target.into();
        let by_identity = matches!(target, ImportTarget::Identity(_));
        let (id, identity) = match target {
            ImportTarget::Id(id) => (id, None),
            ImportTarget::Identity(attributes) => {
                let kind = self
                    .kind
                    .identity
                    .as_ref()
                    .context("the type has no identity")?;
                (String::new(), Some(json::from_json(&attributes, &kind.ty)?))
            }
        };
        let request = proto::import_resource_state::Request {
            type_name: self.kind.name.clone(),
            id,
            client_capabilities: self.session.inner.host.capabilities(Phase::Plan),
            identity: calls.identity(identity.as_ref())?,
        };
        let response = self.session.client().import_resource_state(request).await;
        let response = response.context("ImportResourceState")?.into_inner();
        let mut diagnostics = calls.succeed(&step, &response.diagnostics)?;
        let host = &self.session.inner.host;
        if answer::check_deferral(&step, host, Phase::Plan, response.deferred)?.is_some() {
            return Ok(Refreshed {
                state: None,
                diagnostics,
            });
        }
        let imported: Result<[_; 1], _> = response.imported_resources.try_into();
        let [imported] = imported.map_err(|_| violation("not exactly one object"))?;
        if imported.type_name != self.kind.name {
            return Err(violation(&format!("object of type {:?}", imported.type_name)).into());
        }
        let value = answer::object(&step, imported.state, &self.kind.schema)?;
        let identity = calls.read_identity(&step, imported.identity, false)?;
        if value.is_null() {
            return Err(violation("null object").into());
        }
        if by_identity && identity.is_none() {
            return Err(violation("no identity").into());
        }
        let object = Object {
            value,
            private: imported.private,
            identity,
        };
        let (found, warnings, _) = calls.read(&object).await?;
        diagnostics.extend(warnings);
        let Some(found) = found else {
            diagnostics.push(Diagnostic {
                severity: Severity::Error,
                summary: "Cannot import non-existent remote object".to_owned(),
                detail: String::new(),
                path: None,
            });
            return Err(Failure { step, diagnostics }.into());
        };
        self.state = Some(found.store(&self.kind, false)?);
        Ok(Refreshed {
            state: Some(json::to_json(&found.value)),
            diagnostics,
        })
    }
}
