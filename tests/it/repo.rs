//! The life of a code repository.

use rstest::rstest;
use serde_json::{Value, json};
use test_support::Action;

use crate::world::{AGENT, Import, On, World};

const ADDRESS: &str = "azuresre_repo.shop";
const PATH: &str = "/api/v2/repos/shop-api";

#[rstest]
fn a_repo_lives(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let world = World::with_agent(&host);
        let full = |description: &str, branch: &str| {
            config(&format!(
                "description = \"{description}\"\n branch = \"{branch}\"\n \
                 auth_connector_name = \"github\"\n"
            ))
        };

        world.configure(&full("Orders.", "main"));
        world.plans(ADDRESS, Action::Create);
        world.applies();
        assert_eq!(
            world.state(ADDRESS)["id"],
            json!(format!("{AGENT}/repos/shop-api"))
        );

        let write = world.updates(
            ADDRESS,
            &full("Orders and carts.", "dev"),
            &["branch", "description"],
        );
        assert_eq!(
            (write.method.as_str(), write.body["type"].as_str()),
            ("PUT", Some("CodeRepo"))
        );

        drift(&world);
        world.plans(ADDRESS, Action::Update).changes(&[
            "auth_connector_name",
            "branch",
            "description",
            "type",
        ]);
        world.applies();

        // The branch is the service's choice where none is given, and so it stays.
        world.updates(
            ADDRESS,
            &config(""),
            &["auth_connector_name", "description"],
        );
        let stored = &world.stored("/shop-api")["properties"];
        assert_eq!(stored["branch"], "dev");
        assert_eq!(stored["authConnectorName"], Value::Null);

        let moved = config("").replace("contoso/shop-api", "contoso/shop");
        world.replaces(ADDRESS, &moved, &["url"]);
        let renamed = moved.replace("\"shop-api\"", "\"shop\"");
        world.replaces(ADDRESS, &renamed, &["name"]);

        world.imports(&[Import {
            to: ADDRESS,
            id: &format!("{AGENT}/api/v2/repos/shop"),
            identity: &format!("agent_id = {}\n name = \"shop\"", json!(AGENT)),
            unreadable: &[],
        }]);

        world.delete_on_data_plane("/api/v2/repos/shop");
        world.plans(ADDRESS, Action::Create);
        world.applies();
        world.destroys(&["agent shop"]);
    }
}

/// Changes everything that can be read and be changed, behind Terraform's back.
fn drift(world: &World) {
    let properties = json!({
        "url": "https://github.com/contoso/shop-api",
        "type": "AzureDevOps",
        "description": "Another one.",
        "branch": "another",
        "authConnectorName": "another",
    });
    world.change_on_data_plane(
        PATH,
        &json!({ "type": "CodeRepo", "properties": properties }),
    );
}

fn config(arguments: &str) -> String {
    format!(
        "resource \"azuresre_repo\" \"shop\" {{\n agent_id = \"{AGENT}\"\n name = \"shop-api\"\n \
         url = \"https://github.com/contoso/shop-api\"\n type = \"GitHub\"\n {arguments}}}\n"
    )
}
