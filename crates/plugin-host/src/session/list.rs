//! Lists of objects: `terraform query`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value as Json;
use tfplugin6::tfplugin6 as proto;

use super::diagnostic::{Diagnostic, Violation, read_diagnostics, succeed};
use super::{ResourceType, Session, answer, read_config, rpc};
use crate::core::Problem;
use crate::schema::{Attribute, Schema, Shape};
use crate::value::{Path, Value, json};

const INVALID: &str = "Provider produced invalid list result";

/// The query of a `list` block.
#[derive(Clone, Debug)]
pub struct Query {
    /// Its `config` block.
    pub config: Json,
    /// The maximum number of results.
    pub limit: usize,
    /// Whether to return the objects themselves.
    pub include_resource: bool,
}

/// The result of a list.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The results, in the order of the answer.
    pub results: Vec<ListResult>,
    /// The warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// One result.
#[derive(Clone, Debug)]
pub struct ListResult {
    /// The identity.
    pub identity: Json,
    /// The name for users.
    pub display_name: String,
    /// The object, if it was requested and exists.
    pub resource: Option<Json>,
}

impl Query {
    /// Creates a query with only a `config` block. Hosts then request a hundred results.
    pub fn new(config: Json) -> Self {
        Self {
            config,
            limit: 100,
            include_resource: false,
        }
    }

    /// Requests the objects themselves.
    #[must_use]
    pub fn with_resources(self) -> Self {
        Self {
            include_resource: true,
            ..self
        }
    }

    /// Sets the maximum number of results.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }
}

impl Session {
    /// Lists the objects of a type. Like a host, does not read anything after the last requested
    /// result.
    pub async fn list(&self, type_name: &str, query: Query) -> Result<Found> {
        let step = format!("list {type_name}");
        let schema = self.inner.list_resources.get(type_name);
        let schema = schema.with_context(|| format!("there is no list resource {type_name}"))?;
        let kind = self
            .inner
            .resources
            .get(type_name)
            .context("no resource type")?;
        let config = read_config(&step, schema, &query.config)?;
        if !config.is_wholly_known() {
            bail!("{step}: the configuration is unknown, so the host would not list yet");
        }
        let mut found = Found {
            diagnostics: self
                .validate_list(&step, type_name, schema, &config)
                .await?,
            ..Found::default()
        };
        let request = proto::list_resource::Request {
            type_name: type_name.to_owned(),
            config: rpc::value(&config, &schema.ty)?,
            include_resource_object: query.include_resource,
            limit: i64::try_from(query.limit)?,
        };
        let events = self.client().list_resource(request).await;
        let mut events = events.context("ListResource")?.into_inner();
        while found.results.len() < query.limit {
            let Some(event) = events.message().await.context("ListResource")? else {
                break;
            };
            let diagnostics = read_diagnostics(&step, &event.diagnostic, &schema.ty)?;
            let is_told = !diagnostics.is_empty();
            // One error discards everything.
            found.diagnostics.extend(succeed(&step, diagnostics)?);
            match event.identity {
                Some(_) => found
                    .results
                    .push(result(&step, kind, event, query.include_resource)?),
                None if is_told => {}
                None => return Err(Violation::whole(&step, INVALID, "no identity").into()),
            }
        }
        Ok(found)
    }

    async fn validate_list(
        &self,
        step: &str,
        type_name: &str,
        schema: &Schema,
        config: &Value,
    ) -> Result<Vec<Diagnostic>> {
        let request = proto::validate_list_resource_config::Request {
            type_name: type_name.to_owned(),
            config: rpc::value(config, &schema.ty)?,
            include_resource_object: None,
            limit: None,
        };
        let response = self.client().validate_list_resource_config(request).await;
        let response = response.context("ValidateListResourceConfig")?.into_inner();
        succeed(
            step,
            read_diagnostics(step, &response.diagnostics, &schema.ty)?,
        )
    }

    /// Returns the configuration that would create an object, from which `-generate-config-out` is
    /// written. Hosts write null for sensitive attributes, whatever it contains.
    pub async fn generate_config(&self, type_name: &str, state: &Json) -> Result<Json> {
        let step = format!("generate configuration of {type_name}");
        let kind = self
            .inner
            .resources
            .get(type_name)
            .context("no resource type")?;
        let state = json::from_json(state, &kind.schema.ty)?;
        let request = proto::generate_resource_config::Request {
            type_name: type_name.to_owned(),
            state: rpc::value(&state, &kind.schema.ty)?,
        };
        let response = self.client().generate_resource_config(request).await;
        let response = response.context("GenerateResourceConfig")?.into_inner();
        // Hosts do not show warnings.
        succeed(
            &step,
            read_diagnostics(&step, &response.diagnostics, &kind.schema.ty)?,
        )?;
        let summary = "Provider produced invalid configuration";
        let config = answer::decode(&step, summary, response.config, &kind.schema.ty)?;
        let mut problems = Vec::new();
        let root = Path::root();
        look(
            &kind.schema.block.attributes,
            &config,
            &root,
            &mut |attribute, value, path| {
                if attribute.computed && !attribute.optional && !value.is_null() {
                    problems.push(Problem::new(
                        path,
                        "a value for an unconfigurable attribute",
                    ));
                }
            },
        );
        Violation::unless_empty(&step, summary, problems)?;
        Ok(json::to_json(&config))
    }
}

fn result(
    step: &str,
    kind: &ResourceType,
    event: proto::list_resource::Event,
    include: bool,
) -> Result<ListResult> {
    let violation = |reason: &str| Violation::whole(step, INVALID, reason);
    let identity = event.identity.unwrap_or_default();
    let identity = answer::identity(step, identity, kind.identity.as_ref(), false)?;
    let identity = identity.ok_or_else(|| violation("null identity"))?;
    if identity
        .members()
        .is_none_or(|members| members.values().any(Value::is_null))
    {
        return Err(violation("half an identity").into());
    }
    if event.display_name.is_empty() || event.display_name.chars().any(char::is_control) {
        return Err(violation("a name that cannot be shown").into());
    }
    let resource = match event.resource_object {
        Some(_) if !include => return Err(violation("an object that nobody asked for").into()),
        Some(object) => {
            let object = answer::object(step, Some(object), &kind.schema)?;
            let mut problems = Vec::new();
            let attributes = &kind.schema.block.attributes;
            look(
                attributes,
                &object,
                &Path::root(),
                &mut |attribute, value, path| {
                    if attribute.sensitive && !value.is_null() {
                        problems.push(Problem::new(path, "a sensitive value, which hosts print"));
                    }
                },
            );
            Violation::unless_empty(step, INVALID, problems)?;
            Some(json::to_json(&object))
        }
        None => None,
    };
    Ok(ListResult {
        identity: json::to_json(&identity),
        display_name: event.display_name,
        resource,
    })
}

/// Checks every attribute and its values, at any depth.
fn look(
    attributes: &BTreeMap<String, Attribute>,
    object: &Value,
    path: &Path,
    see: &mut dyn FnMut(&Attribute, &Value, &Path),
) {
    if object.is_null() || object.is_unknown() {
        return;
    }
    for (name, attribute) in attributes {
        let (value, path) = (object.get(name), path.attribute(name));
        see(attribute, value, &path);
        if let Shape::Nested(nested) = &attribute.shape {
            for (path, value) in crate::schema::config::nested_values(nested.nesting, value, &path)
            {
                look(&nested.attributes, value, &path, see);
            }
        }
    }
}
