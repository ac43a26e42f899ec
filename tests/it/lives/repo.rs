//! The life of a code repository.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

const FULL: &str = r#"
  name                = "shop-api"
  url                 = "https://github.com/contoso/shop-api"
  type                = "GitHub"
  description         = "Orders."
  branch              = "main"
  auth_connector_name = "github"
  additional_properties = { owner = { team = "shop" } }
"#;
const BARE: &str = r#"
  name = "shop-api"
  url  = "https://github.com/contoso/shop-api"
  type = "GitHub"
"#;

pub(super) fn life() -> Life {
    Life {
        kind: "repo",
        key: "/repos/shop-api",
        collection: "/api/v2/repos",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("Orders.", "Orders and carts.")
                .replace("\"main\"", "\"dev\""),
            &["branch", "description"],
        ),
        writes: &[("PUT", "/repos/shop-api")],
        drift: |world| {
            let change = json!({
                "type": "AzureDevOps",
                "description": "Another one.",
                "branch": "another",
                "authConnectorName": "another",
                "owner": { "team": "another" },
            });
            world.change_members("/api/v2/repos/shop-api", &change);
        },
        seen: &[
            "additional_properties.owner.team",
            "auth_connector_name",
            "branch",
            "description",
            "type",
        ],
        repaired: vec![
            ("/properties/type", json!("GitHub")),
            ("/properties/branch", json!("dev")),
            ("/properties/unmanaged", json!("kept")),
        ],
        // The branch is the service's choice where none is given, and so it stays.
        bare: (
            BARE.to_owned(),
            &[
                "additional_properties",
                "auth_connector_name",
                "description",
            ],
        ),
        emptied: vec![
            ("/properties/branch", json!("dev")),
            ("/properties/authConnectorName", Value::Null),
            ("/properties/owner", Value::Null),
        ],
        replacement: Replacement::Of(
            FULL.replace("\"shop-api\"", "\"shop\"")
                .replace("contoso/shop-api", "contoso/shop")
                + "wait_for_clone = true\n",
            &["name", "url"],
        ),
        unreadable: &["additional_properties", "wait_for_clone"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}
