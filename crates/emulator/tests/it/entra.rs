//! Tokens: how they are had, and what they open.

use emulator::profile::{Application, Certificate, FederatedCredential, Role};
use emulator::{Emulator, Profile};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{CertificateParams, KeyPair};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

const ARM: &str = "https://management.azure.com/.default";
const DATA_PLANE: &str = "https://azuresre.dev/.default";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn form(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Asks for a token; without fields of its own, with the default application's secret.
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

#[tokio::test]
async fn a_token_opens_the_plane_it_is_for() {
    let client = Client::with_agent(Profile::default()).await;
    let arm = format!(
        "{}{AGENT}?api-version=2025-05-01-preview",
        client.emulator.url()
    );
    let skills = client.data_plane("/api/v2/extendedAgent/skills").await;
    for url in [&arm, &skills] {
        let refused = call(url, None).await;
        assert_eq!(refused.status, 401);
        assert!(
            refused
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer ")
        );
        assert_eq!(
            call(url, Some("nonsense")).await.code(),
            "InvalidAuthenticationToken"
        );
    }
    for (scope, arm_status, data_plane_status) in [
        (ARM, 200, 401),
        (DATA_PLANE, 401, 200),
        ("https://azuresre.ai/.default", 401, 200),
        ("59f0a04a-b322-4310-adc9-39ac41e9631e/.default", 401, 200),
        ("https://management.azure.com//.default", 200, 401),
    ] {
        let token = token(&client.emulator, scope).await;
        assert_eq!(call(&arm, Some(&token)).await.status, arm_status, "{scope}");
        assert_eq!(
            call(&skills, Some(&token)).await.status,
            data_plane_status,
            "{scope}"
        );
    }
    let requests = client.emulator.requests();
    let tokens: Vec<_> = requests
        .into_iter()
        .filter_map(|request| request.token)
        .collect();
    for known in [
        "emulator",
        "unknown",
        "https://azuresre.ai",
        "https://management.azure.com/",
    ] {
        assert!(tokens.iter().any(|token| token == known), "{known}");
    }
    client
        .emulator
        .change_profile(|profile| profile.entra.token_seconds = 0);
    let expired = token(&client.emulator, ARM).await;
    assert_eq!(
        call(&arm, Some(&expired)).await.code(),
        "ExpiredAuthenticationToken"
    );
}

#[tokio::test]
async fn an_application_has_its_own_role() {
    let client = Client::with_agent(Profile::default()).await;
    client
        .emulator
        .change_profile(|profile| profile.entra.applications[0].role = Some(Role::Reader));
    let prompt = client
        .data_plane("/api/v2/extendedAgent/commonprompts/a")
        .await;
    let body = json!({"type": "CommonPrompt", "properties": {"prompt": "p"}});
    let token = token(&client.emulator, DATA_PLANE).await;
    let request = reqwest::Client::new()
        .put(&prompt)
        .header("accept", "application/json")
        .json(&body);
    assert_eq!(
        request.bearer_auth(token).send().await.unwrap().status(),
        403
    );
    assert_eq!(
        client.put(&prompt, body).await.status,
        201,
        "the fixed token has the profile's role"
    );
}

#[rstest]
#[case::wrong_secret(&[("client_secret", "x")], 401, 7_000_215)]
#[case::no_secret(&[], 401, 7_000_218)]
#[case::unknown_application(&[("client_id", "x"), ("client_secret", "x")], 400, 700_016)]
#[case::grant(&[("grant_type", "password")], 400, 70003)]
#[case::scope(&[("client_secret", "emulator-client-secret"), ("scope", "https://management.azure.com/user")], 400, 1_002_012)]
#[case::resource(&[("client_secret", "emulator-client-secret"), ("scope", "https://example.net/.default")], 400, 500_011)]
#[case::no_scope(&[("client_secret", "emulator-client-secret"), ("scope", "")], 400, 900_144)]
#[case::malformed_assertion(&[("client_assertion", "a.b.c"), ("client_assertion_type", JWT_BEARER)], 400, 50027)]
#[tokio::test]
async fn bad_token_requests_are_refused(
    #[case] fields: &[(&str, &str)],
    #[case] status: u16,
    #[case] number: u32,
) {
    let client = Client::new(Profile::default()).await;
    let reply = ask(&client.emulator, fields).await;
    assert_eq!(
        (reply.status, &reply.body["error_codes"]),
        (status, &json!([number])),
        "{}",
        reply.body
    );
    let description = reply.body["error_description"].as_str().unwrap();
    assert!(
        description.starts_with(&format!("AADSTS{number}: ")),
        "{description}"
    );
}

#[tokio::test]
async fn metadata_leads_to_the_token_endpoint() {
    let client = Client::new(Profile::default()).await;
    let base = client.emulator.url();
    let tenant = &client.emulator.addresses().tenant_id;
    let metadata = call(
        &format!("{base}/{tenant}/v2.0/.well-known/openid-configuration"),
        None,
    )
    .await
    .body;
    assert_eq!(
        metadata["token_endpoint"],
        format!("{base}/{tenant}/oauth2/v2.0/token")
    );
    let unknown = call(
        &format!("{base}/nobody/v2.0/.well-known/openid-configuration"),
        None,
    )
    .await;
    assert_eq!(unknown.body["error_codes"], json!([90002]));
    let instance = call(
        &format!("{base}/common/discovery/instance?api-version=1.1"),
        None,
    )
    .await
    .body;
    let discovery = instance["tenant_discovery_endpoint"].as_str().unwrap();
    assert_eq!(call(discovery, None).await.body, metadata);
}

/// A certificate in PEM and DER, and its key.
fn certificate(rsa: bool) -> (String, Vec<u8>, EncodingKey, Algorithm) {
    let key = if rsa {
        KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap()
    } else {
        KeyPair::generate().unwrap()
    };
    let certificate = CertificateParams::new(Vec::new())
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let (signing, algorithm) = if rsa {
        (
            EncodingKey::from_rsa_pem(key.serialize_pem().as_bytes()).unwrap(),
            Algorithm::RS256,
        )
    } else {
        (
            EncodingKey::from_ec_der(&key.serialize_der()),
            Algorithm::ES256,
        )
    };
    (
        certificate.pem(),
        certificate.der().to_vec(),
        signing,
        algorithm,
    )
}

fn assertion(emulator: &Emulator, key: &EncodingKey, header: &Header, change: &Value) -> String {
    let addresses = emulator.addresses();
    let now = jiff::Timestamp::now().as_second();
    let mut claims = json!({
        "iss": addresses.client_id, "sub": addresses.client_id, "nbf": now, "exp": now as f64 + 600.25, "jti": "1",
        "aud": format!("{}/{}/oauth2/v2.0/token", addresses.authority_host, addresses.tenant_id),
    });
    claims
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    jsonwebtoken::encode(header, &claims, key).unwrap()
}

async fn present(emulator: &Emulator, assertion: &str) -> Reply {
    let url = format!(
        "{}/{}/oauth2/v2.0/token",
        emulator.addresses().authority_host,
        emulator.addresses().tenant_id
    );
    let pem = std::fs::read(&emulator.addresses().ca_certificate).unwrap();
    let http = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
        .build()
        .unwrap();
    let client_id = emulator.addresses().client_id.clone().unwrap();
    let fields = form(&[
        ("grant_type", "client_credentials"),
        ("scope", ARM),
        ("client_id", &client_id),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ]);
    Reply::of(http.post(url).form(&fields).send().await.unwrap()).await
}

#[rstest]
#[case::rsa(true)]
#[case::elliptic_curve(false)]
#[tokio::test]
async fn a_certificate_stands_for_a_secret(#[case] rsa: bool) {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha1::Digest as _;

    let client = Client::new(Profile::default()).await;
    let (pem, der, key, algorithm) = certificate(rsa);
    let sha1: Vec<u8> = sha1::Sha1::digest(&der).to_vec();
    let by_sha1 = Header {
        x5t: Some(URL_SAFE_NO_PAD.encode(&sha1)),
        ..Header::new(algorithm)
    };
    let by_sha256 = Header {
        x5t_s256: Some(URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&der))),
        ..Header::new(algorithm)
    };
    let register = |certificate: Certificate| {
        client.emulator.change_profile(|profile| {
            profile.entra.applications[0].certificates = vec![certificate]
        });
    };
    let good = assertion(&client.emulator, &key, &by_sha1, &json!({}));
    assert_eq!(
        present(&client.emulator, &good).await.body["error_codes"],
        json!([700_027]),
        "not registered"
    );

    register(Certificate::Pem(pem));
    for header in [&by_sha1, &by_sha256] {
        let good = assertion(&client.emulator, &key, header, &json!({}));
        present(&client.emulator, &good)
            .await
            .expect(StatusCode::OK);
    }
    let (_, _, other_key, _) = certificate(rsa);
    let past = jiff::Timestamp::now().as_second() - 1;
    for (bad, number) in [
        (
            assertion(&client.emulator, &other_key, &by_sha1, &json!({})),
            700_027,
        ),
        (
            assertion(&client.emulator, &key, &Header::new(algorithm), &json!({})),
            700_027,
        ),
        (
            assertion(&client.emulator, &key, &by_sha1, &json!({"exp": past})),
            700_024,
        ),
        (
            assertion(
                &client.emulator,
                &key,
                &by_sha1,
                &json!({"aud": "https://example.net"}),
            ),
            700_023,
        ),
        (
            assertion(&client.emulator, &key, &by_sha1, &json!({"sub": "x"})),
            700_021,
        ),
    ] {
        let reply = present(&client.emulator, &bad).await;
        assert_eq!(
            (reply.status, &reply.body["error_codes"]),
            (401, &json!([number])),
            "{}",
            reply.body
        );
    }
    register(Certificate::Thumbprint(
        sha1.iter().map(|byte| format!("{byte:02X}")).collect(),
    ));
    present(&client.emulator, &good)
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn pipelines_tokens_stand_for_a_secret() {
    let client = Client::new(Profile::default()).await;
    let addresses = client.emulator.addresses().clone();
    let http = reqwest::Client::new();
    let github = format!(
        "{}&audience=api://AzureADTokenExchange",
        addresses.github_oidc_url
    );
    assert_eq!(http.get(&github).send().await.unwrap().status(), 401);
    let github = Reply::of(
        http.get(&github)
            .bearer_auth(&addresses.oidc_request_token)
            .send()
            .await
            .unwrap(),
    )
    .await;
    let devops = format!(
        "{}?api-version=7.1&serviceConnectionId=x",
        addresses.devops_oidc_url
    );
    let devops = Reply::of(
        http.post(&devops)
            .bearer_auth(&addresses.oidc_request_token)
            .send()
            .await
            .unwrap(),
    )
    .await;
    for token in [&github.body["value"], &devops.body["oidcToken"]] {
        present(&client.emulator, token.as_str().unwrap())
            .await
            .expect(StatusCode::OK);
    }
    client
        .emulator
        .change_profile(|profile| profile.entra.pipeline_subject = "repo:else".to_owned());
    let other = Reply::of(
        http.post(format!(
            "{}?api-version=7.1&serviceConnectionId=x",
            addresses.devops_oidc_url
        ))
        .bearer_auth(&addresses.oidc_request_token)
        .send()
        .await
        .unwrap(),
    )
    .await;
    let refused = present(&client.emulator, other.body["oidcToken"].as_str().unwrap()).await;
    assert_eq!(refused.body["error_codes"], json!([700_213]));
}

