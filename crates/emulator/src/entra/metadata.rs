//! The documents in which credential libraries find the token endpoint.

use serde_json::json;

use super::problem;
use crate::context::Context;
use crate::http::Answer;

/// Tenant names that stand for any tenant.
const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

/// Returns whether a tenant of a path is the emulated one.
pub(super) fn is_tenant(cx: Context<'_>, tenant: &str) -> bool {
    tenant.eq_ignore_ascii_case(&cx.profile.entra.tenant_id)
}

/// Returns whether a tenant of a path stands for any tenant.
pub(super) fn is_any_tenant(tenant: &str) -> bool {
    ANY_TENANT.contains(&tenant.to_lowercase().as_str())
}

/// Returns the refusal of a tenant that does not exist.
pub(super) fn unknown_tenant(tenant: &str) -> Answer {
    problem::answer(
        90002,
        "invalid_request",
        &format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."),
    )
}

/// `/{tenant}/v2.0/.well-known/openid-configuration`.
pub(super) fn openid(cx: Context<'_>, tenant: &str) -> Answer {
    if !is_tenant(cx, tenant) && !is_any_tenant(tenant) {
        return unknown_tenant(tenant);
    }
    let url = |path: &str| cx.call.base.url(&format!("/{tenant}/{path}"));
    Answer::ok(json!({
        "issuer": cx.call.base.url(&format!("/{}/v2.0", cx.profile.entra.tenant_id)),
        "token_endpoint": url("oauth2/v2.0/token"),
        "authorization_endpoint": url("oauth2/v2.0/authorize"),
        "device_authorization_endpoint": url("oauth2/v2.0/devicecode"),
        "jwks_uri": url("discovery/v2.0/keys"),
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": cx.call.base.authority.trim_start_matches("login."),
    }))
}

/// `/common/discovery/instance`.
pub(super) fn instance(cx: Context<'_>) -> Answer {
    let authority = &cx.call.base.authority;
    let discovery = format!(
        "/{}/v2.0/.well-known/openid-configuration",
        cx.profile.entra.tenant_id
    );
    Answer::ok(json!({
        "tenant_discovery_endpoint": cx.call.base.url(&discovery),
        "api-version": "1.1",
        "metadata": [
            { "preferred_network": authority, "preferred_cache": authority, "aliases": [authority] },
        ],
    }))
}

/// `/{tenant}/discovery/v2.0/keys`: returns none, because tokens are signed with a private key.
pub(super) fn keys() -> Answer {
    Answer::ok(json!({ "keys": [] }))
}
