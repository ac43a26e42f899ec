//! The arguments of the provider block and their environment variables. One table serves the
//! schema, the resolution of values, and the documentation.

use std::fmt;

use tfplugin::schema::Validator;
use tfplugin::{Attribute, Diagnostic, Schema, Type, Value};

/// An argument of the provider block.
#[derive(Debug)]
pub struct Argument {
    /// The name of the argument.
    pub name: &'static str,
    /// The type of the value.
    pub form: Form,
    /// The environment variables that replace the argument. The first non-empty one applies.
    pub variables: &'static [&'static str],
    /// The description, as Markdown sentences.
    pub about: &'static str,
}

/// The type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string.
    Text,
    /// A secret string.
    Secret,
    /// A boolean.
    Bool,
    /// A list of strings, separated by `;` in environment variables.
    List,
}

/// A string with its origin, for messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// The string.
    pub value: String,
    /// The name of the argument.
    pub argument: &'static str,
    /// The environment variable, if the string does not come from the configuration.
    pub variable: Option<&'static str>,
}

/// The arguments of a configuration, with the environment as fallback.
pub struct Arguments<'a> {
    config: &'a Value,
    environment: Box<Environment<'a>>,
}

type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

const fn text(
    name: &'static str,
    variables: &'static [&'static str],
    about: &'static str,
) -> Argument {
    Argument {
        name,
        form: Form::Text,
        variables,
        about,
    }
}

const fn secret(
    name: &'static str,
    variables: &'static [&'static str],
    about: &'static str,
) -> Argument {
    Argument {
        name,
        form: Form::Secret,
        variables,
        about,
    }
}

const fn flag(
    name: &'static str,
    variables: &'static [&'static str],
    about: &'static str,
) -> Argument {
    Argument {
        name,
        form: Form::Bool,
        variables,
        about,
    }
}

