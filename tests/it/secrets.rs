//! Write-only arguments, which are sent and stored nowhere.

use std::fs;

use serde_json::{Value, json};
use test_support::Action;

use crate::world::{AGENT, On, World, newest};

const ADDRESS: &str = "azuresre_data_connector.tools";

/// For the newest host, [`crate::canary`] searches everywhere.
#[test]
fn write_only_secrets_are_sent_and_stored_nowhere_with_installed_hosts() {
    // Older hosts do not support write-only arguments.
    for host in On::Installed
        .hosts()
        .into_iter()
        .filter(|host| host.at_least(1, 11))
    {
        let mut world = World::with_agent(&host);
        world.workspace.env("TF_VAR_token", "first-marker");
        world.configure(&config("https://mcp.contoso.com/a", &wo(1)));
        let plan = world.workspace.plan().unwrap();
        assert_eq!(plan.action(ADDRESS), Some(Action::Create));
        assert!(
            !plan.json.to_string().contains("first-marker"),
            "{:#}",
            plan.json
        );
        world.forget_requests();
        world.applies();
        assert_eq!(sent(&world), ["first-marker"]);
        assert_eq!(held(&world), "first-marker");
        stored_nowhere(&world, "first-marker");

        // A new value alone is not detected.
        world.workspace.env("TF_VAR_token", "second-marker");
        world.plans_nothing();
        let write = world.updates(
            ADDRESS,
            &config("https://mcp.contoso.com/a", &wo(2)),
            &["mcp.bearer_token_wo_version"],
        );
        assert_eq!(
            write.body["properties"]["extendedProperties"]["bearerToken"],
            "second-marker"
        );
        assert_eq!(held(&world), "second-marker");

        // It is sent with every other change of the same document.
        let write = world.updates(
            ADDRESS,
            &config("https://mcp.contoso.com/b", &wo(2)),
            &["mcp.endpoint"],
        );
        assert_eq!(
            write.body["properties"]["extendedProperties"]["bearerToken"],
            "second-marker"
        );
        stored_nowhere(&world, "second-marker");

        world.updates(
            ADDRESS,
            &config("https://mcp.contoso.com/b", ""),
            &["mcp.bearer_token_wo_version"],
        );
        assert_eq!(held(&world), Value::Null);
        world.destroys(&["agent shop"]);
    }
}

#[test]
fn plain_secrets_are_sensitive_and_a_change_is_detected() {
    let world = World::with_agent(&newest());
    let with = |token: &str| {
        config(
            "https://mcp.contoso.com/a",
            &format!("bearer_token = \"{token}\"\n"),
        )
    };
    world.configure(&with("first-marker"));
    let change = world.plans(ADDRESS, Action::Create);
    assert_eq!(change.json["after_sensitive"]["mcp"]["bearer_token"], true);
    assert!(!change.output.contains("first-marker"), "{}", change.output);
    world.applies();
    let write = world.updates(ADDRESS, &with("second-marker"), &["mcp.bearer_token"]);
    assert_eq!(
        write.body["properties"]["extendedProperties"]["bearerToken"],
        "second-marker"
    );
    assert_eq!(held(&world), "second-marker");
}

/// Returns the tokens that writes have sent.
fn sent(world: &World) -> Vec<String> {
    let token = |body: &Value| {
        let token = body.pointer("/properties/extendedProperties/bearerToken")?;
        token.as_str().map(str::to_owned)
    };
    let writes = world.writes();
    writes
        .iter()
        .filter_map(|write| token(&write.body))
        .collect()
}

/// Returns the token that the service stores.
fn held(world: &World) -> Value {
    let settings = &world.stored("/connectors/tools")["properties"]["extendedProperties"];
    settings.get("bearerToken").cloned().unwrap_or(Value::Null)
}

fn stored_nowhere(world: &World, marker: &str) {
    let dir = world.workspace.dir();
    let mut seen = 0;
    for entry in fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension != "tf") {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(marker), "{marker} is in {}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 0, "no state in {}", dir.display());
}

fn wo(version: u32) -> String {
    format!("bearer_token_wo = var.token\n bearer_token_wo_version = {version}\n")
}

fn config(endpoint: &str, arguments: &str) -> String {
    format!(
        "variable \"token\" {{\n type = string\n default = null\n ephemeral = true\n}}\n\
         resource \"azuresre_data_connector\" \"tools\" {{\n agent_id = {}\n name = \"tools\"\n \
         mcp = {{\n transport = \"http\"\n endpoint = \"{endpoint}\"\n auth_type = \"BearerToken\"\n \
         {arguments} }}\n}}\n",
        json!(AGENT)
    )
}
