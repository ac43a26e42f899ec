//! The proxy, with clients that only know the hosts of Azure.

use std::process::Command;

use emulator::{Emulator, Fault, Options, Plane};
use futures::{SinkExt as _, StreamExt as _};
use reqwest::{Certificate, Method, Proxy, StatusCode, Version};
use serde_json::{Value, json};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::binary::Program;
use crate::client::{AGENT, Reply};

const ARM: &str = "https://management.azure.com";
const LOGIN: &str = "https://login.microsoftonline.com";
const API_VERSION: &str = "api-version=2025-05-01-preview";

/// An emulator with a proxy, and a client that only knows the proxy and the CA.
struct Cloud {
    emulator: Emulator,
    http: reqwest::Client,
}

impl Cloud {
    async fn new() -> Self {
        let emulator = Emulator::start(Options {
            proxy: Some("127.0.0.1:0".to_owned()),
            ..Options::default()
        })
        .await
        .unwrap();
        let http = client(&emulator, |builder| builder);
        Self { emulator, http }
    }

    /// Returns a token for a resource, as a client with a secret gets it.
    async fn token(&self, resource: &str) -> String {
        let addresses = self.emulator.addresses();
        let url = format!("{LOGIN}/{}/oauth2/v2.0/token", addresses.tenant_id);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", addresses.client_id.as_deref().unwrap()),
            ("client_secret", addresses.client_secret.as_deref().unwrap()),
            ("scope", &format!("{resource}/.default")),
        ];
        let reply = Reply::of(self.http.post(url).form(&form).send().await.unwrap()).await;
        let token = reply.expect(StatusCode::OK);
        token["access_token"].as_str().unwrap().to_owned()
    }

    async fn call(&self, method: Method, url: &str, token: &str, body: Value) -> Reply {
        let request = self.http.request(method, url).bearer_auth(token);
        let request = request.header("accept", "application/json");
        Reply::of(request.json(&body).send().await.unwrap()).await
    }

    /// Creates an agent, and returns its endpoint.
    async fn create(&self, token: &str, name: &str) -> String {
        let id = AGENT.replace("shop", name);
        let url = format!("{ARM}{id}?{API_VERSION}");
        let body = json!({"location": "Sweden Central"});
        let reply = self.call(Method::PUT, &url, token, body).await;
        let operation = reply.header("azure-asyncoperation").unwrap();
        assert!(operation.starts_with(ARM), "{operation}");
        reply.expect(StatusCode::CREATED);
        let agent = self.call(Method::GET, &url, token, Value::Null).await;
        let agent = agent.expect(StatusCode::OK);
        let endpoint = &agent["properties"]["agentEndpoint"];
        endpoint.as_str().unwrap().to_owned()
    }
}

