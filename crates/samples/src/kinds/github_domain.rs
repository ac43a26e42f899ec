use serde_json::json;

use super::{Removal, Row, Samples, Storage, Variant, row, secret};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Domains,
        variants: vec![app(), pat()],
    }
}

fn app() -> Variant {
    let rows = [
        row("app.client_id", "/clientId", json!(["Iv23one", "Iv23two"])),
        row(
            "app.private_key_uri",
            "/privateKeySecretUri",
            json!([
                "https://shop.vault.azure.net/keys/one",
                "https://shop.vault.azure.net/keys/two",
            ]),
        ),
        row(
            "app.key_vault_identity_id",
            "/keyVaultManagedIdentityId",
            json!([identity("one"), identity("two")]),
        ),
    ];
    Variant {
        name: "app",
        minimal: json!({
            "app": {
                "client_id": "Iv23",
                "private_key_uri": "https://shop.vault.azure.net/keys/zero",
                "key_vault_identity_id": identity("zero"),
            },
        }),
        rows: rows.map(|row| row.removal(Removal::Never)).into(),
    }
}

fn pat() -> Variant {
    let values = json!(["secret-pat-1", "secret-pat-2"]);
    let [stored, write_only] = secret(
        ["pat.token", "pat.token_wo", "pat.token_wo_version"],
        "/pat",
        values,
    );
    let rows: [Row; 2] = [stored, write_only.with(json!({ "pat": { "token": null } }))];
    Variant {
        name: "pat",
        minimal: json!({ "pat": { "token": "secret-pat-0" } }),
        rows: rows.map(|row| row.removal(Removal::Never)).into(),
    }
}

fn identity(name: &str) -> String {
    let group = crate::service::agent_id("").replace("/providers/Microsoft.App/agents/", "");
    format!("{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}")
}
