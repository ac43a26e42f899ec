//! The data source for one object of a kind.

use std::sync::Arc;

use async_trait::async_trait;
use tfplugin::{DataSource, Diagnostic, Diagnostics, ReadDataRequest, Schema, Value};

use super::{TIMEOUT, shaped};
use crate::document::Absence;
use crate::kind::{Key, Kind, Plane};
use crate::lifecycle::{Operation, Verb, report};
use crate::session::SessionHandle;
use crate::stores::{Stored, Target};

/// The data source of a kind.
pub(super) struct KindDataSource {
    kind: Arc<Kind>,
    session: SessionHandle,
    name: String,
    schema: Schema,
}

impl KindDataSource {
    /// Creates the data source of a kind in a session.
    pub(super) fn new(kind: Arc<Kind>, session: SessionHandle) -> Self {
        Self {
            name: kind.type_name(),
            schema: kind.data_source_schema(),
            kind,
            session,
        }
    }

    async fn find(&self, request: ReadDataRequest) -> Result<Value, Diagnostic> {
        let ReadDataRequest { config, cancel, .. } = request;
        let timeouts = |_: &crate::kind::Timeouts| ("read", TIMEOUT);
        let mut operation = Operation::new(&self.kind, &self.session, &config, timeouts, cancel)?;
        // Users who read from ARM may have no access to the data plane.
        operation.options.companion = operation.object.target.plane == Plane::DataPlane;
        let name = config.get("name").as_str().unwrap_or_default();
        let subject = operation.object.subject(name);
        let failed = |error| report(Verb::Look, &subject, &error);
        let store = operation.store();
        let by_name = self.kind.key() == Key::ServerId && operation.object.target.key.is_empty();
        let found: Vec<Stored> = match by_name {
            true => store
                .conflicting(operation.call(), name)
                .await
                .map_err(failed)?,
            false => store
                .read(operation.call())
                .await
                .map_err(failed)?
                .into_iter()
                .collect(),
        };
        let stored = match found.as_slice() {
            [stored] => stored,
            [] => return Err(self.missing(&operation.object.target, name)),
            several => {
                let ids: Vec<&str> = several.iter().map(|stored| stored.key.as_str()).collect();
                return Err(Diagnostic::error(
                    format!("More than one {} has the name {name:?}", self.kind.title),
                    format!(
                        "Set `object_id` to one of these IDs instead: {}.",
                        ids.join(", ")
                    ),
                )
                .at("name"));
            }
        };
        let state = operation.object.view(stored, &config, Absence::Shown)?;
        Ok(shaped(&self.schema.attributes, &state))
    }
}

impl KindDataSource {
    fn missing(&self, target: &Target, name: &str) -> Diagnostic {
        let plane = target.plane;
        let other = match self.kind.is_dual() {
            true => " If it is on the other plane, set `plane`.",
            false => "",
        };
        Diagnostic::error(
            format!(
                "The {} {:?} does not exist",
                self.kind.title,
                if name.is_empty() { &target.key } else { name }
            ),
            format!(
                "No object with this name or ID exists on {plane} of {}.{other}",
                target.agent
            ),
        )
    }
}

#[async_trait]
impl DataSource for KindDataSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> Schema {
        self.schema.clone()
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if self.kind.key() == Key::ServerId
            && config.get("name").is_null() == config.get("object_id").is_null()
            && !config.get("name").is_unknown()
            && !config.get("object_id").is_unknown()
        {
            let detail = "Set exactly one of `name` and `object_id`.";
            diagnostics
                .push(Diagnostic::error("Invalid combination of arguments", detail).at("name"));
        }
    }

    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics> {
        Ok(self.find(request).await?)
    }
}