/// Returns a client that only trusts the emulator's CA, and sends everything to the proxy.
fn client(
    emulator: &Emulator,
    change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> reqwest::Client {
    let pem = std::fs::read(&emulator.addresses().ca_certificate).unwrap();
    let builder = reqwest::Client::builder()
        .tls_certs_only([Certificate::from_pem(&pem).unwrap()])
        .proxy(Proxy::all(emulator.proxy_url().unwrap()).unwrap());
    change(builder).build().unwrap()
}

#[tokio::test]
async fn a_client_gets_a_token_an_agent_and_a_skill_under_the_hosts_of_azure() {
    let cloud = Cloud::new().await;
    let arm = cloud.token(ARM).await;
    let endpoint = cloud.create(&arm, "Shop").await;
    let labels: Vec<&str> = endpoint
        .strip_prefix("https://")
        .unwrap()
        .split('.')
        .collect();
    let [agent, hash, "swedencentral", "azuresre", "ai"] = labels[..] else {
        panic!("{endpoint}");
    };
    assert_eq!((&agent[..6], agent.len(), hash.len()), ("shop--", 14, 8));

    let url = format!("{endpoint}/api/v2/extendedAgent/skills/Triage");
    let refused = cloud.call(Method::GET, &url, &arm, Value::Null).await;
    assert_eq!(
        refused.status, 401,
        "a token for ARM is none for the data plane"
    );
    let sign_in = refused.header("www-authenticate").unwrap();
    assert!(sign_in.contains(&format!("\"{LOGIN}/")), "{sign_in}");

    let token = cloud.token("https://azuresre.dev").await;
    let content = "Compare the slow requests with those of an hour ago, service by service.";
    let skill = json!({"type": "Skill", "properties": {"skillContent": content}});
    let made = cloud.call(Method::PUT, &url, &token, skill).await;
    made.expect(StatusCode::CREATED);
    let read = cloud.call(Method::GET, &url, &token, Value::Null).await;
    let read = read.expect(StatusCode::OK);
    assert_eq!(
        (&read["name"], &read["properties"]["skillMdContent"]),
        (&json!("Triage"), &json!(content))
    );

    let trigger = format!("{endpoint}/api/v1/httptriggers/create");
    let body = json!({"name": "guard", "agentPrompt": "Review this event"});
    let trigger = cloud.call(Method::POST, &trigger, &token, body).await;
    let webhook = trigger.expect(StatusCode::CREATED)["triggerUrl"].clone();
    assert!(
        webhook.as_str().unwrap().starts_with(&endpoint),
        "{webhook}"
    );

    let records = cloud.emulator.requests();
    let seen = |plane, authority: &str| {
        let mut records = records.iter();
        records.any(|record| {
            record.plane == plane && format!("https://{}", record.authority) == authority
        })
    };
    assert!(
        seen(Plane::Entra, LOGIN) && seen(Plane::Arm, ARM) && seen(Plane::DataPlane, &endpoint)
    );
}

#[tokio::test]
async fn agent_created_through_the_proxy_exists_on_the_port() {
    let cloud = Cloud::new().await;
    let token = cloud.emulator.token();
    let endpoint = cloud.create(token, "shop").await;
    let url = format!("{}{AGENT}?{API_VERSION}", cloud.emulator.url());
    let reply = reqwest::Client::new().get(url).bearer_auth(token).send();
    let agent = Reply::of(reply.await.unwrap()).await.expect(StatusCode::OK);
    let own = agent["properties"]["agentEndpoint"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(own.starts_with(&cloud.emulator.url()), "{own}");
    let (_, label) = own.rsplit_once('/').unwrap();
    assert!(
        endpoint.starts_with(&format!("https://{label}.")),
        "{endpoint}"
    );
}

#[tokio::test]
async fn sign_in_documents_have_the_host_of_entra() {
    let cloud = Cloud::new().await;
    let get = async |path: String| {
        let reply = cloud
            .http
            .get(format!("{LOGIN}{path}"))
            .send()
            .await
            .unwrap();
        Reply::of(reply).await
    };
    let tenant = &cloud.emulator.addresses().tenant_id;
    let openid = get(format!("/{tenant}/v2.0/.well-known/openid-configuration")).await;
    let openid = openid.expect(StatusCode::OK);
    assert_eq!(openid["issuer"], format!("{LOGIN}/{tenant}/v2.0"));
    assert_eq!(
        openid["token_endpoint"],
        format!("{LOGIN}/{tenant}/oauth2/v2.0/token")
    );
    assert_eq!(openid["cloud_instance_name"], "microsoftonline.com");
    let instance = get("/common/discovery/instance?api-version=1.1".to_owned()).await;
    let instance = instance.expect(StatusCode::OK);
    assert_eq!(
        instance["metadata"][0]["preferred_network"],
        "login.microsoftonline.com"
    );
    let discovery = instance["tenant_discovery_endpoint"].as_str().unwrap();
    assert!(discovery.starts_with(LOGIN), "{discovery}");
}

#[tokio::test]
async fn every_host_serves_only_its_own_services() {
    let cloud = Cloud::new().await;
    let token = cloud.emulator.token();
    let endpoint = cloud.create(token, "shop").await;
    let elsewhere = endpoint.replace(".swedencentral.", ".westus.");
    for (url, status) in [
        (format!("{LOGIN}{AGENT}?{API_VERSION}"), 404),
        (
            format!("{LOGIN}/metadata/identity/oauth2/token?resource={ARM}"),
            404,
        ),
        (format!("{ARM}/_emulator/state?{API_VERSION}"), 404),
        (
            format!("{ARM}/data-plane/shop/api/v1/httptriggers?{API_VERSION}"),
            404,
        ),
        (format!("{elsewhere}/api/v1/httptriggers"), 404),
        (
            "https://nobody.azuresre.ai/api/v1/httptriggers".to_owned(),
            404,
        ),
        (format!("{endpoint}/api/v1/httptriggers"), 200),
    ] {
        let reply = cloud.call(Method::GET, &url, token, Value::Null).await;
        assert_eq!(reply.status, status, "{url}: {}", reply.body);
    }
}

#[tokio::test]
async fn connections_speak_http_2_or_1_and_faults_break_them() {
    let cloud = Cloud::new().await;
    let http_1 = client(&cloud.emulator, |builder| builder.http1_only());
    for (http, version) in [(&cloud.http, Version::HTTP_2), (&http_1, Version::HTTP_11)] {
        for _ in 0..2 {
            let url = format!("{LOGIN}/common/discovery/instance");
            let reply = http.get(url).send().await.unwrap();
            assert_eq!((reply.status(), reply.version()), (StatusCode::OK, version));
        }
        cloud
            .emulator
            .fault(Fault::on("GET", "/common/").reset())
            .unwrap();
        let url = format!("{LOGIN}/common/discovery/instance");
        assert!(http.get(url).send().await.is_err(), "{version:?}");
    }
}

#[tokio::test]
async fn tunnel_only_serves_its_own_host() {
    let cloud = Cloud::new().await;
    let http = client(&cloud.emulator, |builder| builder.http1_only());
    let request = http.get(format!("{LOGIN}/common/discovery/instance"));
    let reply = request
        .header("host", "management.azure.com")
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), StatusCode::MISDIRECTED_REQUEST);
    let request = http.get(format!("{LOGIN}/common/discovery/instance"));
    let reply = request
        .header("host", "Login.MicrosoftOnline.com:443")
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
}