#[tokio::test]
async fn federated_tokens_are_known_by_issuer_subject_and_audience() {
    let client = Client::new(Profile::default()).await;
    client.emulator.change_profile(|profile| {
        profile.entra.applications.push(Application {
            client_id: "workload".to_owned(),
            client_secret: None,
            certificates: Vec::new(),
            federated_credentials: vec![FederatedCredential {
                issuer: "https://oidc.example.net".to_owned(),
                subject: "system:serviceaccount:ns:sa".to_owned(),
                audience: "api://AzureADTokenExchange".to_owned(),
            }],
            role: None,
        });
    });
    let (_, _, key, algorithm) = certificate(false);
    for (change, number) in [
        (json!({}), None),
        (json!({"aud": ["api://AzureADTokenExchange"]}), None),
        (json!({"iss": "https://else.example.net"}), Some(700_211)),
        (json!({"sub": "else"}), Some(700_213)),
        (json!({"aud": "else"}), Some(700_212)),
        (json!({"exp": 1}), Some(700_024)),
    ] {
        let mut claims = json!({"iss": "https://oidc.example.net", "sub": "system:serviceaccount:ns:sa", "aud": "api://AzureADTokenExchange"});
        claims
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let token = assertion(&client.emulator, &key, &Header::new(algorithm), &claims);
        let reply = ask(
            &client.emulator,
            &[
                ("client_id", "workload"),
                ("client_assertion_type", JWT_BEARER),
                ("client_assertion", &token),
            ],
        )
        .await;
        match number {
            None => drop(reply.expect(StatusCode::OK)),
            Some(number) => assert_eq!(reply.body["error_codes"], json!([number])),
        }
    }
}

