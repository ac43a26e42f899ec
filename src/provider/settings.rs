//! Conversion of the arguments to a session.

use std::sync::Arc;

use azure::cloud::{CustomCloud, parse_endpoint};
use azure::credentials::{self, CredentialSettings};
use azure::wire::Wire;
use azure::{Client, ClientConfig, Cloud, HostPolicy};
use secrecy::SecretString;
use tfplugin::{Diagnostic, Diagnostics};
use url::Url;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::arguments::{Arguments, Given};
use super::sign_in;
use crate::kind::{Plane, RELEASED, UnknownPlane};
use crate::lifecycle::sentence;
use crate::session::Session;

/// The token that every emulator accepts.
const EMULATOR_TOKEN: &str = "azuresre-emulator-token";

/// The default subscription for agents in an emulator, which accepts any.
const EMULATOR_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// Checks the arguments, some of which may be unknown.
pub(crate) fn validate(arguments: &Arguments<'_>, diagnostics: &mut Diagnostics) {
    let urls = [
        "active_directory_authority_host",
        "resource_manager_endpoint",
        "oidc_request_url",
        "emulator",
    ];
    diagnostics.extend(
        urls.into_iter()
            .filter_map(|name| url(arguments, name).err()),
    );
    for name in ["subscription_id", "partner_id", "correlation_request_id"] {
        if let Some(given) = arguments.text(name)
            && !is_guid(&given.value)
        {
            let form = "it must be a GUID such as `00000000-0000-0000-0000-000000000000`";
            diagnostics.push(given.invalid(form));
        }
    }
    if let Some(given) = arguments.text("api_version")
        && !RELEASED.contains(&given.value.as_str())
    {
        let detail = format!(
            "The provider sends {:?} unchanged. The released versions are {}. The provider cannot \
             tell whether the service offers other versions, and what they support.",
            given.value,
            RELEASED.map(|version| format!("`{version}`")).join(" and ")
        );
        diagnostics.push(Diagnostic::warning("Unknown API version", detail).at("api_version"));
    }
    for (one, other) in [
        ("client_secret", "client_secret_file_path"),
        ("client_certificate", "client_certificate_path"),
        ("client_id", "client_id_file_path"),
    ] {
        let configured = |name| {
            arguments
                .text(name)
                .is_some_and(|given| given.variable.is_none())
        };
        if configured(one) && configured(other) {
            let detail = format!("Set either `{one}` or `{other}`, but not both.");
            diagnostics.push(Diagnostic::error("Conflicting arguments", detail).at(other));
        }
    }
}

/// Returns the configuration of the client.
pub(crate) fn client_config(
    arguments: &Arguments<'_>,
    version: &str,
    host_version: &str,
) -> Result<ClientConfig, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    validate(arguments, &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let mut config = match url(arguments, "emulator")? {
        Some(emulator) => emulated(&emulator)?,
        None => real(arguments)?,
    };
    config.user_agent = format!("terraform-provider-azuresre/{version} terraform/{host_version}");
    config.partner_id = arguments.text("partner_id").map(|given| given.value);
    if let Some(given) = arguments.text("correlation_request_id") {
        config.correlation_request_id = Some(given.value);
    }
    if let Some(given) = arguments.text("api_version") {
        config.api_version = given.value;
    }
    if let Some(given) = arguments.text("data_plane_audience") {
        config.data_plane_audience = given.value;
    }
    let plane = arguments.text("plane");
    let plane = plane.and_then(|plane| plane.value.parse::<Plane>().ok());
    config.expects_data_planes = plane == Some(Plane::DataPlane);
    Ok(config)
}

/// Warns about a configuration that is probably unintended: the environment selects an emulator,
/// although the provider block contains credentials.
pub(crate) fn surprises(arguments: &Arguments<'_>) -> Option<Diagnostic> {
    let emulator = arguments.text("emulator")?;
    let variable = emulator.variable?;
    let credentials = [
        "client_id",
        "client_secret",
        "client_certificate",
        "client_certificate_path",
        "oidc_token",
    ];
    let is_configured = |name: &&str| {
        let given = arguments.text(name);
        given.is_some_and(|given| given.variable.is_none())
    };
    let configured: Vec<String> = credentials
        .iter()
        .filter(|name| is_configured(name))
        .map(|name| format!("`{name}`"))
        .collect();
    if configured.is_empty() {
        return None;
    }
    let detail = format!(
        "The environment variable {variable} directs all requests to {}, so the provider does not \
         use Azure although the provider block sets {}. To use Azure, unset the variable.",
        emulator.value,
        configured.join(", ")
    );
    Some(Diagnostic::warning(
        "The provider uses the emulator instead of Azure",
        detail,
    ))
}

/// Creates the session without sending requests. Invalid credentials fail when they are first used.
pub(crate) fn session(
    arguments: &Arguments<'_>,
    config: ClientConfig,
    wire: Option<Arc<dyn Wire>>,
) -> Result<Session, Diagnostics> {
    let unknown = arguments.unknown();
    let plane = match arguments.text("plane") {
        Some(given) => {
            let plane = given.value.parse();
            Some(plane.map_err(|unknown: UnknownPlane| given.invalid(&unknown.to_string()))?)
        }
        None if unknown.iter().any(|name| name == "plane") => None,
        None => Some(Plane::Arm),
    };
    let mut subscription_id = arguments.text("subscription_id").map(|given| given.value);
    let is_open = unknown.iter().any(|name| name == "subscription_id");
    if url(arguments, "emulator")?.is_some() && !is_open {
        subscription_id.get_or_insert_with(|| EMULATOR_SUBSCRIPTION.to_owned());
    }
    let client = match wire {
        Some(wire) => Client::with_wire(config, wire),
        None => Client::new(config),
    };
    Ok(Session {
        subscription_id,
        unknown,
        ..Session::new(client.map_err(unusable)?, plane)
    })
}

