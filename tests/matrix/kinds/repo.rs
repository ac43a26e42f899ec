use serde_json::json;

use super::{Home, Kind, Removal, Variant, row};

pub(super) fn kind() -> Kind {
    Kind {
        type_name: "azuresre_repo",
        home: Home::Objects {
            collection: "/api/v2/repos",
            stored: "repos",
        },
        planes: &[],
        variants: vec![Variant {
            name: "repo",
            minimal: json!({ "url": "https://github.com/contoso/shop-api", "type": "GitHub" }),
            rows: vec![
                row(
                    "url",
                    "/url",
                    json!(["https://github.com/contoso/shop-web"]),
                )
                .removal(Removal::Never)
                .alone(),
                row("type", "/type", json!(["GitHub", "AzureDevOps", "github"]))
                    .removal(Removal::Never),
                row(
                    "description",
                    "/description",
                    json!(["Orders.", "Carts\nand orders."]),
                ),
                row("branch", "/branch", json!(["main", "release/1"])).removal(Removal::Keeps),
                row(
                    "auth_connector_name",
                    "/authConnectorName",
                    json!(["github", "gh"]),
                ),
            ],
        }],
    }
}
