use serde_json::json;

use super::{Removal, Samples, Storage, Variant, local, row, secret};

pub(super) fn samples() -> Samples {
    let url = |name: &str| format!("https://github.com/contoso/{name}");
    let mut rows = vec![
        row("source_type", "/sourceType", json!(["git", "github"]))
            .removal(Removal::Default(json!("github"))),
        row(
            "source_url",
            "/sourceUrl",
            json!([url("plugins"), url("more-plugins")]),
        )
        .removal(Removal::Never),
        row("owner_name", "/owner/name", json!(["Contoso", "Fabrikam"])),
        row("description", "/description", json!(["Ours.", "Theirs."])),
        row(
            "source_format",
            "/sourceFormat",
            json!(["copilot", "claude"]),
        ),
        row(
            "credentials.auth_method",
            "/credentials/authMethod",
            json!(["app", "pat"]),
        )
        .removal(Removal::Gone),
        local("wait_for_clone", json!([true, false])),
    ];
    rows.extend(secret(
        [
            "credentials.pat",
            "credentials.pat_wo",
            "credentials.pat_wo_version",
        ],
        "/credentials/pat",
        json!(["secret-pat-1", "secret-pat-2"]),
    ));
    Samples {
        storage: Storage::Posted {
            path: "/api/v2/plugins/marketplaces",
            stored: "marketplaces",
        },
        variants: vec![Variant {
            name: "marketplace",
            minimal: json!({ "source_url": url("sre-plugins") }),
            rows,
        }],
    }
}
