//! Certificates and foreign tokens that replace a secret.

use emulator::profile::{Application, Certificate, FederatedCredential};
use emulator::{Emulator, Profile};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{CertificateParams, KeyPair};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{ARM, JWT_BEARER, ask, form};
use crate::client::{Client, Reply};

/// Returns a certificate in PEM and DER, and its key.
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
async fn certificate_replaces_a_secret(#[case] rsa: bool) {
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
async fn tokens_of_pipelines_replace_a_secret() {
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
async fn federated_tokens_are_matched_by_issuer_subject_and_audience() {
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
