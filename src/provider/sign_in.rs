//! The choice of the sign-in method.
//!
//! The first method that the arguments request is used, and what it lacks is an error. Methods are
//! not tried in turn. The order is: a certificate, a secret, a token of another identity provider
//! (`use_oidc`), a workload identity, a managed identity, and finally the Azure CLI.

use std::path::PathBuf;

use azure::credentials::{Method, OidcIssuer};
use base64::Engine as _;
use secrecy::{SecretSlice, SecretString};
use tfplugin::Diagnostic;
use url::Url;

use super::arguments::{Arguments, Given};

/// Chooses a method and collects its parameters.
pub(crate) fn choose(arguments: &Arguments<'_>) -> Result<Method, Diagnostic> {
    let given = |name: &str| arguments.text(name).is_some();
    if given("client_certificate") || given("client_certificate_path") {
        return certificate(arguments);
    }
    if given("client_secret") || given("client_secret_file_path") {
        return Ok(Method::ClientSecret {
            client_id: client_id(arguments, "a client secret")?,
            client_secret: SecretString::from(client_secret(arguments)?),
        })
        .and_then(|method| with_tenant(arguments, method));
    }
    if arguments.flag("use_oidc", false)? {
        return oidc(arguments).and_then(|method| with_tenant(arguments, method));
    }
    if arguments.flag("use_aks_workload_identity", false)? {
        return Ok(Method::WorkloadIdentity {
            client_id: optional_client_id(arguments)?,
            token_file: arguments
                .text("oidc_token_file_path")
                .map(|g| PathBuf::from(g.value)),
        });
    }
    if arguments.flag("use_msi", false)? {
        return Ok(Method::ManagedIdentity {
            client_id: optional_client_id(arguments)?,
        });
    }
    if arguments.flag("use_cli", true)? {
        return Ok(Method::AzureCli);
    }
    Err(Diagnostic::error(
        "No sign-in method is configured",
        "`use_cli` is `false`, and no other sign-in method is configured. Set one of \
         `client_secret`, `client_certificate_path`, `use_oidc`, `use_aks_workload_identity` and \
         `use_msi`, set `use_cli` to `true`, or set `emulator`.",
    ))
}

/// Returns why [`choose`] chooses its method: the argument that requests it, and the origin of that
/// argument.
pub(crate) fn reason(arguments: &Arguments<'_>) -> String {
    let asks = [
        "client_certificate",
        "client_certificate_path",
        "client_secret",
        "client_secret_file_path",
    ];
    let flags = ["use_oidc", "use_aks_workload_identity", "use_msi"];
    let text = asks.into_iter().find(|name| arguments.text(name).is_some());
    let asked = text.or_else(|| {
        let is_set = |name: &&str| arguments.flag(name, false) == Ok(true);
        flags.into_iter().find(is_set)
    });
    let Some(asked) = asked else {
        return "no other method is configured".to_owned();
    };
    match arguments.text(asked).and_then(|given| given.variable) {
        Some(variable) => format!("{variable} is set"),
        None => format!("`{asked}` is set"),
    }
}

fn certificate(arguments: &Arguments<'_>) -> Result<Method, Diagnostic> {
    let given = arguments
        .either("client_certificate", "client_certificate_path")
        .ok_or_else(|| missing("a client certificate", "client_certificate_path"))?;
    let certificate = if given.argument == "client_certificate" {
        let compact: String = given.value.split_whitespace().collect();
        let decoded = base64::engine::general_purpose::STANDARD.decode(compact);
        decoded.map_err(|_| given.invalid("it must be a base64-encoded PKCS#12 bundle"))?
    } else {
        std::fs::read(&given.value).map_err(|error| unreadable(&given, &error))?
    };
    let password = arguments.text("client_certificate_password");
    let method = Method::ClientCertificate {
        client_id: client_id(arguments, "a client certificate")?,
        certificate: SecretSlice::from(certificate),
        password: password.map(|given| SecretString::from(given.value)),
    };
    with_tenant(arguments, method)
}

fn oidc(arguments: &Arguments<'_>) -> Result<Method, Diagnostic> {
    let client_id = client_id(arguments, "OIDC")?;
    if let Some(given) = arguments.text("oidc_token") {
        return Ok(Method::OidcToken {
            client_id,
            token: SecretString::from(given.value),
        });
    }
    if let Some(given) = arguments.text("oidc_token_file_path") {
        return Ok(Method::OidcTokenFile {
            client_id,
            path: PathBuf::from(given.value),
        });
    }
    let connection = arguments.text("oidc_azure_service_connection_id");
    let (Some(url), Some(token)) = (
        arguments.text("oidc_request_url"),
        arguments.text("oidc_request_token"),
    ) else {
        return Err(Diagnostic::error(
            "No OIDC token is configured",
            format!(
                "Set {}, {}, or both {} and {}. GitHub Actions sets the last two for jobs with \
                 `permissions: id-token: write`. In Azure DevOps, map `SYSTEM_ACCESSTOKEN` into \
                 the step.",
                Arguments::how_to_set("oidc_token"),
                Arguments::how_to_set("oidc_token_file_path"),
                Arguments::how_to_set("oidc_request_url"),
                Arguments::how_to_set("oidc_request_token"),
            ),
        )
        .at("use_oidc"));
    };
    Ok(Method::OidcRequest {
        client_id,
        issuer: connection.map_or(OidcIssuer::GitHub, |given| OidcIssuer::AzureDevOps {
            service_connection_id: given.value,
        }),
        url: Url::parse(&url.value).map_err(|_| url.invalid("it is not a URL"))?,
        token: SecretString::from(token.value),
    })
}

