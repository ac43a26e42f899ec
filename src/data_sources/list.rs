//! The data source with all objects of a kind.

use std::sync::Arc;

use async_trait::async_trait;
use azure::Budget;
use azure::id::AgentId;
use tfplugin::{DataSource, Diagnostic, Diagnostics, ReadDataRequest, Schema, Value};

use super::{TIMEOUT, shaped, told};
use crate::document::Absence;
use crate::kind::{Key, Kind, Plane};
use crate::lifecycle::{Object, Operation};
use crate::lists;
use crate::schema::{ITEMS, SEARCH};
use crate::session::SessionHandle;
use crate::stores::{StoreError, Stored, Target};

/// The list of a kind.
pub(super) struct KindList {
    kind: Arc<Kind>,
    session: SessionHandle,
    name: String,
    schema: Schema,
}

impl KindList {
    /// Creates the list of a kind in a session.
    pub(super) fn new(kind: Arc<Kind>, session: SessionHandle) -> Self {
        Self {
            name: kind.list_name(),
            schema: kind.list_schema().unwrap_or_default(),
            kind,
            session,
        }
    }

    async fn find(&self, request: ReadDataRequest) -> Result<Value, Diagnostic> {
        let items = match self.kind.key() {
            Key::Agent => self.agents(&request).await?,
            _ => self.children(&request).await?,
        };
        let mut state = request.config;
        if self.kind.is_dual() && state.get("plane").is_null() {
            let plane = self.session.get()?.plane()?;
            let plane = self.kind.default_plane(&state, plane);
            state.set("plane", Value::from(plane.as_str()));
        }
        if self.kind.key() == Key::Agent {
            let subscription = self.subscription(&state)?;
            state.set("subscription_id", Value::from(subscription));
        }
        state.set(ITEMS, Value::List(items));
        Ok(shaped(&self.schema.attributes, &state))
    }

    async fn children(&self, request: &ReadDataRequest) -> Result<Vec<Value>, Diagnostic> {
        let ReadDataRequest { config, cancel, .. } = request;
        let timeout = |_: &crate::kind::Timeouts| ("read", TIMEOUT);
        let operation = Operation::new(&self.kind, &self.session, config, timeout, cancel.clone())?;
        let search = config.get(SEARCH).as_str();
        let query: Vec<_> = search.map(|text| (SEARCH, text)).into_iter().collect();
        let found = operation.store().list(operation.call(), &query).await;
        let mut found = found.map_err(|error| self.failed(&error))?;
        // Without this, the list of an agent that does not exist would be empty.
        if operation.object.target.plane == Plane::DataPlane {
            let Operation {
                session,
                object,
                budget,
                ..
            } = &operation;
            let plane = session
                .client
                .data_plane(&object.target.agent, budget)
                .await;
            plane.map_err(|error| self.failed(&error.into()))?;
        }
        found.sort_by(|one, other| one.key.cmp(&other.key));
        for (key, reason) in operation.listing.odd() {
            let reason = StoreError::from(reason);
            request
                .warnings
                .push(self.left_out(&key, &format!("{reason}.")));
        }
        let view = |stored: &Stored| operation.object.view(stored, &Value::Null, Absence::Shown);
        Ok(self.shown(
            request,
            found
                .iter()
                .map(|stored| (stored.key.as_str(), view(stored))),
        ))
    }

    /// Returns the items that can be read, and adds a warning for each of the others.
    fn shown<'a>(
        &self,
        request: &ReadDataRequest,
        items: impl Iterator<Item = (&'a str, Result<Value, Diagnostic>)>,
    ) -> Vec<Value> {
        let shown = items.filter_map(|(key, item)| {
            let left_out =
                |error: Diagnostic| request.warnings.push(self.left_out(key, &error.detail));
            item.map_err(left_out).ok()
        });
        shown.collect()
    }

    fn left_out(&self, key: &str, reason: &str) -> Diagnostic {
        Diagnostic::warning(
            format!("The list does not contain the {} {key:?}", self.kind.title),
            format!("The service lists this object, but the provider cannot read it: {reason}"),
        )
    }

    async fn agents(&self, request: &ReadDataRequest) -> Result<Vec<Value>, Diagnostic> {
        let ReadDataRequest { config, cancel, .. } = request;
        let budget = Budget::new(TIMEOUT, cancel.clone());
        let place = lists::Place {
            subscription: config.get("subscription_id").as_str(),
            group: config.get("resource_group_name").as_str(),
        };
        let found = lists::agents(&self.session, &place, &budget).await;
        let found = found.map_err(|failure| match failure {
            lists::Failure::Store(error) => self.failed(&error),
            lists::Failure::Told(told) => told,
        })?;
        let view = |(agent, document): &(AgentId, serde_json::Value)| {
            let key = agent.name().to_owned();
            let target = Target {
                agent: agent.clone(),
                plane: Plane::Arm,
                key: key.clone(),
            };
            let stored = Stored {
                key,
                document: document.clone(),
                etag: None,
            };
            Object::at(&self.kind, target)?.view(&stored, &Value::Null, Absence::Shown)
        };
        Ok(self.shown(
            request,
            found.iter().map(|found| (found.0.name(), view(found))),
        ))
    }

    fn subscription(&self, config: &Value) -> Result<String, Diagnostic> {
        let subscription = self.session.subscription_of(config);
        subscription.ok_or_else(|| self.session.no_subscription())
    }

    fn failed(&self, error: &StoreError) -> Diagnostic {
        let detail = match error {
            StoreError::Azure(error) => told(error),
            other => other.to_string(),
        };
        Diagnostic::error(
            format!("Cannot list all objects of the kind {}", self.kind.title),
            detail,
        )
    }
}

#[async_trait]
impl DataSource for KindList {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> Schema {
        self.schema.clone()
    }

    async fn read(&self, request: ReadDataRequest) -> Result<Value, Diagnostics> {
        Ok(self.find(request).await?)
    }
}
