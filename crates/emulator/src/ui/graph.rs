//! The references between the objects of an agent, by name. The target may not exist.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::objects::{self, Stored};
use crate::data_plane::{system_names, tools_of};
use crate::shared::Shared;
use crate::store::StoreError;

/// Members that refer to other objects: the kind that has the member, the member, the kind of the
/// target, and the label of the reference.
const REFERENCES: [(&str, &str, &str, &str); 14] = [
    ("subagents", "handoffs", "subagents", "hands over to"),
    ("subagents", "agentsAsTools", "subagents", "uses as a tool"),
    ("subagents", "tools", "tools", "uses"),
    ("subagents", "mcpTools", "tools", "uses"),
    ("subagents", "commonTools", "tools", "uses"),
    ("subagents", "connectors", "connectors", "connects by"),
    ("subagents", "allowedSkills", "skills", "may load"),
    ("subagents", "commonPrompts", "commonPrompts", "is told"),
    ("skills", "tools", "tools", "uses"),
    ("tools", "connector", "connectors", "connects by"),
    (
        "incidentFilters",
        "handlingAgent",
        "subagents",
        "is handled by",
    ),
    (
        "incidentFilters",
        "handlingAgents",
        "subagents",
        "is handled by",
    ),
    ("scheduledTasks", "agent", "subagents", "is done by"),
    ("repos", "authConnectorName", "connectors", "signs in by"),
];
/// Kinds that are nodes even if nothing refers to them. Their objects run the agent if they name no
/// subagent.
const STARTERS: [&str; 4] = ["incidentFilters", "scheduledTasks", "triggers", "tasks"];