fn client_secret(arguments: &Arguments<'_>) -> Result<String, Diagnostic> {
    text_or_file(arguments, "client_secret", "client_secret_file_path")?
        .ok_or_else(|| missing("a client secret", "client_secret"))
}

fn client_id(arguments: &Arguments<'_>, method: &str) -> Result<String, Diagnostic> {
    optional_client_id(arguments)?.ok_or_else(|| missing(method, "client_id"))
}

fn optional_client_id(arguments: &Arguments<'_>) -> Result<Option<String>, Diagnostic> {
    text_or_file(arguments, "client_id", "client_id_file_path")
}

fn with_tenant(arguments: &Arguments<'_>, method: Method) -> Result<Method, Diagnostic> {
    match arguments.text("tenant_id") {
        Some(_) => Ok(method),
        None => Err(missing(method.name(), "tenant_id")),
    }
}

fn text_or_file(
    arguments: &Arguments<'_>,
    text: &str,
    file: &str,
) -> Result<Option<String>, Diagnostic> {
    let Some(given) = arguments.either(text, file) else {
        return Ok(None);
    };
    if given.argument == text {
        return Ok(Some(given.value));
    }
    let text = std::fs::read_to_string(&given.value).map_err(|error| unreadable(&given, &error))?;
    match text.trim() {
        "" => Err(given.invalid("the file is empty")),
        text => Ok(Some(text.to_owned())),
    }
}

fn unreadable(given: &Given, error: &std::io::Error) -> Diagnostic {
    given.invalid(&format!("cannot read the file {:?}: {error}", given.value))
}

fn missing(method: &str, argument: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Missing {argument:?} for sign-in with {method}"),
        format!("Set {}.", Arguments::how_to_set(argument)),
    )
    .at(argument)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tfplugin::Value;

    use super::super::arguments::ARGUMENTS;
    use super::*;

    fn chosen(variables: &'static [(&str, &str)]) -> Result<Method, Diagnostic> {
        let config = Value::map(
            ARGUMENTS
                .iter()
                .map(|argument| (argument.name, Value::Null)),
        );
        let environment = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        choose(&Arguments::new(&config, environment))
    }

    const APP: [(&str, &str); 2] = [("ARM_CLIENT_ID", "c"), ("ARM_TENANT_ID", "t")];

    #[rstest]
    #[case(&[], "Azure CLI")]
    #[case(&[APP[0], APP[1], ("ARM_CLIENT_SECRET", "s")], "client secret")]
    #[case(&[APP[0], APP[1], ("ARM_CLIENT_SECRET", "s"), ("ARM_USE_MSI", "true")], "client secret")]
    #[case(&[("ARM_USE_MSI", "1")], "managed identity")]
    #[case(&[("ARM_USE_AKS_WORKLOAD_IDENTITY", "true")], "AKS workload identity")]
    fn first_requested_method_is_chosen(
        #[case] variables: &'static [(&str, &str)],
        #[case] name: &str,
    ) {
        assert_eq!(
            chosen(variables).unwrap().name().to_lowercase(),
            name.to_lowercase()
        );
    }

    #[rstest]
    #[case(&[], "no other method is configured")]
    #[case(&[("ARM_CLIENT_SECRET", "s"), ("ARM_USE_MSI", "true")], "ARM_CLIENT_SECRET is set")]
    #[case(&[("ARM_USE_OIDC", "false"), ("ARM_USE_MSI", "true")], "ARM_USE_MSI is set")]
    fn reason_names_the_variable(#[case] variables: &'static [(&str, &str)], #[case] told: &str) {
        let config = Value::map(
            ARGUMENTS
                .iter()
                .map(|argument| (argument.name, Value::Null)),
        );
        let environment = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(reason(&Arguments::new(&config, environment)), told);
    }

    #[rstest]
    #[case(&[("ARM_CLIENT_SECRET", "s")], "client_id")]
    #[case(&[("ARM_CLIENT_SECRET", "s"), ("ARM_CLIENT_ID", "c")], "tenant_id")]
    #[case(&[("ARM_USE_OIDC", "true"), APP[0], APP[1]], "use_oidc")]
    #[case(&[("ARM_CLIENT_CERTIFICATE", "%"), APP[0], APP[1]], "client_certificate")]
    fn missing_arguments_are_named(
        #[case] variables: &'static [(&str, &str)],
        #[case] argument: &str,
    ) {
        let error = chosen(variables).unwrap_err();
        assert_eq!(error.path.to_string(), argument, "{error}");
    }

    #[test]
    fn missing_method_is_an_error_that_lists_the_choices() {
        let error = chosen(&[("ARM_USE_CLI", "false")]).unwrap_err();
        assert!(error.detail.contains("use_oidc"));
    }
}
