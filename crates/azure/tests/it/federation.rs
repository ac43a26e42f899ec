//! Signing in with a token of another identity provider.

use std::fs;

use azure::credentials::{Method, OidcIssuer};
use serde_json::{Value, json};

use crate::entra::{ARM, CLIENT, DATA_PLANE, entra, entra_server, settings, source, token};
use crate::server::{Server, json as json_answer};

#[tokio::test]
async fn oidc_token_is_exchanged() {
    let server = entra_server().await;
    let method = Method::OidcToken {
        client_id: CLIENT.to_owned(),
        token: "jwt".into(),
    };
    token(&source(method, settings(&server.url)), ARM).await;
    let form = server.arrived()[0].form();
    assert_eq!(
        (
            form["client_assertion"].as_str(),
            form["client_id"].as_str()
        ),
        ("jwt", CLIENT)
    );
}

#[tokio::test]
async fn oidc_token_file_is_read_whenever_it_is_needed() {
    let server = entra_server().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "first\n").unwrap();
    let method = Method::OidcTokenFile {
        client_id: CLIENT.to_owned(),
        path: path.clone(),
    };
    let source = source(method, settings(&server.url));
    token(&source, ARM).await;
    fs::write(&path, "second").unwrap();
    token(&source, DATA_PLANE).await;
    let assertions: Vec<String> = server
        .arrived()
        .iter()
        .map(|request| request.form()["client_assertion"].clone())
        .collect();
    assert_eq!(assertions, ["first", "second"]);
    fs::remove_file(&path).unwrap();
    let error = source.token("https://other.example").await.unwrap_err();
    assert!(
        error.to_string().contains(&path.display().to_string()),
        "{error}"
    );
    assert!(error.to_string().contains("OIDC token file"), "{error}");
}

/// Starts a server that acts as a pipeline and as Entra ID.
async fn pipeline(status: u16, document: Value) -> Server {
    Server::start(move |request| {
        let document = document.clone();
        async move {
            match request.path.as_str() {
                "/issue" => json_answer(status, &document),
                _ => entra(&request),
            }
        }
    })
    .await
}

fn requested(server: &Server, issuer: OidcIssuer) -> Method {
    Method::OidcRequest {
        client_id: CLIENT.to_owned(),
        issuer,
        url: server.url.join("/issue?api-version=2.0").unwrap(),
        token: "request-token".into(),
    }
}

#[tokio::test]
async fn github_issues_a_token_on_request() {
    let server = pipeline(200, json!({"count": 1, "value": "jwt"})).await;
    token(
        &source(
            requested(&server, OidcIssuer::GitHub),
            settings(&server.url),
        ),
        ARM,
    )
    .await;
    let arrived = server.arrived();
    assert_eq!(arrived[0].method, "GET");
    assert_eq!(arrived[0].query["audience"], "api://AzureADTokenExchange");
    assert_eq!(arrived[0].query["api-version"], "2.0");
    assert_eq!(arrived[0].headers["authorization"], "Bearer request-token");
    assert_eq!(arrived[1].form()["client_assertion"], "jwt");
}

#[tokio::test]
async fn azure_devops_issues_a_token_on_request() {
    let server = pipeline(200, json!({"oidcToken": "jwt"})).await;
    let issuer = OidcIssuer::AzureDevOps {
        service_connection_id: "connection".to_owned(),
    };
    token(
        &source(requested(&server, issuer), settings(&server.url)),
        ARM,
    )
    .await;
    let arrived = server.arrived();
    assert_eq!(arrived[0].method, "POST");
    assert_eq!(arrived[0].query["serviceConnectionId"], "connection");
    assert_eq!(arrived[0].headers["x-tfs-fedauthredirect"], "Suppress");
    assert_eq!(arrived[1].form()["client_assertion"], "jwt");
}

#[tokio::test]
async fn refusal_of_a_pipeline_is_reported() {
    let server = pipeline(401, json!({"message": "the job may not"})).await;
    let source = source(
        requested(&server, OidcIssuer::GitHub),
        settings(&server.url),
    );
    let error = source.token(ARM).await.unwrap_err();
    let text = error.to_string();
    for part in ["GitHub Actions OIDC", "returned 401", "the job may not"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("request-token"));
    assert!(error.remedy().unwrap().contains("id-token: write"));
}

#[tokio::test]
async fn workload_identity_sends_the_token_of_its_pod() {
    let server = entra_server().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "pod").unwrap();
    let method = Method::WorkloadIdentity {
        client_id: Some(CLIENT.to_owned()),
        token_file: Some(path),
    };
    token(&source(method, settings(&server.url)), ARM).await;
    assert_eq!(server.arrived()[0].form()["client_assertion"], "pod");
}
