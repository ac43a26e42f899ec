//! Data sources for information about agents that is not part of a resource.

use std::fmt;

use async_trait::async_trait;
use azure::id::AgentId;
use azure::{Budget, Client, ListShape, Request};
use serde_json::{Map, Value as Json};
use tfplugin::schema::Validator;
use tfplugin::{
    Attribute, Attributes, DataSource, Diagnostic, Diagnostics, ReadDataRequest, Schema, Value,
};

use super::{TIMEOUT, shaped, told_with};
use crate::document;
use crate::kind::{Node, Plane};
use crate::schema::{self, SchemaOf};
use crate::session::SessionHandle;

/// A data source that combines responses of the service in one document.
#[derive(Debug)]
pub struct Lookup {
    /// The name of the type without its prefix, such as `agent_usage`.
    pub name: &'static str,
    /// The description, as Markdown sentences.
    pub about: &'static str,
    /// The subject of the information.
    pub subject: Subject,
    /// Further arguments. Paths and queries contain their values as `{name}`.
    pub arguments: Vec<Argument>,
    /// The sources of the document.
    pub parts: &'static [Part],
    /// A function that transforms the document before the attributes are read.
    pub arrange: Option<Arrange>,
    /// The attributes, all of which are computed.
    pub nodes: Vec<Node>,
}

/// Transforms a document, depending on the configuration.
pub type Arrange = fn(&mut Map<String, Json>, &Value);

/// An argument of a lookup.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// The name of the attribute.
    pub name: &'static str,
    /// The description, as a Markdown sentence.
    pub about: &'static str,
    /// The default and maximum values of an optional number. Other arguments are required strings.
    pub count: Option<(i64, i64)>,
}

/// The subject of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An agent.
    Agent,
    /// A region of a subscription.
    Location,
}

/// A response that becomes part of the document.
#[derive(Debug)]
pub struct Part {
    /// The member of the document for the response.
    pub member: &'static str,
    /// The plane of the request.
    pub plane: Plane,
    /// The path, relative to the id of the subject on ARM, and to the endpoint on the data plane.
    pub path: &'static str,
    /// The query parameters.
    pub query: &'static [(&'static str, &'static str)],
    /// The shape of a list response, whose items on all pages become an array.
    pub list: Option<ListShape>,
}

impl Lookup {
    /// Returns the name of the type.
    pub fn type_name(&self) -> String {
        format!("azuresre_{}", self.name)
    }

    /// Returns the schema. The subject and the arguments are set, and everything else is computed.
    pub fn schema(&self) -> Schema {
        let mut attributes = Attributes::new();
        schema::add_nodes(&self.nodes, SchemaOf::DataSource, &mut attributes);
        for argument in &self.arguments {
            attributes.insert(argument.name.to_owned(), argument.attribute());
        }
        match self.subject {
            Subject::Agent => {
                let about = "ARM ID of the agent.";
                attributes.insert("agent_id".to_owned(), schema::agent_id(about));
            }
            Subject::Location => {
                let location = Attribute::string("Azure region, such as `swedencentral`.");
                attributes.insert("location".to_owned(), location.required());
                let about = "ID of the subscription. Defaults to the `subscription_id` of the \
                             provider.";
                let subscription = Attribute::string(about).optional_computed();
                attributes.insert("subscription_id".to_owned(), subscription);
            }
        }
        Schema {
            attributes,
            description: self.about.to_owned(),
            ..Schema::default()
        }
    }
}

