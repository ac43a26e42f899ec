//! The life of a GitHub domain.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

const FULL: &str = r#"
  name = "github.contoso.com"
  app = {
    client_id             = "Iv23app"
    private_key_uri       = "https://kv.vault.azure.net/keys/app"
    key_vault_identity_id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
  }
"#;
const TOKEN: &str = r#"
  name = "github.com"
  pat  = { token = "the-token" }
"#;

pub(super) fn life() -> Life {
    let changed = || {
        FULL.replace("Iv23app", "Iv23other")
            .replace("keys/app", "keys/other")
    };
    Life {
        kind: "github_domain",
        key: "/github.contoso.com",
        collection: "/api/v2/github/domains",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (changed(), &["app.client_id", "app.private_key_uri"]),
        writes: &[("PUT", "/domains/github_contoso_com")],
        drift: |world| {
            let domain = json!({
                "authType": "GitHubApp",
                "clientId": "another",
                "privateKeySecretUri": "https://kv.vault.azure.net/keys/another",
                "keyVaultManagedIdentityId": "/subscriptions/s/another",
            });
            let path = "/api/v2/github/domains/github_contoso_com";
            let (status, answer) = world.data_plane("PUT", path, &domain);
            assert_eq!(status, 200, "{answer}");
        },
        seen: &[
            "app.client_id",
            "app.key_vault_identity_id",
            "app.private_key_uri",
        ],
        repaired: vec![("/clientId", json!("Iv23other"))],
        bare: (changed(), &[]),
        emptied: vec![("/pat", Value::Null)],
        replacement: Replacement::Of(TOKEN.to_owned(), &["name"]),
        unreadable: &["pat.token"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}
