//! What a provider offers, determined once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::functions;
use crate::provider::{
    Action, DataSource, EphemeralResource, Function, ListResource, Provider, Resource, Signature,
};
use crate::schema::{
    IdentitySchema, Schema, action_problems, data_source_problems, list_problems, problems,
    provider_problems,
};
use crate::value::Type;

/// The schemas and implementations of a provider by type name.
pub struct Table {
    /// The `provider` block.
    pub provider: Schema,
    /// The resource types.
    pub resources: BTreeMap<String, ResourceEntry>,
    /// The data sources.
    pub data_sources: BTreeMap<String, DataSourceEntry>,
    /// The functions.
    pub functions: BTreeMap<String, FunctionEntry>,
    /// The ephemeral resources.
    pub ephemeral_resources: BTreeMap<String, EphemeralEntry>,
    /// The list resources.
    pub list_resources: BTreeMap<String, ListEntry>,
    /// The actions.
    pub actions: BTreeMap<String, ActionEntry>,
}

/// One resource type.
#[derive(Clone)]
pub struct ResourceEntry {
    /// Its implementation.
    pub resource: Arc<dyn Resource>,
    /// Its schema.
    pub schema: Arc<Schema>,
    /// The type of its values.
    pub ty: Arc<Type>,
    /// The schema of its identity.
    pub identity: Option<Arc<IdentitySchema>>,
}

/// One data source.
#[derive(Clone)]
pub struct DataSourceEntry {
    /// Its implementation.
    pub source: Arc<dyn DataSource>,
    /// Its schema.
    pub schema: Arc<Schema>,
    /// The type of its values.
    pub ty: Arc<Type>,
}

/// One function.
#[derive(Clone)]
pub struct FunctionEntry {
    /// Its implementation.
    pub function: Arc<dyn Function>,
    /// Its parameters and its result.
    pub signature: Arc<Signature>,
}

/// One ephemeral resource.
#[derive(Clone)]
pub struct EphemeralEntry {
    /// Its implementation.
    pub resource: Arc<dyn EphemeralResource>,
    /// Its schema.
    pub schema: Arc<Schema>,
    /// The type of its values.
    pub ty: Arc<Type>,
}

/// One list resource.
#[derive(Clone)]
pub struct ListEntry {
    /// Its implementation.
    pub list: Arc<dyn ListResource>,
    /// The schema of its configuration.
    pub schema: Arc<Schema>,
    /// The type of its configurations.
    pub ty: Arc<Type>,
}

/// One action.
#[derive(Clone)]
pub struct ActionEntry {
    /// Its implementation.
    pub action: Arc<dyn Action>,
    /// The schema of its configuration.
    pub schema: Arc<Schema>,
    /// The type of its configurations.
    pub ty: Arc<Type>,
}

/// The problems of schemas that no host would load.
#[derive(Debug, thiserror::Error)]
#[error("the provider cannot be loaded: {}", .0.join("; "))]
pub struct InvalidProvider(Vec<String>);

impl Table {
    pub(super) fn new(provider: &dyn Provider) -> Result<Self, InvalidProvider> {
        let mut found = Findings::default();
        let block = provider.schema();
        found.note("provider", provider_problems(&block));
        let resources = found.collect("resource types", provider.resources(), |resource| {
            let (schema, identity) = (resource.schema(), resource.identity());
            let problems = problems(&schema, identity.as_ref());
            let (schema, ty) = shared(schema);
            let name = resource.name().to_owned();
            let entry = ResourceEntry {
                resource,
                schema,
                ty,
                identity: identity.map(Arc::new),
            };
            (name, entry, problems)
        });
        let data_sources = found.collect("data sources", provider.data_sources(), |source| {
            let schema = source.schema();
            let problems = data_source_problems(&schema);
            let (schema, ty) = shared(schema);
            let name = source.name().to_owned();
            (name, DataSourceEntry { source, schema, ty }, problems)
        });
        let functions = found.collect("functions", provider.functions(), |function| {
            let signature = function.signature();
            let problems = functions::problems(function.as_ref(), &signature);
            let signature = Arc::new(signature);
            let name = function.name().to_owned();
            let entry = FunctionEntry {
                function,
                signature,
            };
            (name, entry, problems)
        });
        let ephemeral = provider.ephemeral_resources();
        let ephemeral_resources = found.collect("ephemeral resources", ephemeral, |resource| {
            let schema = resource.schema();
            let problems = data_source_problems(&schema);
            let (schema, ty) = shared(schema);
            let name = resource.name().to_owned();
            let entry = EphemeralEntry {
                resource,
                schema,
                ty,
            };
            (name, entry, problems)
        });
        let lists = provider.list_resources();
        let list_resources = found.collect("list resources", lists, |list| {
            let schema = list.schema();
            let mut problems = list_problems(&schema);
            let of = resources.get(list.name());
            if of.is_none_or(|of: &ResourceEntry| of.identity.is_none()) {
                problems.push("there is no resource type with identity of this name".to_owned());
            }
            let (schema, ty) = shared(schema);
            let name = list.name().to_owned();
            (name, ListEntry { list, schema, ty }, problems)
        });
        let actions = found.collect("actions", provider.actions(), |action| {
            let schema = action.schema();
            let problems = action_problems(&schema);
            let (schema, ty) = shared(schema);
            let name = action.name().to_owned();
            (name, ActionEntry { action, schema, ty }, problems)
        });
        match found.0.is_empty() {
            true => Ok(Self {
                provider: block,
                resources,
                data_sources,
                functions,
                ephemeral_resources,
                list_resources,
                actions,
            }),
            false => Err(InvalidProvider(found.0)),
        }
    }
}

impl ResourceEntry {
    /// Returns the type of its identity.
    pub(super) fn identity_type(&self) -> Option<Type> {
        self.identity.as_ref().map(|schema| schema.ty())
    }
}

#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn note(&mut self, name: &str, problems: Vec<String>) {
        let problems = problems.into_iter();
        self.0
            .extend(problems.map(|problem| format!("{name}: {problem}")));
    }

    /// Collects the entries of one group by name, and checks each.
    fn collect<T, E>(
        &mut self,
        group: &str,
        offered: Vec<T>,
        mut entry: impl FnMut(T) -> (String, E, Vec<String>),
    ) -> BTreeMap<String, E> {
        let mut entries = BTreeMap::new();
        for one in offered {
            let (name, entry, problems) = entry(one);
            self.note(&name, problems);
            if entries.insert(name.clone(), entry).is_some() {
                self.note(&name, vec![format!("there are two {group} of this name")]);
            }
        }
        entries
    }
}

fn shared(schema: Schema) -> (Arc<Schema>, Arc<Type>) {
    let ty = Arc::new(schema.ty());
    (Arc::new(schema), ty)
}
