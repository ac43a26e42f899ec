//! Signing in with a client secret, and behavior that all methods share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use azure::credentials::{self, CredentialSettings, Method, OidcIssuer};
use azure::{Error, ErrorKind};
use serde_json::json;
use url::Url;

use crate::entra::{
    ARM, CLIENT, DATA_PLANE, TENANT, client_secret, entra, entra_server, settings, source, token,
};
use crate::server::{Server, answer, json as json_answer};

#[tokio::test]
async fn client_secret_gets_one_token_per_audience() {
    let server = entra_server().await;
    let source = source(client_secret(), settings(&server.url));
    for _ in 0..2 {
        assert_eq!(
            token(&source, ARM).await,
            format!("token for {ARM}/.default")
        );
        assert_eq!(
            token(&source, DATA_PLANE).await,
            format!("token for {DATA_PLANE}/.default")
        );
    }
    let arrived = server.arrived();
    assert_eq!(arrived.len(), 2);
    assert_eq!(arrived[0].method, "POST");
    assert_eq!(arrived[0].path, format!("/{TENANT}/oauth2/v2.0/token"));
    let form = arrived[0].form();
    assert_eq!(form["client_id"], CLIENT);
    assert_eq!(form["client_secret"], "hunter2");
    assert_eq!(form["grant_type"], "client_credentials");
}

#[tokio::test]
async fn authority_may_have_a_path() {
    let server = entra_server().await;
    let authority = server.url.join("/entra").unwrap();
    token(&source(client_secret(), settings(&authority)), ARM).await;
    assert_eq!(
        server.arrived()[0].path,
        format!("/entra/{TENANT}/oauth2/v2.0/token")
    );
}

#[tokio::test]
async fn slow_audience_does_not_delay_the_other() {
    let release = Arc::new(tokio::sync::Notify::new());
    let server = Server::start({
        let release = Arc::clone(&release);
        move |request| {
            let release = Arc::clone(&release);
            async move {
                if request.form()["scope"].starts_with(DATA_PLANE) {
                    release.notified().await;
                }
                entra(&request)
            }
        }
    })
    .await;
    let source = source(client_secret(), settings(&server.url));
    let slow = tokio::spawn({
        let source = Arc::clone(&source);
        async move { token(&source, DATA_PLANE).await }
    });
    while server.arrived().is_empty() {
        tokio::task::yield_now().await;
    }
    token(&source, ARM).await;
    assert!(!slow.is_finished());
    release.notify_one();
    assert_eq!(
        slow.await.unwrap(),
        format!("token for {DATA_PLANE}/.default")
    );
}

#[tokio::test]
async fn refused_token_is_fetched_again() {
    let server = entra_server().await;
    let source = source(client_secret(), settings(&server.url));
    let first = source.token(ARM).await.unwrap();
    source.refused(ARM, &first).await;
    token(&source, ARM).await;
    assert_eq!(server.arrived().len(), 2);
}

#[tokio::test]
async fn auxiliary_tenants_are_signed_in_to() {
    let server = entra_server().await;
    let mut settings = settings(&server.url);
    settings.auxiliary_tenant_ids = vec!["tenant-b".to_owned(), "tenant-c".to_owned()];
    let tokens = source(client_secret(), settings)
        .auxiliary_tokens(ARM)
        .await
        .unwrap();
    assert_eq!(tokens.len(), 2);
    let mut paths: Vec<String> = server
        .arrived()
        .into_iter()
        .map(|request| request.path)
        .collect();
    paths.sort();
    assert_eq!(
        paths,
        ["/tenant-b/oauth2/v2.0/token", "/tenant-c/oauth2/v2.0/token"]
    );
}

#[tokio::test]
async fn refusal_of_entra_is_reported_with_its_message() {
    let server = Server::start(|_| async {
        let said = "AADSTS7000215: Invalid client secret provided: 'hunter2'.\r\nTrace ID: 1";
        let document = json!({
            "error": "invalid_client",
            "error_description": said,
            "error_codes": [7_000_215]
        });
        json_answer(401, &document)
    })
    .await;
    let error = source(client_secret(), settings(&server.url))
        .token(DATA_PLANE)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Credential, Some("AADSTS7000215"))
    );
    let text = error.to_string();
    for part in [
        "client secret",
        DATA_PLANE,
        "Invalid client secret provided",
        "Trace ID: 1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        !format!("{text} {error:?} {}", error.detail()).contains("hunter2"),
        "{text}"
    );
    assert!(error.remedy().unwrap().contains("client secret"));
}

#[tokio::test]
async fn page_of_a_proxy_is_distinguished_from_an_answer_of_entra() {
    let server =
        Server::start(|_| async { answer(403, "text/html", "<html>blocked</html>") }).await;
    let error = source(client_secret(), settings(&server.url))
        .token(ARM)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("returned 403 without JSON"), "{text}");
}

#[test]
fn missing_settings_are_reported_before_anything_is_sent() {
    let missing = |method: Method, change: fn(&mut CredentialSettings)| -> Error {
        let mut settings = settings(&Url::parse("https://login.example").unwrap());
        change(&mut settings);
        credentials::new(method, settings).unwrap_err()
    };
    let empty_client = Method::ClientSecret {
        client_id: String::new(),
        client_secret: "hunter2".into(),
    };
    let too_many = |settings: &mut CredentialSettings| {
        settings.auxiliary_tenant_ids = vec!["t".to_owned(); 4];
    };
    let one = |settings: &mut CredentialSettings| {
        settings.auxiliary_tenant_ids = vec!["t".to_owned()];
    };
    let overheard = Method::OidcRequest {
        client_id: CLIENT.to_owned(),
        issuer: OidcIssuer::GitHub,
        url: Url::parse("http://pipeline.example/issue").unwrap(),
        token: "hunter2".into(),
    };
    let cases = [
        (
            missing(client_secret(), |s| s.tenant_id = None),
            "the tenant ID is missing",
        ),
        (
            missing(client_secret(), |s| s.tenant_id = Some("a/b".to_owned())),
            "invalid tenant ID",
        ),
        (missing(empty_client, |_| {}), "no client ID"),
        (
            missing(client_secret(), too_many),
            "more than 3 auxiliary tenants",
        ),
        (
            missing(Method::ManagedIdentity { client_id: None }, one),
            "auxiliary tenants",
        ),
        (missing(overheard, |_| {}), "does not start with `https://`"),
        (
            missing(client_secret(), |s| {
                s.authority_host = Url::parse("http://login.example").unwrap();
            }),
            "does not start with `https://`",
        ),
    ];
    for (error, part) in cases {
        assert!(error.to_string().contains(part), "{part}: {error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn fixed_token_needs_no_other_settings() {
    let mut settings = settings(&Url::parse("https://login.example").unwrap());
    settings.tenant_id = None;
    let source = source(Method::Fixed("fixed".into()), settings);
    assert_eq!(
        (token(&source, ARM).await, source.method_name()),
        ("fixed".to_owned(), "fixed token")
    );
}

#[tokio::test]
async fn failing_sign_in_service_is_retried() {
    let calls = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |request| {
        let first = calls.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first {
                answer(502, "text/html", "<html>")
            } else {
                entra(&request)
            }
        }
    })
    .await;
    token(&source(client_secret(), settings(&server.url)), ARM).await;
    assert_eq!(server.arrived().len(), 2);
}
