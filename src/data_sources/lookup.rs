//! What the service tells of an agent and nobody can set.

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
use crate::kind::{self, Node, Plane, SchemaOf};
use crate::session::SessionHandle;

/// Something to look up about an agent: answers of the service, side by side in one document.
#[derive(Debug)]
pub struct Lookup {
    /// The noun of the type name, such as `agent_usage`.
    pub name: &'static str,
    /// What it gives, as Markdown sentences.
    pub about: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// Further arguments: paths and queries have their values in place of `{name}`.
    pub arguments: Vec<Argument>,
    /// Where the parts of the document come from.
    pub parts: &'static [Part],
    /// What is made of the document, with the configuration, before the attributes are read from it.
    pub arrange: Option<Arrange>,
    /// The attributes, all of them read.
    pub nodes: Vec<Node>,
}

/// Makes something else of a document, with the configuration.
pub type Arrange = fn(&mut Map<String, Json>, &Value);

/// An argument of a lookup.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// The name of the attribute.
    pub name: &'static str,
    /// What it is, as a Markdown sentence.
    pub about: &'static str,
    /// For how many things are read: the number where it is not given, and the largest. Other arguments
    /// are texts that have to be given.
    pub count: Option<(i64, i64)>,
}

/// What a lookup is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An agent.
    Agent,
    /// A region of a subscription.
    Location,
}

/// One answer.
#[derive(Debug)]
pub struct Part {
    /// The member of the document that it becomes.
    pub member: &'static str,
    /// The plane that gives it.
    pub plane: Plane,
    /// The path: below the id of the subject on ARM, below the endpoint on the data plane.
    pub path: &'static str,
    /// The query.
    pub query: &'static [(&'static str, &'static str)],
    /// The shape of a list, which becomes an array over all pages.
    pub list: Option<ListShape>,
}

impl Lookup {
    /// The type name.
    pub fn type_name(&self) -> String {
        format!("azuresre_{}", self.name)
    }

    /// The shape: the subject and the arguments are given, all else is read.
    pub fn schema(&self) -> Schema {
        let mut attributes = Attributes::new();
        kind::add_nodes(&self.nodes, SchemaOf::DataSource, &mut attributes);
        for argument in &self.arguments {
            attributes.insert(argument.name.to_owned(), argument.attribute());
        }
        match self.subject {
            Subject::Agent => {
                let about = "ARM ID of the agent.";
                attributes.insert("agent_id".to_owned(), kind::agent_id(about));
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
    /// A text.
    pub const fn text(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            count: None,
        }
    }

    /// How many things to read.
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

    /// Its value as a text.
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
    /// The data source, working in a session.
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
                // The region in either of its spellings.
                location: text("location").replace(' ', "").to_ascii_lowercase(),
            }),
        }
    }

    /// The path of a part, with the values of arguments.
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

    /// The query of a part, with the values of arguments.
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

/// What is asked for.
struct Asked {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl Asked {
    /// The request, below a path.
    fn below(&self, base: &str) -> Request {
        let request = Request::get(format!("{base}{}", self.path));
        let query = self.query.iter();
        query.fold(request, |request, (key, value)| {
            request.query(*key, value.as_str())
        })
    }
}

/// Where a lookup is to look.
enum Place {
    Agent(AgentId),
    Location {
        subscription: String,
        location: String,
    },
}

impl Place {
    /// The path on ARM.
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
        // A region has no data plane.
        (Plane::Arm | Plane::DataPlane, _) => {
            let request = asked.below(&format!("{}/", place.arm()));
            match part.list {
                Some(_) => client.arm_list(request, budget).await.map(Json::Array),
                None => client.arm(request, budget).await?.into_json(),
            }
        }
    }
}