#[tokio::test]
async fn other_hosts_and_plain_http_are_refused() {
    let cloud = Cloud::new().await;
    for url in [
        "https://registry.terraform.io/",
        "https://management.azure.com:8443/",
    ] {
        let error = cloud.http.get(url).send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
    }
    for url in ["http://management.azure.com/", "http://example.com/"] {
        let reply = cloud.http.get(url).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::FORBIDDEN);
        let said = reply.text().await.unwrap();
        assert!(
            said.contains("proxy for https alone") && said.contains("HTTPS_PROXY"),
            "{said}"
        );
    }
    assert!(cloud.emulator.requests().is_empty());
}

#[tokio::test]
async fn the_proxy_stops_with_the_emulator() {
    let cloud = Cloud::new().await;
    let url = format!("{LOGIN}/common/discovery/instance");
    cloud.http.get(&url).send().await.unwrap();
    cloud.emulator.stop().await;
    assert!(cloud.http.get(&url).send().await.is_err());
}

#[tokio::test]
async fn curl_needs_only_the_proxy_and_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().to_str().unwrap();
    let program = Program::start(&["--proxy", "127.0.0.1:0", "--ca-dir", ca]);
    let text = |name: &str| program.addresses[name].as_str().unwrap().to_owned();
    let curl = |arguments: &[&str]| {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--proxy", &text("proxy")])
            .args(["--noproxy", "", "--cacert", &text("ca_certificate")])
            .args(arguments)
            .output();
        output.map(|output| {
            let said = String::from_utf8(output.stdout).unwrap();
            (
                output.status.success(),
                said + &String::from_utf8(output.stderr).unwrap(),
            )
        })
    };
    let url = format!("{ARM}{AGENT}?{API_VERSION}");
    let token = format!("Authorization: Bearer {}", text("token"));
    let Ok((made, said)) = curl(&[
        "-X",
        "PUT",
        "-H",
        &token,
        "-d",
        r#"{"location": "westus"}"#,
        &url,
    ]) else {
        // Not every machine has curl. Other tests cover the same with another client.
        return;
    };
    assert!(made, "{said}");
    let agent: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(agent["name"], "shop");
    let (found, said) = curl(&["-H", &token, &url]).unwrap();
    let agent: Value = serde_json::from_str(&said).unwrap();
    let endpoint = agent["properties"]["agentEndpoint"].as_str().unwrap();
    assert!(
        found && endpoint.ends_with(".westus.azuresre.ai"),
        "{endpoint}"
    );
    let (found, said) = curl(&["-H", &token, &format!("{endpoint}/api/v1/httptriggers")]).unwrap();
    assert_eq!((found, said.as_str()), (true, "[]"));
    let connects = [
        "--http1.1",
        "--output",
        "/dev/null",
        "--write-out",
        "%{num_connects} ",
    ];
    let twice = [&connects[..], &[&url, "--output", "/dev/null", &url]].concat();
    assert_eq!(
        curl(&twice).unwrap(),
        (true, "1 0 ".to_owned()),
        "a connection is kept"
    );
    let (found, said) = curl(&["--verbose", "https://example.com/"]).unwrap();
    assert!(
        !found && said.contains("does not connect to example.com:443"),
        "{said}"
    );
}

#[tokio::test]
async fn the_hub_of_an_agent_is_reached_through_a_tunnel() {
    let cloud = Cloud::new().await;
    let arm = cloud.token("https://management.azure.com").await;
    let endpoint = cloud.create(&arm, "shop").await;
    let token = cloud.token("https://azuresre.ai").await;
    let http = client(&cloud.emulator, |builder| builder.http1_only());
    let asked = http
        .get(format!("{endpoint}/agentHub"))
        .bearer_auth(&token)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), StatusCode::SWITCHING_PROTOCOLS);
    let upgraded = asked.upgrade().await.unwrap();
    let mut socket =
        WebSocketStream::from_raw_socket(upgraded, tungstenite::protocol::Role::Client, None).await;
    let handshake = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
    socket.send(Message::text(handshake)).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap();
    assert_eq!(answer, Message::text("{}\u{1e}"));
}
