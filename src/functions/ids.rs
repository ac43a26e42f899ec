//! Functions that build and parse ids.

use std::sync::Arc;

use azure::id::{AgentId, ChildId, IdError};
use tfplugin::{FunctionError, Type, Value};

use super::Texts;
use crate::kind::{Address, Key, Kind, SINGLETON};
use crate::resources;

pub(super) const FUNCTIONS: &[Texts] = &[
    Texts {
        name: "agent_id",
        summary: "Builds the ID of an agent",
        about: "Builds the ARM ID of an agent. Use it as the `agent_id` of the objects inside the \
                agent. The agent does not have to exist.",
        parameters: &[
            ("subscription_id", "ID of the subscription."),
            ("resource_group_name", "Name of the resource group."),
            ("name", "Name of the agent."),
        ],
        returns: text,
        call: agent_id,
    },
    Texts {
        name: "child_id",
        summary: "Builds the ID of an object inside an agent",
        about: "Builds the ID of an object inside an agent. Use it in `import` blocks. The ID has \
                the form of an ARM ID on both planes. The object does not have to exist.",
        parameters: &[
            ("agent_id", "ID of the agent, in any casing."),
            (
                "kind",
                "Kind of the object: a resource type with or without `azuresre_`, such as `skill`.",
            ),
            (
                "name",
                "Name of the object, or the ID that the service assigned to it. Use `default` for \
                 kinds of which every agent has at most one object.",
            ),
        ],
        returns: text,
        call: child_id,
    },
    Texts {
        name: "parse_id",
        summary: "Parses an ID",
        about: "Parses the ID of an agent, or of an object inside an agent. The function accepts \
                any casing and returns the casing that the provider uses. The result always has \
                the same attributes. Attributes that do not apply to the ID are null.",
        parameters: &[(
            "id",
            "ID of an agent or of an object inside an agent, in any casing.",
        )],
        returns: parts,
        call: parse_id,
    },
    Texts {
        name: "portal_url",
        summary: "Builds the portal URL of an agent",
        about: "Builds the URL of an agent in the Azure SRE Agent portal.",
        parameters: &[("agent_id", "ID of the agent, in any casing.")],
        returns: text,
        call: portal_url,
    },
];

fn text() -> Type {
    Type::String
}

fn parts() -> Type {
    let names = [
        "agent_id",
        "agent_name",
        "id",
        "kind",
        "name",
        "resource_group_name",
        "subscription_id",
    ];
    Type::object(names.map(|name| (name, Type::String)))
}

fn agent_id(arguments: &[&str]) -> Result<Value, FunctionError> {
    let [subscription, group, name] = arguments else {
        return Err(missing());
    };
    let id = AgentId::new(*subscription, *group, *name).map_err(|error| {
        let argument = match &error {
            IdError::Value { part, .. } if part.starts_with("subscription") => 0,
            IdError::Value { part, .. } if part.starts_with("resource") => 1,
            _ => 2,
        };
        FunctionError::at(argument, error.to_string())
    })?;
    Ok(id.to_string().into())
}

fn child_id(arguments: &[&str]) -> Result<Value, FunctionError> {
    let [agent, kind, name] = arguments else {
        return Err(missing());
    };
    let agent = agent_at(0, agent)?;
    let kind = kind_named(kind)?;
    if kind.key() == Key::Singleton && *name != SINGLETON {
        let text = format!(
            "every agent has at most one {}, with the name `{SINGLETON}`",
            kind.title
        );
        return Err(FunctionError::at(2, text));
    }
    let child = agent.child(kind.segment, *name);
    let child = child.map_err(|error| FunctionError::at(2, error.to_string()))?;
    Ok(child.to_string().into())
}

fn parse_id(arguments: &[&str]) -> Result<Value, FunctionError> {
    let [id] = arguments else {
        return Err(missing());
    };
    let found = AgentId::parse(id).map(|agent| Found {
        id: agent.to_string(),
        agent,
        kind: "agent".to_owned(),
        name: None,
    });
    let found = match found {
        Ok(found) => found,
        Err(_) => child(id)?,
    };
    let text = |text: &str| Value::from(text);
    Ok(Value::map([
        ("agent_id", text(&found.agent.to_string())),
        ("agent_name", text(found.agent.name())),
        ("id", text(&found.id)),
        ("kind", text(&found.kind)),
        ("name", Value::from(found.name)),
        (
            "resource_group_name",
            text(found.agent.resource_group_name()),
        ),
        ("subscription_id", text(found.agent.subscription_id())),
    ]))
}

fn portal_url(arguments: &[&str]) -> Result<Value, FunctionError> {
    let [agent] = arguments else {
        return Err(missing());
    };
    let agent = agent_at(0, agent)?;
    Ok(format!("https://sre.azure.com/agents{}", agent.path()).into())
}

/// The parts of an id.
struct Found {
    id: String,
    agent: AgentId,
    kind: String,
    name: Option<String>,
}

