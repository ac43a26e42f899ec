//! Snapshots of what users see: the schemas, and the messages for invalid configurations.
//!
//! `INSTA_UPDATE=always cargo test --test snapshots` accepts the new ones. Review them as text.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use azuresre::SreProvider;
use serde_json::{Value as Json, json};
use tfplugin::schema::{Capabilities, Shape, Usage, validate};
use tfplugin::value::{Surplus, from_json};
use tfplugin::{Attributes, Diagnostics, Nesting, Provider, ValidateRequest};

fn provider() -> SreProvider {
    SreProvider::with_environment("0.0.0", |_| None)
}

#[test]
fn schemas() {
    let provider = provider();
    let mut text = String::new();
    write_attributes(&mut text, "provider", &provider.schema().attributes);
    for resource in provider.resources() {
        let name = format!("resource {}", resource.name());
        write_attributes(&mut text, &name, &resource.schema().attributes);
        for (attribute, identity) in resource.identity().unwrap_or_default().attributes {
            let required = if identity.required_for_import {
                "required"
            } else {
                "optional"
            };
            writeln!(text, "{name} identity {attribute}: {required}").unwrap();
        }
    }
    for source in provider.data_sources() {
        let name = format!("data {}", source.name());
        write_attributes(&mut text, &name, &source.schema().attributes);
    }
    for resource in provider.ephemeral_resources() {
        let name = format!("ephemeral {}", resource.name());
        write_attributes(&mut text, &name, &resource.schema().attributes);
    }
    for action in provider.actions() {
        let name = format!("action {}", action.name());
        write_attributes(&mut text, &name, &action.schema().attributes);
    }
    for list in provider.list_resources() {
        let name = format!("list {}", list.name());
        write_attributes(&mut text, &name, &list.schema().attributes);
    }
    for function in provider.functions() {
        let signature = function.signature();
        let parameters = signature.parameters.iter();
        let parameters: Vec<_> = parameters
            .map(|parameter| format!("{}: {}", parameter.name, parameter.ty.to_json()))
            .collect();
        let returns = signature.returns.to_json();
        let parameters = parameters.join(", ");
        writeln!(text, "function {}({parameters}) {returns}", function.name()).unwrap();
    }
    insta::assert_snapshot!(text);
}

fn write_attributes(text: &mut String, owner: &str, attributes: &Attributes) {
    for (name, attribute) in attributes {
        let (shape, nested) = match attribute.shape() {
            Shape::Plain(ty) => (ty.to_json().to_string().replace('"', ""), None),
            Shape::Nested(nesting, nested) => {
                let shape = match nesting {
                    Nesting::Single => "object",
                    Nesting::List => "list of objects",
                    Nesting::Set => "set of objects",
                    Nesting::Map => "map of objects",
                };
                (shape.to_owned(), Some(nested))
            }
        };
        let usage = match attribute.usage() {
            Usage::Required => "required",
            Usage::Optional => "optional",
            Usage::Computed => "computed",
            Usage::OptionalComputed => "optional, computed",
        };
        let marks = [
            (attribute.is_sensitive(), "sensitive"),
            (attribute.is_write_only(), "write-only"),
            (attribute.is_replacing(), "replaces"),
            (attribute.default().is_some(), "has a default"),
        ];
        let marks: String = marks
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, mark)| format!(", {mark}"))
            .collect();
        writeln!(text, "{owner} {name}: {shape}, {usage}{marks}").unwrap();
        if let Some(nested) = nested {
            write_attributes(text, &format!("{owner} {name}"), nested);
        }
    }
}

const AGENT: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.App/agents/a1";

