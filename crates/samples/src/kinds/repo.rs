use serde_json::json;

use super::{Removal, Samples, Storage, Variant, local, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Objects {
            collection: "/api/v2/repos",
            stored: "repos",
        },
        variants: vec![Variant {
            name: "repo",
            minimal: json!({ "url": "https://github.com/contoso/shop-api", "type": "GitHub" }),
            rows: vec![
                row(
                    "url",
                    "/url",
                    json!([
                        "https://github.com/contoso/shop-web",
                        "https://github.com/contoso/shop-app"
                    ]),
                )
                .removal(Removal::Never)
                .replaces(),
                row(
                    "type",
                    "/type",
                    json!(["GitHub", "AzureDevOps", "GitLab", "github"]),
                )
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
                local("wait_for_clone", json!([true, false])),
            ],
        }],
    }
}
