//! What the service tells of an agent and nobody can set.

use async_trait::async_trait;
use azure::id::AgentId;
use azure::{Budget, Client, ListShape, Request};
use serde_json::{Map, Value as Json};
use tfplugin::{Attributes, DataSource, Diagnostic, Diagnostics, ReadDataRequest, Schema, Value};

use super::{TIMEOUT, shaped, told};
use crate::document;
use crate::kind::{self, Node, Plane};
use crate::session::SessionHandle;

/// Something to look up about an agent: answers of the service, side by side in one document.
#[derive(Debug)]
pub struct Lookup {
    /// The noun of the type name, such as `agent_usage`.
    pub name: &'static str,
    /// What it gives, as Markdown sentences.
    pub about: &'static str,
    /// Where the parts of the document come from.
    pub parts: &'static [Part],
    /// The attributes, all of them read.
    pub nodes: Vec<Node>,
}

/// One answer.
#[derive(Debug)]
pub struct Part {
    /// The member of the document that it becomes.
    pub member: &'static str,
    /// The plane that gives it.
    pub plane: Plane,
    /// The path: below the agent's id on ARM, below the endpoint on the data plane.
    pub path: &'static str,
    /// The shape of a list, which becomes an array over all pages.
    pub list: Option<ListShape>,
}

impl Lookup {
    /// The type name.
    pub fn type_name(&self) -> String {
        format!("azuresre_{}", self.name)
    }

    /// The shape: the agent is given, all else is read.
    pub fn schema(&self) -> Schema {
        let mut attributes = Attributes::new();
        kind::add_nodes(&self.nodes, &mut attributes);
        attributes.insert(
            "agent_id".to_owned(),
            kind::agent_id("The ARM id of the agent."),
        );
        Schema {
            attributes,
            description: self.about.to_owned(),
            ..Schema::default()
        }
    }
}

/// The data source of a lookup.
pub(super) struct LookupDataSource {
    lookup: Lookup,
    session: SessionHandle,
    name: String,
    schema: Schema,
}

impl LookupDataSource {
    /// The data source, working in a session.
    pub(super) fn new(lookup: Lookup, session: SessionHandle) -> Self {
        Self {
            name: lookup.type_name(),
            schema: lookup.schema(),
            lookup,
            session,
        }
    }

    async fn find(&self, request: ReadDataRequest) -> Result<Value, Diagnostic> {
        let ReadDataRequest { config, cancel, .. } = request;
        let agent = AgentId::parse(config.get("agent_id").as_str().unwrap_or_default());
        let agent = agent.map_err(|error| {
            Diagnostic::error("Invalid agent_id", format!("{error}.")).at("agent_id")
        })?;
        let session = self.session.get()?;
        let budget = Budget::new(TIMEOUT, cancel);
        let mut document = Map::new();
        for part in self.lookup.parts {
            let answer = read_part(&session.client, part, &agent, &budget).await;
            let answer = answer.map_err(|error| {
                let summary = format!("Cannot read {}", self.name);
                Diagnostic::error(summary, format!("{}\n\nAgent: {agent}", told(&error)))
            })?;
            document.insert(part.member.to_owned(), answer);
        }
        let state = document::read_nodes(&self.lookup.nodes, &Json::Object(document));
        let mut state = state.map_err(|error| {
            let summary = format!("Cannot read {}", self.name);
            let detail = format!(
                "An answer is not what the service documents: {}.",
                error.message
            );
            Diagnostic::error(summary, detail).at(error.path)
        })?;
        state.set("agent_id", config.get("agent_id").clone());
        Ok(shaped(&self.schema.attributes, &state))
    }
}

#[async_trait]
impl DataSource for LookupDataSource {
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

async fn read_part(
    client: &Client,
    part: &Part,
    agent: &AgentId,
    budget: &Budget,
) -> azure::Result<Json> {
    match part.plane {
        Plane::Arm => {
            let request = Request::get(format!("{}/{}", agent.path(), part.path));
            match part.list {
                Some(_) => client.arm_list(request, budget).await.map(Json::Array),
                None => client.arm(request, budget).await?.into_json(),
            }
        }
        Plane::DataPlane => {
            let plane = client.data_plane(agent, budget).await?;
            let request = Request::get(part.path);
            match part.list {
                Some(shape) => plane.list(request, shape, budget).await.map(Json::Array),
                None => plane.send(request, budget).await?.into_json(),
            }
        }
    }
}