impl Argument {
    /// Creates a required string argument.
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            count: None,
        }
    }

    /// Creates an optional argument for the number of items to read.
    pub const fn count(name: &'static str, about: &'static str, default: i64, most: i64) -> Self {
        Self {
            name,
            about,
            count: Some((default, most)),
        }
    }

    fn attribute(&self) -> Attribute {
        match self.count {
            None => Attribute::string(self.about)
                .required()
                .validator(Validator::not_empty()),
            Some((default, most)) => {
                let about = format!("{} Defaults to `{default}`.", self.about);
                Attribute::number(about).validator(Validator::between(1, most))
            }
        }
    }

    /// Returns the value as a string.
    fn value(&self, config: &Value) -> String {
        let given = config.get(self.name);
        match self.count {
            None => given.as_str().unwrap_or_default().to_owned(),
            Some((default, _)) => given.as_i64().unwrap_or(default).to_string(),
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
    /// Creates the data source in a session.
    pub(super) fn new(lookup: Lookup, session: SessionHandle) -> Self {
        Self {
            name: lookup.type_name(),
            schema: lookup.schema(),
            lookup,
            session,
        }
    }

    fn place(&self, config: &Value) -> Result<Place, Diagnostic> {
        let text = |name: &str| config.get(name).as_str().unwrap_or_default();
        match self.lookup.subject {
            Subject::Agent => {
                let agent = AgentId::parse(text("agent_id")).map_err(|error| {
                    Diagnostic::error("Invalid agent_id", format!("{error}.")).at("agent_id")
                })?;
                Ok(Place::Agent(agent))
            }
            Subject::Location => Ok(Place::Location {
                subscription: self
                    .session
                    .subscription_of(config)
                    .ok_or_else(|| self.session.no_subscription())?,
                // The region may be set in either spelling.
                location: text("location").replace(' ', "").to_ascii_lowercase(),
            }),
        }
    }

    /// Returns the path of a part with the values of arguments.
    fn path(&self, part: &Part, config: &Value) -> Result<String, Diagnostic> {
        let mut path = part.path.to_owned();
        for argument in &self.lookup.arguments {
            let name = argument.name;
            let segment = azure::id::encode_segment(&argument.value(config)).map_err(|error| {
                Diagnostic::error(format!("Invalid {name}"), format!("{error}.")).at(name)
            })?;
            path = path.replace(&format!("{{{name}}}"), &segment);
        }
        Ok(path)
    }

    /// Returns the query of a part with the values of arguments.
    fn query(&self, part: &Part, config: &Value) -> Vec<(&'static str, String)> {
        let resolved = |value: &str| {
            let arguments = self.lookup.arguments.iter();
            arguments.fold(value.to_owned(), |value, argument| {
                let place = format!("{{{}}}", argument.name);
                value.replace(&place, &argument.value(config))
            })
        };
        let query = part.query.iter();
        query.map(|(key, value)| (*key, resolved(value))).collect()
    }

    async fn find(&self, request: ReadDataRequest) -> Result<Value, Diagnostic> {
        let ReadDataRequest { config, cancel, .. } = request;
        let session = self.session.get()?;
        let place = self.place(&config)?;
        let budget = Budget::new(TIMEOUT, cancel);
        let mut document = Map::new();
        for part in self.lookup.parts {
            let asked = Asked {
                path: self.path(part, &config)?,
                query: self.query(part, &config),
            };
            let answer = read_part(&session.client, part, &asked, &place, &budget).await;
            let answer = answer.map_err(|error| {
                let summary = format!("Cannot read {}", self.name);
                Diagnostic::error(summary, told_with(&error, Some(place.to_string())))
            })?;
            document.insert(part.member.to_owned(), answer);
        }
        if let Some(arrange) = self.lookup.arrange {
            arrange(&mut document, &config);
        }
        let state = document::read_nodes(&self.lookup.nodes, &Json::Object(document));
        let mut state = state.map_err(|error| {
            let summary = format!("Cannot read {}", self.name);
            let detail = format!(
                "A response does not have the documented format: {}.",
                error.message
            );
            Diagnostic::error(summary, detail).at(error.path)
        })?;
        let given = self.lookup.arguments.iter().map(|one| one.name);
        for name in given.chain(["agent_id", "location"]) {
            if !config.get(name).is_null() {
                state.set(name, config.get(name).clone());
            }
        }
        if let Place::Location { subscription, .. } = place {
            state.set("subscription_id", Value::from(subscription));
        }
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

/// The target of a request.
struct Asked {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Asked {
    /// Returns the request, relative to a path.
    fn below(&self, base: &str) -> Request {
        let request = Request::get(format!("{base}{}", self.path));
        let query = self.query.iter();
        query.fold(request, |request, (key, value)| {
            request.query(*key, value.as_str())
        })
    }
}

/// The place of the subject.
enum Place {
    Agent(AgentId),
    Location {
        subscription: String,
        location: String,
    },
}

impl Place {
    /// Returns the path on ARM.
    fn arm(&self) -> String {
        match self {
            Self::Agent(agent) => agent.path(),
            Self::Location {
                subscription,
                location,
            } => format!(
                "/subscriptions/{subscription}/providers/Microsoft.App/locations/{location}"
            ),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(agent) => write!(f, "Agent: {agent}"),
            Self::Location { location, .. } => write!(f, "Region: {location}"),
        }
    }
}

async fn read_part(
    client: &Client,
    part: &Part,
    asked: &Asked,
    place: &Place,
    budget: &Budget,
) -> azure::Result<Json> {
    match (part.plane, place) {
        (Plane::DataPlane, Place::Agent(agent)) => {
            let plane = client.data_plane(agent, budget).await?;
            let request = asked.below("");
            match part.list {
                Some(shape) => plane.list(request, shape, budget).await.map(Json::Array),
                None => plane.send(request, budget).await?.into_json(),
            }
        }
        // Regions have no data plane.
        (Plane::Arm | Plane::DataPlane, _) => {
            let request = asked.below(&format!("{}/", place.arm()));
            match part.list {
                Some(_) => client.arm_list(request, budget).await.map(Json::Array),
                None => client.arm(request, budget).await?.into_json(),
            }
        }
    }
}