fn child(id: &str) -> Result<Found, FunctionError> {
    let invalid = |error: IdError| FunctionError::at(0, error.to_string());
    let child = ChildId::parse(id).map_err(invalid)?;
    let kinds = resources::kinds();
    let mut known = kinds.iter().filter(|kind| kind.key() != Key::Agent);
    let Some((kind, Address { agent, key })) =
        known.find_map(|kind| Some((kind, kind.parse_id(id).ok()?)))
    else {
        // The provider does not manage this kind.
        return Ok(Found {
            id: child.to_string(),
            agent: child.agent().clone(),
            kind: child.segment().to_owned(),
            name: Some(child.name().to_owned()),
        });
    };
    let address = Address { agent, key };
    Ok(Found {
        id: address.id(kind),
        agent: address.agent,
        kind: kind.name.to_owned(),
        name: Some(address.key),
    })
}

fn agent_at(argument: usize, id: &str) -> Result<AgentId, FunctionError> {
    AgentId::parse(id).map_err(|error| FunctionError::at(argument, error.to_string()))
}

fn kind_named(name: &str) -> Result<Arc<Kind>, FunctionError> {
    let bare = name.strip_prefix("azuresre_").unwrap_or(name);
    let mut kinds = resources::kinds();
    kinds.retain(|kind| kind.key() != Key::Agent);
    let found = kinds.iter().find(|kind| {
        let mut spellings = [kind.name, kind.segment]
            .into_iter()
            .chain(kind.aliases.iter().copied());
        spellings.any(|spelling| spelling.eq_ignore_ascii_case(bare))
    });
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
        let text = format!(
            "`{name}` is not a kind of object. Valid kinds are {}",
            names.join(", ")
        );
        FunctionError::at(1, text)
    })
}

/// Returns an error that cannot occur, because the framework checks the number of arguments.
fn missing() -> FunctionError {
    FunctionError::new("an argument is missing")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const AGENT: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/agents/a1";

    fn parsed(id: &str, name: &str) -> Value {
        parse_id(&[id]).unwrap().get(name).clone()
    }

    #[test]
    fn ids_of_every_kind_are_built_and_parsed() {
        assert_eq!(agent_id(&["s", "rg", "a1"]), Ok(AGENT.into()));
        for kind in resources::kinds()
            .iter()
            .filter(|kind| kind.key() != Key::Agent)
        {
            let example = kind.example_id();
            let agent = ChildId::parse(&example).unwrap().agent().to_string();
            let name = parsed(&example, "name");
            let name = name.as_str().unwrap();
            assert_eq!(parsed(&example, "kind"), kind.name.into());
            assert_eq!(parsed(&example, "agent_id"), agent.as_str().into());
            for spelling in [kind.name, kind.segment, &kind.type_name()] {
                let made = child_id(&[&agent, spelling, name]);
                assert_eq!(made, Ok(example.as_str().into()), "{spelling}");
            }
            assert_eq!(parsed(&example, "id"), example.as_str().into());
            let lower = example.to_lowercase();
            let (agent, _) = example.split_once("/agents/").unwrap();
            assert!(
                parsed(&lower, "id").as_str().unwrap().starts_with(agent),
                "{lower}"
            );
        }
    }

    #[test]
    fn every_id_has_all_members() {
        let names = match parts() {
            Type::Object { attributes, .. } => attributes.into_keys().collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        for id in [
            AGENT,
            &format!("{AGENT}/skills/a b"),
            &format!("{AGENT}/widgets/x"),
        ] {
            let value = parse_id(&[id]).unwrap();
            assert!(value.as_map().unwrap().keys().eq(&names), "{value:?}");
        }
        assert_eq!(parsed(AGENT, "name"), Value::Null);
        assert_eq!(parsed(AGENT, "kind"), "agent".into());
        assert_eq!(
            parsed(&format!("{AGENT}/widgets/x"), "kind"),
            "widgets".into()
        );
    }

    #[test]
    fn urls_of_the_portal_are_encoded() {
        let id = AGENT.replace("rg", "r(g").to_uppercase();
        let url = portal_url(&[&id]).unwrap();
        let wanted = "https://sre.azure.com/agents/subscriptions/S/resourceGroups/R%28G/providers/\
                      Microsoft.App/agents/A1";
        assert_eq!(url, wanted.into());
    }

    #[rstest]
    #[case(agent_id(&["s", "", "a"]), 1, "resource group name")]
    #[case(agent_id(&["s/x", "rg", "a"]), 0, "subscription ID")]
    #[case(child_id(&["x", "skill", "n"]), 0, "not the ID of an agent")]
    #[case(child_id(&[AGENT, "widget", "n"]), 1, "`widget` is not a kind of object. Valid kinds are")]
    #[case(child_id(&[AGENT, "agent", "n"]), 1, "`agent` is not a kind")]
    #[case(child_id(&[AGENT, "skill", ".."]), 2, "another path")]
    #[case(child_id(&[AGENT, "custom_instructions", "mine"]), 2, "`default`")]
    #[case(parse_id(&["/subscriptions/s"]), 0, "is not the ID of an object")]
    #[case(portal_url(&["a1"]), 0, "not the ID of an agent")]
    fn errors_name_their_argument(
        #[case] result: Result<Value, FunctionError>,
        #[case] argument: usize,
        #[case] text: &str,
    ) {
        let error = result.unwrap_err();
        assert_eq!(error.argument, Some(argument), "{error:?}");
        assert!(
            error.text.contains(text) && !error.text.ends_with('.'),
            "{error:?}"
        );
    }
}