/// All arguments. Their names and variables match those of `azurerm` and `azapi`.
pub const ARGUMENTS: &[Argument] = &[
    text(
        "subscription_id",
        &["ARM_SUBSCRIPTION_ID"],
        "ID of the subscription of agents that do not set `subscription_id`.",
    ),
    text(
        "tenant_id",
        &["ARM_TENANT_ID", "AZURE_TENANT_ID"],
        "ID of the Microsoft Entra tenant to sign in to.",
    ),
    Argument {
        name: "auxiliary_tenant_ids",
        form: Form::List,
        variables: &["ARM_AUXILIARY_TENANT_IDS"],
        about: "IDs of up to three additional tenants. The provider sends their tokens with \
                requests to ARM.",
    },
    text(
        "client_id",
        &["ARM_CLIENT_ID", "AZURE_CLIENT_ID"],
        "Client ID of the application to sign in as, or of the user-assigned identity if `use_msi` \
         is `true`.",
    ),
    text(
        "client_id_file_path",
        &["ARM_CLIENT_ID_FILE_PATH"],
        "Path of a file that contains the `client_id`.",
    ),
    secret(
        "client_secret",
        &["ARM_CLIENT_SECRET"],
        "Client secret of the application.",
    ),
    text(
        "client_secret_file_path",
        &["ARM_CLIENT_SECRET_FILE_PATH"],
        "Path of a file that contains the `client_secret`.",
    ),
    secret(
        "client_certificate",
        &["ARM_CLIENT_CERTIFICATE"],
        "Base64-encoded PKCS#12 bundle with the certificate and the private key of the \
         application.",
    ),
    text(
        "client_certificate_path",
        &["ARM_CLIENT_CERTIFICATE_PATH"],
        "Path of a PKCS#12 or PEM file with the certificate and the private key of the \
         application.",
    ),
    secret(
        "client_certificate_password",
        &["ARM_CLIENT_CERTIFICATE_PASSWORD"],
        "Password of the PKCS#12 bundle.",
    ),
    flag(
        "use_oidc",
        &["ARM_USE_OIDC"],
        "Whether to sign in with a token of another identity provider (OIDC). The token comes from \
         `oidc_token`, from a file, or from a pipeline. Defaults to `false`.",
    ),
    secret(
        "oidc_token",
        &["ARM_OIDC_TOKEN"],
        "OIDC token. The provider cannot renew this token during a long run.",
    ),
    text(
        "oidc_token_file_path",
        &["ARM_OIDC_TOKEN_FILE_PATH"],
        "Path of a file that contains the OIDC token. The provider reads the file again when it \
         needs a new token.",
    ),
    secret(
        "oidc_request_token",
        &[
            "ARM_OIDC_REQUEST_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "SYSTEM_ACCESSTOKEN",
        ],
        "Token with which the provider requests an OIDC token from the pipeline.",
    ),
    text(
        "oidc_request_url",
        &[
            "ARM_OIDC_REQUEST_URL",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "SYSTEM_OIDCREQUESTURI",
        ],
        "URL from which the provider requests an OIDC token of the pipeline.",
    ),
    text(
        "oidc_azure_service_connection_id",
        &[
            "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
            "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        ],
        "ID of the service connection of an Azure DevOps pipeline. If you set it, the provider \
         requests tokens from Azure DevOps; otherwise it requests them from GitHub.",
    ),
    flag(
        "use_aks_workload_identity",
        &["ARM_USE_AKS_WORKLOAD_IDENTITY"],
        "Whether to sign in with the workload identity of a pod. Arguments that you omit come from \
         `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_FEDERATED_TOKEN_FILE`. Defaults to \
         `false`.",
    ),
    flag(
        "use_msi",
        &["ARM_USE_MSI"],
        "Whether to sign in with the managed identity of the machine. Defaults to `false`.",
    ),
    text(
        "msi_endpoint",
        &["ARM_MSI_ENDPOINT"],
        "URL of the token endpoint for the managed identity, if it is not the default endpoint.",
    ),
    flag(
        "use_cli",
        &["ARM_USE_CLI"],
        "Whether to sign in through the Azure CLI if no other method is configured. Defaults to \
         `true`.",
    ),
    text(
        "environment",
        &["ARM_ENVIRONMENT"],
        "Cloud to use. Possible values are `public`, `usgovernment`, `china`, and `custom`, which \
         requires the addresses of the cloud. Defaults to `public`.",
    ),
    text(
        "active_directory_authority_host",
        &["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"],
        "URL of the sign-in authority. Overrides the default of the cloud.",
    ),
    text(
        "resource_manager_endpoint",
        &["ARM_RESOURCE_MANAGER_ENDPOINT"],
        "URL of ARM. Overrides the default of the cloud.",
    ),
    text(
        "resource_manager_audience",
        &["ARM_RESOURCE_MANAGER_AUDIENCE"],
        "Audience of ARM tokens. Overrides the default of the cloud.",
    ),
    text(
        "data_plane_audience",
        &["AZURESRE_DATA_PLANE_AUDIENCE"],
        "Audience of tokens for the data plane of agents. Defaults to `https://azuresre.dev`.",
    ),
    Argument {
        name: "data_plane_hosts",
        form: Form::List,
        variables: &["AZURESRE_DATA_PLANE_HOSTS"],
        about: "Domains of data planes to which the provider may send tokens, in addition to \
                `azuresre.ai`.",
    },
    text(
        "api_version",
        &["AZURESRE_API_VERSION"],
        "Version of the ARM API for agents: `2025-05-01-preview` or `2026-01-01`. `2026-01-01` \
         supports fewer arguments, and the plan reports those that it does not support. Objects \
         inside agents always use the preview version, because no other version supports them. \
         Defaults to `2025-05-01-preview`.",
    ),
    text(
        "plane",
        &["AZURESRE_PLANE"],
        "Plane of the objects that do not set `plane`. Possible values are `arm` and `data_plane`. \
         Many tenants accept objects inside an agent only on the data plane. Defaults to `arm`.",
    ),
    text(
        "partner_id",
        &["ARM_PARTNER_ID"],
        "GUID of the partner to which Microsoft attributes the usage.",
    ),
    text(
        "correlation_request_id",
        &["ARM_CORRELATION_REQUEST_ID"],
        "Correlation ID with which Azure support can find the requests of a run. Defaults to a \
         random ID.",
    ),
    text(
        "emulator",
        &["AZURESRE_EMULATOR"],
        "URL of an emulator, such as `http://127.0.0.1:7575`. The provider sends all requests to \
         it and needs no other argument.",
    ),
];

/// Returns the schema of the provider block.
pub fn schema() -> Schema {
    let mut schema = Schema {
        description:
            "Use the azuresre provider to manage Azure SRE Agent: agents and the objects inside \
             them, on Azure Resource Manager (ARM) and on the data plane of each agent."
                .to_owned(),
        ..Schema::default()
    };
    for argument in ARGUMENTS {
        let about = described(argument);
        let attribute = match argument.form {
            Form::Text => Attribute::string(about),
            Form::Secret => Attribute::string(about).sensitive(),
            Form::Bool => Attribute::bool(about),
            Form::List => Attribute::new(Type::list(Type::String), about),
        };
        let attribute = match argument.name {
            "plane" => attribute.validator(Validator::one_of(&["arm", "data_plane"], false)),
            "environment" => attribute.validator(Validator::one_of(
                &["public", "usgovernment", "china", "custom"],
                true,
            )),
            "auxiliary_tenant_ids" => attribute.validator(Validator::at_most(3)),
            _ => attribute,
        };
        schema
            .attributes
            .insert(argument.name.to_owned(), attribute);
    }
    schema
}

fn described(argument: &Argument) -> String {
    let variables: Vec<_> = argument
        .variables
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let instead = match variables.as_slice() {
        [] => String::new(),
        [one] => format!(" You can also set it with the environment variable {one}."),
        several => format!(
            " You can also set it with an environment variable, the first that is set of {}.",
            several.join(", ")
        ),
    };
    format!("{}{instead}", argument.about)
}

impl<'a> Arguments<'a> {
    /// Creates the arguments of a configuration, with an environment as fallback.
    pub fn new(config: &'a Value, environment: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self {
            config,
            environment: Box::new(environment),
        }
    }

    /// Returns the names of arguments that are not known yet.
    pub fn unknown(&self) -> Vec<String> {
        let names = ARGUMENTS.iter().map(|argument| argument.name);
        let unknown = names.filter(|name| !self.config.get(name).is_wholly_known());
        unknown.map(str::to_owned).collect()
    }

    /// Returns a string from the configuration, or else from the environment.
    pub fn text(&self, name: &str) -> Option<Given> {
        let argument = ARGUMENTS.iter().find(|argument| argument.name == name)?;
        match self.config.get(name) {
            Value::String(value) if !value.is_empty() => Some(Given {
                value: value.clone(),
                argument: argument.name,
                variable: None,
            }),
            Value::Null => argument.variables.iter().find_map(|variable| {
                let value = (self.environment)(variable).filter(|value| !value.is_empty())?;
                Some(Given {
                    value,
                    argument: argument.name,
                    variable: Some(variable),
                })
            }),
            _ => None,
        }
    }

    /// Returns one of two alternative arguments. A configured one takes precedence over the
    /// variables of both.
    pub fn either(&self, one: &str, other: &str) -> Option<Given> {
        let (one, other) = (self.text(one), self.text(other));
        match (&one, &other) {
            (Some(given), Some(configured))
                if given.variable.is_some() && configured.variable.is_none() =>
            {
                other
            }
            _ => one.or(other),
        }
    }

    /// Returns a boolean from the configuration, or else from the environment.
    ///
    /// # Errors
    /// Returns an error if the variable is not a valid boolean.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, Diagnostic> {
        if let Value::Bool(value) = self.config.get(name) {
            return Ok(*value);
        }
        let Some(given) = self.text(name) else {
            return Ok(default);
        };
        match given.value.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(given.invalid("it must be `true` or `false`")),
        }
    }

    /// Returns a list of strings from the configuration, or else from the environment.
    pub fn list(&self, name: &str) -> Vec<String> {
        let items = self.config.get(name).elements();
        if let Some(items) = items {
            return items
                .into_iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect();
        }
        let given = self.text(name).map(|given| given.value).unwrap_or_default();
        given
            .split(';')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Returns how to set an argument, for messages about a missing one.
    pub fn how_to_set(name: &str) -> String {
        let argument = ARGUMENTS.iter().find(|argument| argument.name == name);
        match argument.and_then(|argument| argument.variables.first()) {
            Some(variable) => format!("`{name}` (or the environment variable {variable})"),
            None => format!("`{name}`"),
        }
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value is left out, because it may be secret.
        let Self {
            argument, variable, ..
        } = self;
        write!(f, "{argument} of {variable:?}")
    }
}

