//! Tokens: how to get them, and what they authorize.

mod assertions;
mod identities;
mod tokens;

use emulator::Emulator;
use reqwest::StatusCode;

use crate::client::Reply;

const ARM: &str = "https://management.azure.com/.default";
const DATA_PLANE: &str = "https://azuresre.dev/.default";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn form(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Requests a token. Without fields, uses the default application's secret.
async fn ask(emulator: &Emulator, fields: &[(&str, &str)]) -> Reply {
    let addresses = emulator.addresses();
    let mut all = form(&[("grant_type", "client_credentials"), ("scope", ARM)]);
    all.push(("client_id".to_owned(), addresses.client_id.clone().unwrap()));
    for (name, value) in form(fields) {
        all.retain(|(known, _)| *known != name);
        all.push((name, value));
    }
    let url = format!(
        "{}/{}/oauth2/v2.0/token",
        emulator.url(),
        addresses.tenant_id
    );
    Reply::of(
        reqwest::Client::new()
            .post(url)
            .form(&all)
            .send()
            .await
            .unwrap(),
    )
    .await
}

async fn token(emulator: &Emulator, scope: &str) -> String {
    let secret = emulator.addresses().client_secret.clone().unwrap();
    let reply = ask(emulator, &[("client_secret", &secret), ("scope", scope)]).await;
    reply.expect(StatusCode::OK)["access_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn call(url: &str, token: Option<&str>) -> Reply {
    let mut request = reqwest::Client::new()
        .get(url)
        .header("accept", "application/json");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    Reply::of(request.send().await.unwrap()).await
}
