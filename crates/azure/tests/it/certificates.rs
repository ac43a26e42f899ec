//! Signing in with a certificate.

use azure::ErrorKind;
use azure::credentials::{self, Method};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};
use rstest::rstest;
use serde_json::{Value, json};
use url::Url;

use crate::entra::{ARM, CLIENT, TENANT, entra_server, settings, source, token};

fn rsa() -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let mut params = CertificateParams::new(vec!["example".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2100, 1, 1);
    (params.self_signed(&key).unwrap(), key)
}

fn pkcs12(certificate: &rcgen::Certificate, key: &KeyPair, password: &str) -> Vec<u8> {
    let chain = p12_keystore::PrivateKeyChain::new(
        "id",
        p12_keystore::PrivateKey::from_der(&key.serialize_der()).unwrap(),
        [p12_keystore::Certificate::from_der(certificate.der()).unwrap()],
    );
    let mut store = p12_keystore::KeyStore::new();
    store.add_entry("alias", p12_keystore::KeyStoreEntry::PrivateKeyChain(chain));
    store.writer(password).write().unwrap()
}

fn by_certificate(certificate: Vec<u8>, password: Option<&str>) -> Method {
    Method::ClientCertificate {
        client_id: CLIENT.to_owned(),
        certificate: certificate.into(),
        password: password.map(Into::into),
    }
}

#[rstest]
#[tokio::test]
async fn entra_can_verify_the_signed_assertion(#[values("pem", "reversed", "pkcs12")] form: &str) {
    let server = entra_server().await;
    let (certificate, key) = rsa();
    let method = match form {
        "pem" => by_certificate((certificate.pem() + &key.serialize_pem()).into(), None),
        "reversed" => {
            // As in a bundle, an unrelated certificate comes first.
            let pem = key.serialize_pem() + &rsa().0.pem() + &certificate.pem();
            by_certificate(pem.into(), None)
        }
        _ => by_certificate(pkcs12(&certificate, &key, "opensesame"), Some("opensesame")),
    };
    token(&source(method, settings(&server.url)), ARM).await;

    let form = server.arrived()[0].form();
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let (signed, signature) = form["client_assertion"].rsplit_once('.').unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let public = aws_lc_rs::signature::UnparsedPublicKey::new(
        &aws_lc_rs::signature::RSA_PSS_2048_8192_SHA256,
        rcgen::PublicKeyData::der_bytes(&key),
    );
    public.verify(signed.as_bytes(), &signature).unwrap();

    let (header, claims) = signed.split_once('.').unwrap();
    let read = |text: &str| -> Value {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    let (header, claims) = (read(header), read(claims));
    let thumbprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate.der());
    assert_eq!(header["alg"], "PS256");
    assert_eq!(
        header["x5t#S256"],
        BASE64_URL_SAFE_NO_PAD.encode(thumbprint)
    );
    assert_eq!(header["x5c"][0], BASE64_STANDARD.encode(certificate.der()));
    let endpoint = server
        .url
        .join(&format!("/{TENANT}/oauth2/v2.0/token"))
        .unwrap();
    assert_eq!(claims["aud"], endpoint.as_str());
    assert_eq!(
        (&claims["iss"], &claims["sub"]),
        (&json!(CLIENT), &json!(CLIENT))
    );
    let number = |name: &str| claims[name].to_string().parse::<u64>().unwrap();
    assert_eq!(number("exp") - number("nbf"), 600);
}

#[test]
fn unusable_certificate_is_reported_before_anything_is_sent() {
    let (certificate, key) = rsa();
    let ec = KeyPair::generate().unwrap();
    let pem = certificate.pem();
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let cases: [(Vec<u8>, Option<&str>, &str); 7] = [
        (
            pem.clone().into(),
            None,
            "it does not contain a private key",
        ),
        (
            key.serialize_pem().into(),
            None,
            "it does not contain a certificate",
        ),
        (
            (pem.clone() + &ec.serialize_pem()).into(),
            None,
            "not an RSA key",
        ),
        (
            (pem.clone() + &rsa().1.serialize_pem()).into(),
            None,
            "does not match any of its certificates",
        ),
        (
            (pem + encrypted).into(),
            None,
            "Convert the file to PKCS#12",
        ),
        (
            pkcs12(&certificate, &key, "opensesame"),
            Some("wrong"),
            "PKCS#12 with this password",
        ),
        (b"nonsense".to_vec(), None, "it is not PKCS#12"),
    ];
    for (bytes, password, part) in cases {
        let settings = settings(&Url::parse("https://login.example").unwrap());
        let error = credentials::new(by_certificate(bytes, password), settings).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credential);
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
}