impl Given {
    /// Returns an error about this string. It does not quote the string, which may be secret.
    pub fn invalid(&self, reason: &str) -> Diagnostic {
        let source = match self.variable {
            Some(variable) => format!("the environment variable {variable}"),
            None => format!("the argument `{}`", self.argument),
        };
        Diagnostic::error(
            format!("Invalid provider argument {:?}", self.argument),
            format!("The value of {source} is invalid: {reason}."),
        )
        .at(self.argument)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(members: &[(&str, Value)]) -> Value {
        let mut config = Value::map(ARGUMENTS.iter().map(|a| (a.name, Value::Null)));
        members
            .iter()
            .for_each(|(name, value)| config.set(name, value.clone()));
        config
    }

    fn environment(name: &str) -> Option<String> {
        match name {
            "ARM_CLIENT_ID" => Some(String::new()),
            "AZURE_CLIENT_ID" => Some("from-azure".into()),
            "ARM_USE_MSI" => Some("True".into()),
            "ARM_USE_CLI" => Some("maybe".into()),
            "ARM_AUXILIARY_TENANT_IDS" => Some("a; b;".into()),
            _ => None,
        }
    }

    #[test]
    fn configuration_takes_precedence_over_the_environment() {
        let config = config(&[("client_id", "configured".into())]);
        let arguments = Arguments::new(&config, environment);
        assert_eq!(arguments.text("client_id").unwrap().value, "configured");
    }

    #[test]
    fn first_non_empty_variable_applies() {
        let config = config(&[]);
        let given = Arguments::new(&config, environment)
            .text("client_id")
            .unwrap();
        assert_eq!(
            (given.value.as_str(), given.variable),
            ("from-azure", Some("AZURE_CLIENT_ID"))
        );
    }

    #[test]
    fn booleans_of_the_environment_are_parsed() {
        let config = config(&[]);
        let arguments = Arguments::new(&config, environment);
        assert_eq!(arguments.flag("use_msi", false), Ok(true));
        assert_eq!(arguments.flag("use_oidc", false), Ok(false));
        let error = arguments.flag("use_cli", true).unwrap_err();
        assert!(error.detail.contains("ARM_USE_CLI"));
    }

    #[test]
    fn lists_of_the_environment_are_split() {
        let config = config(&[]);
        assert_eq!(
            Arguments::new(&config, environment).list("auxiliary_tenant_ids"),
            ["a", "b"]
        );
    }

    #[test]
    fn unknown_arguments_are_named() {
        let config = config(&[("client_secret", Value::Unknown)]);
        assert_eq!(
            Arguments::new(&config, environment).unknown(),
            ["client_secret"]
        );
    }
}
