//! `GET /metadata/endpoints`, by which clients that only know the address of a resource manager
//! find the other addresses of its cloud. It needs no token.

use axum::http::Method;
use serde_json::{Value, json};

use crate::context::Context;
use crate::http::{Answer, Handled};
use crate::site::Site;

use super::{method_not_allowed, versions};

/// The first version with one document instead of a list of clouds.
const ONE_DOCUMENT: &str = "2022-09-01";
/// The first version with the current names of members.
const NEW_NAMES: &str = "2018-01-01";

/// Answers a request.
pub(super) fn endpoints(cx: Context<'_>) -> Handled {
    if cx.call.method != Method::GET {
        return Err(method_not_allowed(cx));
    }
    let version = versions::required(cx)?;
    let document = cloud(cx);
    // A numeric version, as in Azure Stack, is older than any date.
    Ok(Answer::ok(
        if version.as_str() < NEW_NAMES || !version.starts_with("20") {
            json!({
                "galleryEndpoint": document["gallery"],
                "graphEndpoint": document["graph"],
                "portalEndpoint": document["portal"],
                "authentication": document["authentication"],
            })
        } else if version.as_str() < ONE_DOCUMENT {
            json!([document])
        } else {
            document
        },
    ))
}

/// Returns the cloud of the requested resource manager. Services that the emulator does not have
/// are at the public cloud's addresses.
fn cloud(cx: Context<'_>) -> Value {
    let base = &cx.call.base;
    let (name, audience) = match base.site {
        Site::Emulator => ("Emulator", base.url("/")),
        _ => (
            "AzureCloud",
            "https://management.core.windows.net/".to_owned(),
        ),
    };
    json!({
        "name": name,
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": base.login_url(""),
            "audiences": [audience, "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": base.url(""),
        "media": "https://rest.media.azure.net",
        "graphAudience": "https://graph.windows.net/",
        "graph": "https://graph.windows.net/",
        "gallery": "https://gallery.azure.com/",
        "batch": "https://batch.core.windows.net/",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "microsoftGraphResourceId": "https://graph.microsoft.com/",
        "appInsightsResourceId": "https://api.applicationinsights.io",
        "logAnalyticsResourceId": "https://api.loganalytics.io",
        "synapseAnalyticsResourceId": "https://dev.azuresynapse.net",
        "attestationResourceId": "https://attest.azure.net",
        "ossrdbmsResourceId": "https://ossrdbms-aad.database.windows.net",
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "sqlServerHostname": "database.windows.net",
            "acrLoginServer": "azurecr.io",
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
        },
    })
}