/// Returns the configuration for an emulator, which accepts one token and serves as both ARM and
/// data plane.
fn emulated(emulator: &Url) -> Result<ClientConfig, Diagnostic> {
    let cloud = Cloud::Custom(CustomCloud {
        authority_host: emulator.clone(),
        arm_endpoint: emulator.clone(),
        arm_audience: emulator.to_string(),
    });
    let method = credentials::Method::Fixed(SecretString::from(EMULATOR_TOKEN));
    let tokens =
        credentials::new(method, CredentialSettings::for_cloud(&cloud)).map_err(unusable)?;
    tracing::info!(%emulator, "using an emulator");
    let mut config = ClientConfig::new(&cloud, tokens);
    config.hosts = HostPolicy::default().allow_origin(emulator);
    Ok(config)
}

fn real(arguments: &Arguments<'_>) -> Result<ClientConfig, Diagnostic> {
    let cloud = cloud(arguments)?;
    let mut settings = CredentialSettings::for_cloud(&cloud);
    settings.tenant_id = arguments.text("tenant_id").map(|given| given.value);
    settings.auxiliary_tenant_ids = arguments.list("auxiliary_tenant_ids");
    settings.subscription_id = arguments.text("subscription_id").map(|given| given.value);
    if arguments.flag("use_msi", false)? {
        settings.metadata_endpoint = msi_endpoint(arguments)?;
    }
    let method = sign_in::choose(arguments)?;
    tracing::info!(method = method.name(), "signing in");
    let tokens = credentials::new(method, settings).map_err(unusable)?;
    let mut config = ClientConfig::new(&cloud, tokens);
    let hosts = arguments.list("data_plane_hosts");
    config.hosts = hosts.iter().fold(HostPolicy::default(), |policy, domain| {
        policy.allow_domain(domain)
    });
    // An ARM endpoint on this machine is an emulator, which also serves the data planes.
    if config.arm_endpoint.scheme() == "http" {
        config.hosts = config.hosts.allow_origin(&config.arm_endpoint);
    }
    Ok(config)
}

/// Returns the cloud by name, with endpoints that the arguments override.
fn cloud(arguments: &Arguments<'_>) -> Result<Cloud, Diagnostic> {
    let named = match arguments.text("environment") {
        // As in azapi, `custom` requires every endpoint to be set.
        Some(given) if given.value.eq_ignore_ascii_case("custom") => {
            let needed = [
                "active_directory_authority_host",
                "resource_manager_endpoint",
            ];
            if needed.iter().any(|name| arguments.text(name).is_none()) {
                let needed = needed.map(|name| format!("`{name}`")).join(" and ");
                return Err(given.invalid(&format!("`custom` requires {needed}")));
            }
            Cloud::Public
        }
        Some(given) => given
            .value
            .parse()
            .map_err(|error| given.invalid(&format!("{error}")))?,
        None => Cloud::Public,
    };
    let authority = url(arguments, "active_directory_authority_host")?;
    let endpoint = url(arguments, "resource_manager_endpoint")?;
    let audience = arguments
        .text("resource_manager_audience")
        .map(|given| given.value);
    if authority.is_none() && endpoint.is_none() && audience.is_none() {
        return Ok(named);
    }
    Ok(Cloud::Custom(CustomCloud {
        authority_host: authority.unwrap_or_else(|| named.authority_host()),
        arm_endpoint: endpoint.unwrap_or_else(|| named.arm_endpoint()),
        arm_audience: audience.unwrap_or_else(|| named.arm_audience().to_owned()),
    }))
}

/// Returns the address of Entra ID.
pub(crate) fn authority(arguments: &Arguments<'_>) -> Result<Url, Diagnostic> {
    cloud(arguments).map(|cloud| cloud.authority_host())
}

fn url(arguments: &Arguments<'_>, name: &str) -> Result<Option<Url>, Diagnostic> {
    let parsed = |given: Given| {
        if name == "oidc_request_url" {
            // The URL may contain a query, in contrast to other endpoints.
            return Url::parse(&given.value).map_err(|_| given.invalid("it is not a URL"));
        }
        parse_endpoint(&given.value).map_err(|error| given.invalid(&error.to_string()))
    };
    arguments.text(name).map(parsed).transpose()
}

/// Returns the endpoint for tokens of the machine. As in azurerm, this is the complete URL. An
/// address without a path is that of a metadata service. Metadata services use plain HTTP on a
/// link-local address.
fn msi_endpoint(arguments: &Arguments<'_>) -> Result<Option<Url>, Diagnostic> {
    let Some(given) = arguments.text("msi_endpoint") else {
        return Ok(None);
    };
    let invalid = |_| given.invalid("it must be a URL such as `http://169.254.169.254`");
    let mut url = Url::parse(&given.value).map_err(invalid)?;
    let local = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_link_local() || address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && local) {
        return Err(
            given.invalid("the provider accepts `http://` only for addresses of this machine")
        );
    }
    if url.path() == "/" {
        url.set_path("/metadata/identity/oauth2/token");
    }
    url.set_query(None);
    Ok(Some(url))
}

fn is_guid(text: &str) -> bool {
    // Azure accepts only the form with hyphens.
    text.len() == Hyphenated::LENGTH && Uuid::try_parse(text).is_ok()
}

fn unusable(error: azure::Error) -> Diagnostic {
    let mut detail = sentence(&error.detail());
    if let Some(remedy) = error.remedy() {
        detail = format!("{detail}\n\n{}", sentence(&remedy));
    }
    Diagnostic::error("Invalid provider configuration", detail)
}
