//! Assertions that replace a secret: signed with a registered certificate, or issued by an issuer
//! that the application trusts.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::jwt::Tokens;
use super::problem;
use crate::context::Context;
use crate::http::Answer;
use crate::profile::{Application, Certificate};
use crate::profile::{DEVOPS_ISSUER, GITHUB_ISSUER};

/// How far a client's clock may be ahead, in seconds.
const CLOCK_SKEW: f64 = 300.0;

#[derive(Debug, Deserialize)]
struct Heading {
    alg: String,
    x5t: Option<String>,
    #[serde(rename = "x5t#S256")]
    x5t_s256: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Statement {
    iss: String,
    sub: String,
    aud: Value,
    /// Some clients send fractions of seconds.
    exp: f64,
    nbf: Option<f64>,
}

/// Refuses an assertion that does not prove the identity of the application.
pub(super) fn check(
    tokens: &Tokens,
    cx: Context<'_>,
    application: &Application,
    assertion: &str,
) -> Result<(), Box<Answer>> {
    let mut parts = assertion.split('.');
    let (Some(heading), Some(statement)) = (
        parts.next().and_then(decode::<Heading>),
        parts.next().and_then(decode::<Statement>),
    ) else {
        return Err(refused(
            50027,
            "invalid_request",
            "JWT token is invalid or malformed.",
        ));
    };
    check_time(&statement)?;
    if statement.iss.eq_ignore_ascii_case(&application.client_id) {
        check_audience(cx, &statement)?;
        check_certificate(application, &heading, &statement, assertion)
    } else {
        check_federation(tokens, application, &statement, assertion)
    }
}

fn check_time(statement: &Statement) -> Result<(), Box<Answer>> {
    let now = Timestamp::now().as_duration().as_secs_f64();
    if statement.exp <= now || statement.nbf.is_some_and(|begin| begin > now + CLOCK_SKEW) {
        return Err(refused(
            700_024,
            "invalid_client",
            &format!(
                "Client assertion is not within its valid time range. Current time: {now}, expiry \
                 time of assertion {}.",
                statement.exp
            ),
        ));
    }
    Ok(())
}

/// Checks the audience of an assertion from our own client. It must be the token endpoint or the
/// issuer, at the address of the request or at that of the public cloud, which clients may assume.
fn check_audience(cx: Context<'_>, statement: &Statement) -> Result<(), Box<Answer>> {
    let tenant = &cx.profile.entra.tenant_id;
    let hosts = [cx.call.base.authority.as_str(), "login.microsoftonline.com"];
    let expected = hosts.iter().any(|host| {
        audiences(statement).any(|audience| {
            let audience = audience.to_lowercase();
            ["oauth2/v2.0/token", "v2.0"]
                .iter()
                .any(|path| audience == format!("https://{host}/{tenant}/{path}").to_lowercase())
        })
    });
    if expected {
        return Ok(());
    }
    Err(refused(
        700_023,
        "invalid_client",
        &format!(
            "Client assertion audience claim {} does not match Realm issuer.",
            statement.aud
        ),
    ))
}

fn check_certificate(
    application: &Application,
    heading: &Heading,
    statement: &Statement,
    assertion: &str,
) -> Result<(), Box<Answer>> {
    if statement.sub != statement.iss {
        return Err(refused(
            700_021,
            "invalid_client",
            "Client assertion subject and issuer differ.",
        ));
    }
    let not_registered = |reason: &str| {
        refused(
            700_027,
            "invalid_client",
            &format!(
                "The certificate with identifier used to sign the client assertion is not \
                      registered on application, or the signature is wrong. [Reason - {reason}]"
            ),
        )
    };
    let thumbprints: Vec<Vec<u8>> = [&heading.x5t, &heading.x5t_s256]
        .into_iter()
        .flatten()
        .filter_map(|text| bytes(text))
        .collect();
    if thumbprints.is_empty() {
        return Err(not_registered(
            "The key was not found: no x5t in the header.",
        ));
    }
    for certificate in &application.certificates {
        match certificate {
            Certificate::Thumbprint(registered) => {
                let registered = registered.replace(':', "");
                if thumbprints
                    .iter()
                    .any(|sent| hexadecimal(sent).eq_ignore_ascii_case(&registered))
                {
                    return Ok(());
                }
            }
            Certificate::Pem(pem) => {
                let Some(der) = der(pem) else { continue };
                let known = [Sha1::digest(&der).to_vec(), Sha256::digest(&der).to_vec()];
                if thumbprints.iter().all(|sent| known.contains(sent)) {
                    return verify(&der, &heading.alg, assertion)
                        .map_err(|reason| not_registered(&reason));
                }
            }
        }
    }
    Err(not_registered("The key was not found."))
}

fn check_federation(
    tokens: &Tokens,
    application: &Application,
    statement: &Statement,
    assertion: &str,
) -> Result<(), Box<Answer>> {
    let Statement { iss, sub, .. } = statement;
    let mut candidates = application
        .federated_credentials
        .iter()
        .filter(|known| known.issuer == *iss)
        .peekable();
    if candidates.peek().is_none() {
        return Err(unmatched(700_211, "issuer", iss));
    }
    let mut candidates = candidates.filter(|known| known.subject == *sub).peekable();
    if candidates.peek().is_none() {
        return Err(unmatched(700_213, "subject", sub));
    }
    if !candidates.any(|known| audiences(statement).any(|audience| audience == known.audience)) {
        return Err(unmatched(700_212, "audience", &statement.aud.to_string()));
    }
    // Tokens of other issuers cannot be verified here, because their keys are not available.
    if [GITHUB_ISSUER, DEVOPS_ISSUER].contains(&iss.as_str()) && !tokens.signed_here(assertion) {
        return Err(refused(
            5_000_811,
            "invalid_client",
            "Unable to verify token signature.",
        ));
    }
    Ok(())
}

fn unmatched(number: u32, what: &str, presented: &str) -> Box<Answer> {
    refused(
        number,
        "invalid_client",
        &format!(
            "No matching federated identity record found for presented assertion {what} '{presented}'."
        ),
    )
}

/// Verifies a signature with the key of a certificate.
fn verify(der: &[u8], algorithm: &str, assertion: &str) -> Result<(), String> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
    let info = certificate.public_key();
    let key_bits = info.subject_public_key.data.as_ref();
    let key = info.parsed().map_err(|error| error.to_string())?;
    let (key, algorithm) = match (key, algorithm) {
        (PublicKey::RSA(_), "RS256") => (DecodingKey::from_rsa_der(key_bits), Algorithm::RS256),
        (PublicKey::RSA(_), "PS256") => (DecodingKey::from_rsa_der(key_bits), Algorithm::PS256),
        (PublicKey::EC(_), "ES256") => (DecodingKey::from_ec_der(key_bits), Algorithm::ES256),
        _ => {
            return Err(format!(
                "the algorithm {algorithm} does not fit the certificate's key"
            ));
        }
    };
    let mut validation = Validation::new(algorithm);
    // The claims have already been checked.
    validation.validate_aud = false;
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(assertion, &key, &validation)
        .map(drop)
        .map_err(|error| error.to_string())
}

fn audiences(statement: &Statement) -> impl Iterator<Item = &str> {
    let many = statement
        .aud
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    statement
        .aud
        .as_str()
        .into_iter()
        .chain(many.iter().filter_map(Value::as_str))
}

fn der(pem: &str) -> Option<Vec<u8>> {
    x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes())
        .filter_map(Result::ok)
        .find(|block| block.label == "CERTIFICATE")
        .map(|block| block.contents)
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Decodes a thumbprint, which clients write in either base64 alphabet.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    URL_SAFE_NO_PAD
        .decode(text)
        .or_else(|_| STANDARD_NO_PAD.decode(text))
        .ok()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn refused(number: u32, error: &str, message: &str) -> Box<Answer> {
    Box::new(problem::answer(number, error, message))
}
