//! Every argument of the provider block with its environment variables: one table for the schema,
//! for resolution and for the documentation.

use std::fmt;

use tfplugin::schema::Validator;
use tfplugin::{Attribute, Diagnostic, Schema, Type, Value};

/// An argument of the provider block.
#[derive(Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub form: Form,
    /// The environment variables that stand in for it; the first that is not empty counts.
    pub variables: &'static [&'static str],
    /// What it is, as Markdown sentences.
    pub about: &'static str,
}

/// What an argument holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// Text that nobody may see.
    Secret,
    /// `true` or `false`.
    Bool,
    /// Texts; in the environment separated by `;`.
    List,
}

/// A text and where it came from, for messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Given {
    /// The text.
    pub value: String,
    /// The argument that it stands for.
    pub argument: &'static str,
    /// The environment variable, if it did not come from the configuration.
    pub variable: Option<&'static str>,
}

/// The arguments of one configuration with the environment behind them.
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

/// All arguments. The names and variables are those that users of `azurerm` and `azapi` know.
pub const ARGUMENTS: &[Argument] = &[
    text(
        "subscription_id",
        &["ARM_SUBSCRIPTION_ID"],
        "The subscription of agents that name none.",
    ),
    text(
        "tenant_id",
        &["ARM_TENANT_ID", "AZURE_TENANT_ID"],
        "The Entra tenant to sign in to.",
    ),
    Argument {
        name: "auxiliary_tenant_ids",
        form: Form::List,
        variables: &["ARM_AUXILIARY_TENANT_IDS"],
        about: "Further tenants, at most three, whose tokens go along with requests to ARM.",
    },
    text(
        "client_id",
        &["ARM_CLIENT_ID", "AZURE_CLIENT_ID"],
        "The application to sign in as, or the user-assigned identity with `use_msi`.",
    ),
    text(
        "client_id_file_path",
        &["ARM_CLIENT_ID_FILE_PATH"],
        "A file that holds the `client_id`.",
    ),
    secret(
        "client_secret",
        &["ARM_CLIENT_SECRET"],
        "A secret of the application.",
    ),
    text(
        "client_secret_file_path",
        &["ARM_CLIENT_SECRET_FILE_PATH"],
        "A file that holds the `client_secret`.",
    ),
    secret(
        "client_certificate",
        &["ARM_CLIENT_CERTIFICATE"],
        "A certificate of the application with its key, as PKCS#12 in base64.",
    ),
    text(
        "client_certificate_path",
        &["ARM_CLIENT_CERTIFICATE_PATH"],
        "A file that holds the certificate with its key, as PKCS#12 or PEM.",
    ),
    secret(
        "client_certificate_password",
        &["ARM_CLIENT_CERTIFICATE_PASSWORD"],
        "The password of the PKCS#12.",
    ),
    flag(
        "use_oidc",
        &["ARM_USE_OIDC"],
        "Whether to sign in with a token of another identity provider: one given, one in a file, or \
         one that a pipeline issues.",
    ),
    secret(
        "oidc_token",
        &["ARM_OIDC_TOKEN"],
        "The token. It cannot be renewed in a long run.",
    ),
    text(
        "oidc_token_file_path",
        &["ARM_OIDC_TOKEN_FILE_PATH"],
        "A file that holds the token; it is read again when a new one is needed.",
    ),
    secret(
        "oidc_request_token",
        &[
            "ARM_OIDC_REQUEST_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "SYSTEM_ACCESSTOKEN",
        ],
        "What to ask the pipeline with.",
    ),
    text(
        "oidc_request_url",
        &[
            "ARM_OIDC_REQUEST_URL",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "SYSTEM_OIDCREQUESTURI",
        ],
        "Where to ask the pipeline.",
    ),
    text(
        "oidc_azure_service_connection_id",
        &[
            "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
            "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        ],
        "The service connection of an Azure DevOps pipeline. With it the pipeline is taken for one of \
         Azure DevOps, and without it for one of GitHub.",
    ),
    flag(
        "use_aks_workload_identity",
        &["ARM_USE_AKS_WORKLOAD_IDENTITY"],
        "Whether to sign in with the workload identity of a pod. What is not given comes from \
         `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_FEDERATED_TOKEN_FILE`.",
    ),
    flag(
        "use_msi",
        &["ARM_USE_MSI"],
        "Whether to sign in with the managed identity of the machine.",
    ),
    text(
        "msi_endpoint",
        &["ARM_MSI_ENDPOINT"],
        "The URL at which the machine gives tokens to its managed identity, if it is not the usual one.",
    ),
    flag(
        "use_cli",
        &["ARM_USE_CLI"],
        "Whether to sign in as whoever is signed in to the Azure CLI, when nothing else is \
         configured; `true` by default.",
    ),
    text(
        "environment",
        &["ARM_ENVIRONMENT"],
        "The cloud: `public` (the default), `usgovernment` or `china`; or `custom`, with the addresses of one.",
    ),
    text(
        "active_directory_authority_host",
        &["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"],
        "Where to sign in, instead of the cloud's own address.",
    ),
    text(
        "resource_manager_endpoint",
        &["ARM_RESOURCE_MANAGER_ENDPOINT"],
        "The address of ARM, instead of the cloud's own.",
    ),
    text(
        "resource_manager_audience",
        &["ARM_RESOURCE_MANAGER_AUDIENCE"],
        "For whom ARM tokens are issued, instead of the cloud's own audience.",
    ),
    text(
        "data_plane_audience",
        &["AZURESRE_DATA_PLANE_AUDIENCE"],
        "For whom tokens for the data plane of agents are issued; `https://azuresre.dev` by default.",
    ),
    Argument {
        name: "data_plane_hosts",
        form: Form::List,
        variables: &["AZURESRE_DATA_PLANE_HOSTS"],
        about: "Domains of data planes that may be trusted with a token, besides `azuresre.ai`.",
    },
    text(
        "api_version",
        &["AZURESRE_API_VERSION"],
        "The version of the ARM API that agents are managed with: `2025-05-01-preview` (the default) or \
         `2026-01-01`, which knows fewer arguments; the plan says which. What is inside agents is managed \
         with the preview, since no other version has it.",
    ),
    text(
        "plane",
        &["AZURESRE_PLANE"],
        "Where objects are kept that name no `plane`: `arm` (the default) or `data_plane`. Many \
         tenants take objects inside an agent on the data plane only.",
    ),
    text(
        "partner_id",
        &["ARM_PARTNER_ID"],
        "A GUID that the usage is attributed to.",
    ),
    text(
        "correlation_request_id",
        &["ARM_CORRELATION_REQUEST_ID"],
        "The id by which support finds the requests of a run; a random one by default.",
    ),
    text(
        "emulator",
        &["AZURESRE_EMULATOR"],
        "The URL of an emulator, such as `http://127.0.0.1:7575`. Everything goes there, and no other \
         argument is needed.",
    ),
];

/// The shape of the provider block.
pub fn schema() -> Schema {
    let mut schema = Schema {
        description:
            "Manages Azure SRE Agent: agents, and everything inside them, on ARM and on the \
                      data plane of each agent."
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
        [one] => format!(" Environment: {one}."),
        several => format!(
            " Environment, the first that is set: {}.",
            several.join(", ")
        ),
    };
    format!("{}{instead}", argument.about)
}

impl<'a> Arguments<'a> {
    /// The arguments of a configuration, with an environment behind them.
    pub fn new(config: &'a Value, environment: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self {
            config,
            environment: Box::new(environment),
        }
    }

    /// The names of arguments whose values are not known yet.
    pub fn unknown(&self) -> Vec<String> {
        let names = ARGUMENTS.iter().map(|argument| argument.name);
        let unknown = names.filter(|name| !self.config.get(name).is_wholly_known());
        unknown.map(str::to_owned).collect()
    }

    /// A text, from the configuration or else from the environment.
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

    /// The one of two forms of an argument that counts: a configured one goes before the variables
    /// of either.
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

    /// A truth value, from the configuration or else from the environment.
    ///
    /// # Errors
    /// A variable that is neither true nor false.
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

    /// A list of texts, from the configuration or else from the environment.
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

    /// How to give an argument, for messages about one that is missing.
    pub fn how_to_give(name: &str) -> String {
        let argument = ARGUMENTS.iter().find(|argument| argument.name == name);
        match argument.and_then(|argument| argument.variables.first()) {
            Some(variable) => format!("`{name}` (or the environment variable {variable})"),
            None => format!("`{name}`"),
        }
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Many of these are secrets.
        let Self {
            argument, variable, ..
        } = self;
        write!(f, "{argument} of {variable:?}")
    }
}

impl Given {
    /// An error about this text. The text itself is not quoted: it may be secret.
    pub fn invalid(&self, reason: &str) -> Diagnostic {
        let source = match self.variable {
            Some(variable) => format!("the environment variable {variable}"),
            None => format!("the argument `{}`", self.argument),
        };
        Diagnostic::error(
            format!("Invalid provider argument {:?}", self.argument),
            format!("The value comes from {source}: {reason}."),
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
    fn configuration_goes_before_the_environment() {
        let config = config(&[("client_id", "configured".into())]);
        let arguments = Arguments::new(&config, environment);
        assert_eq!(arguments.text("client_id").unwrap().value, "configured");
    }

    #[test]
    fn the_first_variable_that_is_not_empty_counts() {
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
    fn truth_values_of_the_environment_are_parsed() {
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
