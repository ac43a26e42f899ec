//! Explanations of why there is no token.

use std::error::Error as StdError;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, ErrorKind, Facts};

/// Explains failures without revealing the secrets involved.
#[derive(Default)]
pub(super) struct Failures {
    pub(super) secrets: Vec<SecretString>,
    /// Advice for a failure of this method without more specific advice. `{audience}` stands for
    /// the audience.
    pub(super) remedy: Option<&'static str>,
}

/// Codes of Entra ID that have specific advice.
const REMEDIES: [(&str, &str); 8] = [
    (
        "AADSTS7000215",
        "correct the client secret. Use the value of the secret, not its ID",
    ),
    (
        "AADSTS7000222",
        "create a new client secret. The current one has expired",
    ),
    (
        "AADSTS700016",
        "check the client ID and the tenant. The application does not exist in this tenant",
    ),
    ("AADSTS90002", "check the tenant ID. No tenant has this ID"),
    (
        "AADSTS700027",
        "check that the certificate is added to the app registration",
    ),
    (
        "AADSTS70021",
        "compare the issuer, subject and audience of the application's federated credential with \
         the values in the message",
    ),
    (
        "AADSTS500011",
        "check the audience. The tenant has no service with this name. Data-plane tokens require \
         the Azure SRE Agent service in the tenant",
    ),
    (
        "AADSTS65001",
        "sign in again and grant consent for this audience",
    ),
];

impl Failures {
    pub(super) fn explain(
        &self,
        method: &str,
        audience: &str,
        tenant: Option<&str>,
        error: &azure_core::Error,
    ) -> Error {
        let message = self.scrub(&said(error));
        let code = entra_code(&message);
        let tenant = tenant
            .map(|tenant| format!(" in tenant {tenant}"))
            .unwrap_or_default();
        let remedy = code
            .as_deref()
            .and_then(|code| REMEDIES.iter().find(|(known, _)| code.starts_with(known)))
            .map(|(_, remedy)| *remedy)
            .or(self.remedy);
        let cause = format!("cannot get a token for {audience}{tenant} with {method}: {message}");
        let error = Error::new(ErrorKind::Credential, cause).with_facts(Facts {
            code,
            message: Some(message),
            ..Facts::default()
        });
        match remedy {
            Some(remedy) => error.with_remedy(remedy.replace("{audience}", audience)),
            None => error,
        }
    }

    /// Removes secrets from a message, because some sign-in endpoints repeat the request in their
    /// errors.
    fn scrub(&self, message: &str) -> String {
        let secrets = self.secrets.iter().map(ExposeSecret::expose_secret);
        secrets
            .filter(|secret| !secret.is_empty())
            .fold(message.to_owned(), |text, secret| {
                text.replace(secret, "<redacted>")
            })
    }
}

/// Returns the first code such as `AADSTS7000215`.
fn entra_code(message: &str) -> Option<String> {
    let start = message.find("AADSTS")?;
    let digits = message[start + 6..]
        .chars()
        .take_while(char::is_ascii_digit)
        .count();
    (digits > 0).then(|| message[start..start + 6 + digits].to_owned())
}

/// Returns the message of the server that refused. The library surrounds it with remarks about its
/// credentials and its retries.
fn said(error: &azure_core::Error) -> String {
    let mut words = String::new();
    let mut chain: Vec<&(dyn StdError + 'static)> = vec![error];
    while let Some(inner) = chain.last().and_then(|error| inner(*error)) {
        chain.push(inner);
    }
    for error in chain.into_iter().rev() {
        let outer = one_line(&error.to_string());
        let is_remark = outer.contains("authentication failed.");
        if words.is_empty() || (outer.contains(&words) && !is_remark) {
            words = outer;
        }
    }
    words
}

fn inner<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<azure_core::Error>() {
        // The source of an `io::Error` is the source of the error inside.
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    }
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_names_method_audience_and_code_but_no_secret() {
        let failures = Failures {
            secrets: vec!["hunter2".into()],
            remedy: None,
        };
        let kind = || azure_core::error::ErrorKind::Credential;
        let error =
            azure_core::Error::with_message(kind(), "AADSTS7000215: `hunter2`\r\n is wrong");
        let remark = "ClientSecretCredential authentication failed. AADSTS7000215: `hunter2`";
        let error = azure_core::Error::with_error(kind(), error, remark);
        let error = failures.explain("client secret", "https://azuresre.dev", Some("t"), &error);
        assert_eq!(error.kind(), ErrorKind::Credential);
        assert_eq!(error.code(), Some("AADSTS7000215"));
        assert_eq!(
            error.to_string(),
            "sign-in failed (AADSTS7000215): cannot get a token for https://azuresre.dev in tenant t \
             with client secret: AADSTS7000215: `<redacted>` is wrong"
        );
        assert!(error.remedy().unwrap().contains("client secret"));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
