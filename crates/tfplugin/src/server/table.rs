//! What a provider offers, asked once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::provider::{DataSource, Provider, Resource};
use crate::schema::{IdentitySchema, Schema, data_source_problems, problems, provider_problems};
use crate::value::Type;

/// The schemas and implementations of a provider by type name.
pub struct Table {
    /// The `provider` block.
    pub provider: Schema,
    /// The resource types.
    pub resources: BTreeMap<String, ResourceEntry>,
    /// The data sources.
    pub data_sources: BTreeMap<String, DataSourceEntry>,
}

/// One resource type.
#[derive(Clone)]
pub struct ResourceEntry {
    /// Its implementation.
    pub resource: Arc<dyn Resource>,
    /// Its shape.
    pub schema: Arc<Schema>,
    /// The type of its values.
    pub ty: Arc<Type>,
    /// The shape of its identity.
    pub identity: Option<Arc<IdentitySchema>>,
}

/// One data source.
#[derive(Clone)]
pub struct DataSourceEntry {
    /// Its implementation.
    pub source: Arc<dyn DataSource>,
    /// Its shape.
    pub schema: Arc<Schema>,
    /// The type of its values.
    pub ty: Arc<Type>,
}

/// Schemas that no host would load.
#[derive(Debug, thiserror::Error)]
#[error("the provider cannot be loaded: {}", .0.join("; "))]
pub struct InvalidProvider(Vec<String>);

impl Table {
    pub(super) fn new(provider: &dyn Provider) -> Result<Self, InvalidProvider> {
        let mut found = Vec::new();
        let block = provider.schema();
        note(&mut found, "provider", provider_problems(&block));
        let mut resources = BTreeMap::new();
        for resource in provider.resources() {
            let name = resource.name().to_owned();
            let (schema, identity) = (resource.schema(), resource.identity());
            note(&mut found, &name, problems(&schema, identity.as_ref()));
            let entry = ResourceEntry {
                ty: Arc::new(schema.ty()),
                schema: Arc::new(schema),
                identity: identity.map(Arc::new),
                resource,
            };
            if resources.insert(name.clone(), entry).is_some() {
                found.push(format!("{name}: there are two resource types of this name"));
            }
        }
        let mut data_sources = BTreeMap::new();
        for source in provider.data_sources() {
            let name = source.name().to_owned();
            let schema = source.schema();
            note(&mut found, &name, data_source_problems(&schema));
            let ty = Arc::new(schema.ty());
            let entry = DataSourceEntry {
                source,
                schema: Arc::new(schema),
                ty,
            };
            if data_sources.insert(name.clone(), entry).is_some() {
                found.push(format!("{name}: there are two data sources of this name"));
            }
        }
        match found.is_empty() {
            true => Ok(Self {
                provider: block,
                resources,
                data_sources,
            }),
            false => Err(InvalidProvider(found)),
        }
    }
}

impl ResourceEntry {
    /// The type of its identity.
    pub(super) fn identity_type(&self) -> Option<Type> {
        self.identity.as_ref().map(|schema| schema.ty())
    }
}

fn note(found: &mut Vec<String>, name: &str, problems: Vec<String>) {
    found.extend(
        problems
            .into_iter()
            .map(|problem| format!("{name}: {problem}")),
    );
}