#[tokio::test]
async fn managed_identities_get_tokens() {
    let client = Client::with_agent(Profile::default()).await;
    let addresses = client.emulator.addresses().clone();
    let http = reqwest::Client::new();
    let imds = |query: &str| {
        http.get(format!(
            "{}/metadata/identity/oauth2/token?api-version=2018-02-01&{query}",
            addresses.imds_endpoint
        ))
    };
    let identities = client.emulator.profile().entra.managed_identities;
    let unheaded = Reply::of(
        imds("resource=https://management.azure.com")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (unheaded.status, &unheaded.body["error"]),
        (400, &json!("invalid_request"))
    );
    let resource_id = identities[1].resource_id.clone().unwrap();
    for (query, identity) in [
        (
            "resource=https://management.azure.com".to_owned(),
            &identities[0],
        ),
        (
            format!(
                "resource=https://management.azure.com&client_id={}",
                identities[1].client_id
            ),
            &identities[1],
        ),
        (
            format!("resource=https://management.azure.com&msi_res_id={resource_id}"),
            &identities[1],
        ),
    ] {
        let body = Reply::of(
            imds(&query)
                .header("metadata", "true")
                .send()
                .await
                .unwrap(),
        )
        .await
        .expect(StatusCode::OK);
        assert_eq!(body["client_id"], identity.client_id);
        assert!(body["expires_on"].is_string());
        let arm = format!(
            "{}{AGENT}?api-version=2025-05-01-preview",
            client.emulator.url()
        );
        assert_eq!(call(&arm, body["access_token"].as_str()).await.status, 200);
    }
    for (query, error) in [
        (
            "resource=https://management.azure.com&client_id=x",
            "invalid_request",
        ),
        ("resource=https://example.net", "invalid_resource"),
        ("client_id=x", "invalid_request"),
    ] {
        let reply = Reply::of(imds(query).header("metadata", "true").send().await.unwrap()).await;
        assert_eq!(
            (reply.status, &reply.body["error"]),
            (400, &json!(error)),
            "{query}"
        );
    }
    let app_service = format!(
        "{}?api-version=2019-08-01&resource=https://azuresre.dev",
        addresses.identity_endpoint
    );
    assert_eq!(http.get(&app_service).send().await.unwrap().status(), 401);
    let body = Reply::of(
        http.get(&app_service)
            .header("x-identity-header", &addresses.identity_header)
            .send()
            .await
            .unwrap(),
    )
    .await;
    let skills = client.data_plane("/api/v2/extendedAgent/skills").await;
    assert_eq!(
        call(&skills, body.body["access_token"].as_str())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn app_service_words_its_refusals_in_its_own_way() {
    let client = Client::new(Profile::default()).await;
    let addresses = client.emulator.addresses();
    let endpoint = format!("{}?api-version=2019-08-01", addresses.identity_endpoint);
    for (query, header, status) in [
        ("&resource=https://azuresre.dev", "wrong", 401),
        ("", &*addresses.identity_header, 400),
        (
            "&resource=https://azuresre.dev&client_id=nobody",
            &*addresses.identity_header,
            400,
        ),
        (
            "&resource=https://example.com",
            &*addresses.identity_header,
            400,
        ),
    ] {
        let request = reqwest::Client::new()
            .get(format!("{endpoint}{query}"))
            .header("x-identity-header", header);
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert_eq!(reply.status, status, "{query}");
        assert_eq!(reply.body["statusCode"], status, "{query}");
        assert!(!reply.body["message"].as_str().unwrap().is_empty());
        assert_eq!(reply.body.get("error"), None, "{query}");
    }
}

#[tokio::test]
async fn a_device_code_signs_a_person_in() {
    let client = Client::with_agent(Profile::default()).await;
    let post = async |path: &str, form: &[(&str, &str)]| {
        let url = format!("{}/organizations/oauth2/v2.0/{path}", client.emulator.url());
        let request = reqwest::Client::new().post(url).form(form);
        Reply::of(request.send().await.unwrap()).await
    };
    let scope = "https://management.azure.com//.default openid offline_access profile";
    let ask = [("client_id", "cli"), ("scope", scope)];
    let code = post("devicecode", &ask).await.expect(StatusCode::OK);
    let code = code["device_code"].as_str().unwrap();
    let poll = |client_id| {
        [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", client_id),
            ("device_code", code),
        ]
    };
    let other = post("token", &poll("other")).await;
    assert_eq!(other.body["error"], "invalid_grant");
    let tokens = post("token", &poll("cli")).await.expect(StatusCode::OK);
    let text = |member: &str| tokens[member].as_str().unwrap().to_owned();
    let arm = format!(
        "{}{AGENT}?api-version=2025-05-01-preview",
        client.emulator.url()
    );
    assert_eq!(call(&arm, Some(&text("access_token"))).await.status, 200);
    for member in ["refresh_token", "id_token"] {
        let status = call(&arm, Some(&text(member))).await.status;
        assert_eq!(status, 401, "a {member} is no access token");
    }

    let refresh = text("refresh_token");
    let again = |token| {
        [
            ("grant_type", "refresh_token"),
            ("client_id", "cli"),
            ("refresh_token", token),
            ("scope", "https://azuresre.dev/.default offline_access"),
        ]
    };
    let fresh = post("token", &again(&*refresh))
        .await
        .expect(StatusCode::OK);
    let skills = client.data_plane("/api/v2/extendedAgent/skills").await;
    let token = fresh["access_token"].as_str();
    assert_eq!(call(&skills, token).await.status, 200);
    assert_eq!(
        post("token", &again(code)).await.body["error"],
        "invalid_grant",
        "a code is no refresh token"
    );
}
