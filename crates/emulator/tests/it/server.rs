//! The port: TLS, links, and many requests.

use std::os::unix::fs::PermissionsExt as _;

use emulator::{Emulator, Options, Profile};
use reqwest::{Certificate, StatusCode};
use serde_json::json;

use crate::client::{AGENT, Client, Reply};

fn https_client(emulator: &Emulator) -> reqwest::Client {
    let pem = std::fs::read(&emulator.addresses().ca_certificate).unwrap();
    reqwest::Client::builder()
        .tls_certs_only([Certificate::from_pem(&pem).unwrap()])
        .build()
        .unwrap()
}

#[tokio::test]
async fn tls_and_plain_http_share_the_port_and_links_follow_the_request() {
    let client = Client::with_agent(Profile::default()).await;
    let https = https_client(&client.emulator);
    let base = client.emulator.https_url();
    for base in [base.clone(), base.replace("127.0.0.1", "localhost")] {
        let url = format!("{base}{AGENT}?api-version=2025-05-01-preview");
        let reply = https
            .get(url)
            .bearer_auth(client.emulator.token())
            .send()
            .await
            .unwrap();
        let body = Reply::of(reply).await.expect(StatusCode::OK);
        let endpoint = body["properties"]["agentEndpoint"].as_str().unwrap();
        assert!(
            endpoint.starts_with(&base),
            "{endpoint} does not start with {base}"
        );
    }
    assert!(client.data_plane("").await.starts_with("http://"));
}

#[tokio::test]
async fn certificate_is_not_trusted_by_default_and_its_file_is_removed() {
    let emulator = Emulator::start(Options::default()).await.unwrap();
    let file = emulator.addresses().ca_certificate.clone();
    let error = reqwest::get(emulator.https_url()).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert!(file.exists());
    emulator.stop().await;
    assert!(!file.exists());
}

#[tokio::test]
async fn stored_authority_is_still_trusted_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        ca_dir: Some(folder.path().join("ca")),
        ..Options::default()
    };
    let emulator = Emulator::start(options.clone()).await.unwrap();
    let file = emulator.addresses().ca_certificate.clone();
    let trusting = https_client(&emulator);
    emulator.stop().await;

    let emulator = Emulator::start(options).await.unwrap();
    assert_eq!(emulator.addresses().ca_certificate, file);
    let url = format!("{}/_emulator/", emulator.https_url());
    assert_eq!(trusting.get(url).send().await.unwrap().status(), 200);
    let keys: Vec<_> = std::fs::read_dir(folder.path().join("ca"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let private = keys
        .iter()
        .find(|file| file.file_name().to_string_lossy().contains("key"))
        .unwrap();
    assert_eq!(
        private.metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[tokio::test]
async fn a_thousand_objects_are_created_and_found() {
    let client = Client::with_agent(Profile::default()).await;
    let prompts = client
        .data_plane("/api/v2/extendedAgent/commonprompts")
        .await;
    let body = json!({"type": "CommonPrompt", "properties": {"prompt": "p"}});
    for index in 0..1000 {
        client
            .put(&format!("{prompts}/p{index:04}"), body.clone())
            .await
            .expect(StatusCode::CREATED);
    }
    let list = client.get(&prompts).await.body;
    let names: Vec<_> = list["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 1000);
    assert!(names.is_sorted());
}

#[tokio::test]
async fn dropping_the_emulator_stops_it() {
    let emulator = Emulator::start(Options::default()).await.unwrap();
    let url = emulator.url();
    assert!(reqwest::get(format!("{url}/_emulator/")).await.is_ok());
    drop(emulator);
    while reqwest::get(format!("{url}/_emulator/")).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