/// The graph of an agent.
#[derive(Debug, Serialize)]
pub(super) struct Graph {
    /// The agent's `uid` and name.
    agent: String,
    name: String,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

#[derive(Debug, Serialize)]
struct Node {
    id: String,
    kind: String,
    name: String,
    /// The key of its document, or null for built-in tools and for missing targets.
    key: Option<String>,
    /// Whether it is referred to but does not exist.
    dangling: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Edge {
    from: String,
    to: String,
    says: &'static str,
}

/// Returns the graphs of all agents.
pub(super) fn graphs(shared: &Shared) -> Result<Vec<Graph>, StoreError> {
    let documents = objects::all(shared, |key| !key.starts_with("group/"))?;
    let agents = objects::by_agent(documents).into_iter();
    Ok(agents
        .map(|(agent, objects)| graph(&agent, &objects))
        .collect())
}

fn graph(agent: &Stored, objects: &[Stored]) -> Graph {
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    let mut edges = BTreeSet::new();
    let kinds = REFERENCES
        .iter()
        .flat_map(|(kind, _, meant, _)| [*kind, *meant]);
    let kinds: BTreeSet<&str> = kinds.chain(STARTERS).collect();
    let present = objects
        .iter()
        .filter(|object| kinds.contains(object.kind.as_str()) && !is_deleted(object));
    let present: Vec<&Stored> = present.collect();
    for object in [agent].into_iter().chain(present.iter().copied()) {
        nodes.insert(id(&object.kind, &object.name), Node::of(object));
    }
    let offered: BTreeMap<String, String> = present
        .iter()
        .filter(|object| object.kind == "connectors")
        .flat_map(|connector| offered_by(connector))
        .collect();
    for object in &present {
        let from = id(&object.kind, &object.name);
        let mut refers = false;
        for (meant, name, says) in references(object) {
            let to = target(&mut nodes, &offered, meant, &name);
            refers |= meant == "subagents";
            edges.insert(Edge {
                from: from.clone(),
                to,
                says,
            });
        }
        if !refers && STARTERS.contains(&object.kind.as_str()) {
            let to = id("agents", &agent.name);
            edges.insert(Edge {
                from,
                to,
                says: "is done by",
            });
        }
    }
    Graph {
        agent: agent.uid.clone(),
        name: agent.name.clone(),
        nodes: nodes.into_values().collect(),
        edges: edges.into_iter().collect(),
    }
}

/// Returns the node that a name refers to. Adds it if it is a built-in tool, a tool of a connector,
/// or missing.
fn target(
    nodes: &mut BTreeMap<String, Node>,
    offered: &BTreeMap<String, String>,
    kind: &str,
    name: &str,
) -> String {
    let own = id(kind, name);
    if nodes.contains_key(&own) {
        return own;
    }
    if kind == "tools"
        && let Some(connector) = offered.get(&name.to_lowercase())
    {
        return id("connectors", connector);
    }
    // `connector/*` and `connector/tool`.
    if let Some((connector, _)) = name.split_once('/')
        && kind == "tools"
        && nodes.contains_key(&id("connectors", connector))
    {
        return id("connectors", connector);
    }
    let of_service = kind == "tools" && system_names().any(|known| known == name);
    nodes.insert(
        own.clone(),
        Node {
            id: own.clone(),
            kind: if of_service { "systemTools" } else { kind }.to_owned(),
            name: name.to_owned(),
            key: None,
            // A pattern matches whatever exists, if anything.
            dangling: !of_service && !name.contains('*'),
        },
    );
    own
}

/// Returns the references of an object: the kind of the target, its name, and the label of the
/// reference.
fn references(object: &Stored) -> Vec<(&'static str, String, &'static str)> {
    let mut found = Vec::new();
    let document = &object.document;
    for (kind, member, meant, says) in REFERENCES {
        if kind == object.kind {
            let value = document.pointer(&format!("/properties/{member}"));
            found.extend(names(value).map(|name| (meant, name, says)));
        }
    }
    // Triggers and tasks of the first version have their members in other places.
    if matches!(object.kind.as_str(), "triggers" | "tasks") {
        let value = document.pointer("/members/agent").or(document.get("agent"));
        found.extend(names(value).map(|name| ("subagents", name, "is done by")));
    }
    found
}

/// Returns the names in a text, or in a list of texts or of objects with names.
fn names(value: Option<&Value>) -> impl Iterator<Item = String> {
    let values = match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    let names = values.iter().filter_map(|value| {
        let name = value.as_str().or_else(|| value.get("name")?.as_str())?;
        (!name.is_empty()).then(|| name.to_owned())
    });
    names.collect::<Vec<_>>().into_iter()
}

/// Returns the tools of a connector in lower case, with the name of the connector.
fn offered_by(connector: &Stored) -> Vec<(String, String)> {
    let properties = connector
        .document
        .get("properties")
        .and_then(Value::as_object);
    let tools =
        properties.map_or_else(Vec::new, |properties| tools_of(&connector.name, properties));
    let named = tools
        .into_iter()
        .map(|tool| (tool.to_lowercase(), connector.name.clone()));
    named.collect()
}

fn is_deleted(object: &Stored) -> bool {
    object.document.get("deleted") == Some(&Value::Bool(true))
}

/// Returns the id of a node. Names are case-insensitive.
fn id(kind: &str, name: &str) -> String {
    format!("{kind}/{}", name.to_lowercase())
}

impl Node {
    fn of(object: &Stored) -> Self {
        // The id of a trigger has no meaning for users.
        let name = object
            .document
            .pointer("/members/name")
            .and_then(Value::as_str);
        Self {
            id: id(&object.kind, &object.name),
            kind: object.kind.clone(),
            name: name.unwrap_or(&object.name).to_owned(),
            key: Some(object.key.clone()),
            dangling: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Stored, graph};

    fn stored(kind: &str, name: &str, document: Value) -> Stored {
        Stored {
            key: format!("{kind}/{name}"),
            uid: "u".to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            store: "shared",
            document,
        }
    }

    #[test]
    fn references_lead_to_objects_built_in_tools_or_nothing() {
        let agent = stored("agents", "shop", json!({}));
        let objects = [
            stored(
                "subagents",
                "Db",
                json!({"properties": {
                    "handoffs": ["net", "gone"], "tools": ["query", "ReadFile", "nothing", "mcp_*"],
                    "mcpTools": ["wiki_search", "wiki/*"],
                }}),
            ),
            stored(
                "subagents",
                "net",
                json!({"properties": {"handoffs": ["DB"]}}),
            ),
            stored(
                "subagents",
                "old",
                json!({"deleted": true, "properties": {}}),
            ),
            stored("tools", "query", json!({"properties": {}})),
            stored(
                "connectors",
                "wiki",
                json!({"properties": {"dataConnectorType": "Mcp"}}),
            ),
            stored(
                "triggers",
                "t1",
                json!({"members": {"name": "Deploy", "agent": "db"}}),
            ),
            stored(
                "scheduledTasks",
                "nightly",
                json!({"properties": {"agent": null}}),
            ),
        ];
        let graph = graph(&agent, &objects);
        let edges: Vec<String> = graph
            .edges
            .iter()
            .map(|edge| format!("{} {} {}", edge.from, edge.says, edge.to))
            .collect();
        assert_eq!(
            edges,
            [
                "scheduledTasks/nightly is done by agents/shop",
                "subagents/db uses connectors/wiki",
                "subagents/db hands over to subagents/gone",
                "subagents/db hands over to subagents/net",
                "subagents/db uses tools/mcp_*",
                "subagents/db uses tools/nothing",
                "subagents/db uses tools/query",
                "subagents/db uses tools/readfile",
                "subagents/net hands over to subagents/db",
                "triggers/t1 is done by subagents/db",
            ]
        );
        let dangling = graph.nodes.iter().filter(|node| node.dangling);
        let dangling: Vec<&str> = dangling.map(|node| node.id.as_str()).collect();
        assert_eq!(dangling, ["subagents/gone", "tools/nothing"]);
        let trigger = graph.nodes.iter().find(|node| node.kind == "triggers");
        assert_eq!(trigger.unwrap().name, "Deploy");
        assert!(!graph.nodes.iter().any(|node| node.name == "old"));
    }
}