#[test]
fn messages_for_bad_configurations() {
    let cases = [
        (
            "azuresre_agent",
            json!({"name": "1a", "resource_group_name": "rg", "location": "x"}),
        ),
        (
            "azuresre_agent",
            json!({"name": "a1", "resource_group_name": "../rg", "location": "x"}),
        ),
        (
            "azuresre_agent",
            agent(&json!({"identity": {"type": "System"}})),
        ),
        (
            "azuresre_agent",
            agent(&json!({"identity": {"type": "None"}})),
        ),
        (
            "azuresre_agent",
            agent(&json!({"identity": {"type": "UserAssigned"}})),
        ),
        (
            "azuresre_agent",
            agent(&json!({"action": {"mode": "Autonomouss", "access_level": "Hihg"}})),
        ),
        ("azuresre_agent", agent(&json!({"power_state": "Paused"}))),
        (
            "azuresre_agent",
            agent(&json!({"incident_management": {"type": "PagerDuty"}})),
        ),
        (
            "azuresre_agent",
            agent(&json!({"incident_management": {"type": "AzureMonitor"}})),
        ),
        (
            "azuresre_agent",
            agent(&json!({"vnet": {"subnet_id": "/subscriptions/x"}})),
        ),
        (
            "azuresre_agent",
            agent(&json!({"timeouts": {"create": "soon"}})),
        ),
        ("azuresre_agent", agent(&json!({"id": "mine"}))),
        ("azuresre_skill", skill(&json!({"agent_id": "a1"}))),
        ("azuresre_skill", skill(&json!({"name": ".."}))),
        ("azuresre_skill", skill(&json!({"name": "a\u{7}"}))),
        ("azuresre_skill", skill(&json!({"plane": "ARM"}))),
        ("azuresre_data_connector", connector(&json!({}))),
        (
            "azuresre_data_connector",
            connector(&json!({"kusto": {"url": "https://x"}, "other": {"type": "y"}})),
        ),
        (
            "azuresre_data_connector",
            connector(&json!({"kusto": {"url": "cluster"}})),
        ),
        (
            "azuresre_data_connector",
            connector(&json!({"mcp": {"transport": "stdio"}})),
        ),
        (
            "azuresre_data_connector",
            connector(&json!({"mcp": {
                "transport": "http", "endpoint": "https://x", "bearer_token": "s3cret",
                "bearer_token_wo": "s3cret", "bearer_token_wo_version": 1,
            }})),
        ),
        (
            "azuresre_data_connector",
            connector(&json!({"mcp": {
                "transport": "http", "endpoint": "https://x", "bearer_token_wo": "s3cret",
            }})),
        ),
        (
            "azuresre_data_connector",
            connector(&json!({"mcp": {
                "transport": "http", "endpoint": "https://x", "headers": {"a": "s3cret"},
                "headers_wo": {"a": "s3cret"}, "headers_wo_version": 1,
            }})),
        ),
        (
            "azuresre_skill",
            skill(&json!({"additional_properties": {
                "type": ["object", {"description": "string"}], "value": {"description": "x"},
            }})),
        ),
        (
            "azuresre_skill",
            skill(&json!({"additional_properties": {"type": "string", "value": "x"}})),
        ),
        (
            "azuresre_repo",
            json!({"agent_id": AGENT, "name": "r", "url": "contoso/shop", "type": "Github Enterprise"}),
        ),
    ];
    let mut text = String::new();
    for (resource, config) in cases {
        writeln!(text, "# {resource} {config}").unwrap();
        let messages = messages(resource, &config);
        assert!(!messages.contains("s3cret"), "{messages}");
        writeln!(text, "{messages}").unwrap();
    }
    insta::assert_snapshot!(text);
}

fn messages(name: &str, config: &Json) -> String {
    let resources = provider().resources();
    let resource = resources
        .iter()
        .find(|resource| resource.name() == name)
        .unwrap();
    let schema = resource.schema();
    let config = from_json(config, &schema.ty(), Surplus::Refuse).unwrap();
    let mut diagnostics = Diagnostics::new();
    let capabilities = Capabilities {
        write_only: true,
        ..Capabilities::default()
    };
    validate(&schema.attributes, &config, capabilities, &mut diagnostics);
    resource.validate(&ValidateRequest::new(config), &mut diagnostics);
    diagnostics.iter().fold(String::new(), |text, diagnostic| {
        text + &format!("{diagnostic}\n")
    })
}

fn merged(mut base: Json, more: &Json) -> Json {
    for (name, value) in more.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

fn agent(more: &Json) -> Json {
    merged(
        json!({"name": "a1", "resource_group_name": "rg", "location": "x"}),
        more,
    )
}

fn skill(more: &Json) -> Json {
    merged(
        json!({"agent_id": AGENT, "name": "s", "description": "d", "content": "c"}),
        more,
    )
}

fn connector(more: &Json) -> Json {
    merged(json!({"agent_id": AGENT, "name": "c1"}), more)
}
