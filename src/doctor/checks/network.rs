//! Checks whether the required hosts can be reached, and who responds there.

use azure::wire::WireErrorKind;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value as Json;
use url::Url;

use crate::doctor::check::{Outcome, Seen};
use crate::doctor::connect::{self, Failure, Route, Step};
use crate::doctor::scene::Scene;
use crate::provider::settings;

/// The variables that configure proxies. The lower-case spelling is read first.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];
/// The issuers of certificates for Azure's hosts.
const ISSUERS: [&str; 2] = ["Microsoft", "DigiCert"];
/// The domains of Azure's hosts.
const AZURE: [&str; 8] = [
    "azure.com",
    "azuresre.ai",
    "microsoftonline.com",
    "microsoftonline.us",
    "usgovcloudapi.net",
    "chinacloudapi.cn",
    "partner.microsoftonline.cn",
    "windows.net",
];
/// The maximum difference of clocks with which Entra ID accepts a token before or after its
/// validity.
const MOST_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Checks the proxy settings.
pub(super) fn proxy(scene: &mut Scene) -> Seen {
    let set: Vec<String> = PROXY_VARIABLES
        .iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            let value = scene.variable(&lower).or_else(|| scene.variable(name))?;
            Some(format!("{name}={}", without_password(&value)))
        })
        .collect();
    let hosts = scene
        .client_config
        .iter()
        .map(|config| config.arm_endpoint.clone());
    let through: Vec<String> = hosts
        .filter_map(|url| {
            let proxy = Route::to(&url).proxy()?;
            Some(format!(
                "the provider reaches {} through {proxy}",
                host(&url)
            ))
        })
        .collect();
    match (set.is_empty(), through.is_empty()) {
        (true, true) => Seen::passed("no proxy is configured"),
        (true, false) => Seen::passed(format!(
            "because of the system settings, {}",
            through.join(", ")
        )),
        (false, true) => Seen::passed(format!(
            "{}; the provider reaches ARM without a proxy",
            set.join(", ")
        )),
        (false, false) => Seen::passed(format!("{}; {}", set.join(", "), through.join(", "))),
    }
}

/// Checks whether Entra ID can be reached.
pub(super) async fn entra(scene: &mut Scene) -> Seen {
    let (authority, path) = match discovery(scene) {
        Ok(found) => found,
        Err(seen) => return seen,
    };
    let seen = reach(scene, &authority, Some(&path)).await;
    let method = method(scene);
    if method == Some("Azure CLI") && seen.outcome == Outcome::Failed {
        // `az` may have a cached token and its own settings.
        return Seen {
            outcome: Outcome::Passed,
            text: format!("{}; only `az` needs to reach it", seen.text),
            ..seen
        };
    }
    seen
}

fn method(scene: &Scene) -> Option<&'static str> {
    let config = scene.client_config.as_ref();
    config.map(|config| config.token_source.method_name())
}

/// Returns the address of Entra ID, and the path of its metadata.
fn discovery(scene: &Scene) -> Result<(Url, String), Seen> {
    let arguments = scene.arguments();
    if arguments.text("emulator").is_some() {
        return Err(Seen::passed(
            "not needed: an emulator accepts a fixed token",
        ));
    }
    if method(scene) == Some("managed identity") {
        return Err(Seen::passed(
            "not needed: a managed identity gets its tokens from the machine",
        ));
    }
    let authority = settings::authority(&arguments).map_err(|error| Seen::failed(error.detail))?;
    let tenant = arguments.text("tenant_id").map(|given| given.value);
    let path = format!(
        "{}/v2.0/.well-known/openid-configuration",
        tenant.as_deref().unwrap_or("common")
    );
    Ok((authority, path))
}

/// Checks whether ARM can be reached.
pub(super) async fn arm(scene: &mut Scene) -> Seen {
    let Some(config) = &scene.client_config else {
        return Seen::skipped("the arguments are invalid");
    };
    let endpoint = config.arm_endpoint.clone();
    reach(
        scene,
        &endpoint,
        Some("metadata/endpoints?api-version=2022-09-01"),
    )
    .await
}

/// Checks whether the host of the agent can be reached, which firewalls are most likely to block.
pub(super) async fn agent(scene: &mut Scene) -> Seen {
    let endpoint = super::agent::endpoint(&scene.document);
    let Some(endpoint) = endpoint.and_then(|text| Url::parse(&text).ok()) else {
        return Seen::skipped("the agent has no address");
    };
    reach(scene, &endpoint, None).await
}

/// Checks whether the clock is correct.
pub(super) fn clock(scene: &mut Scene) -> Seen {
    let Some(skew) = scene.skew else {
        return Seen::skipped("ARM did not return a date");
    };
    let seconds = skew.as_secs();
    let told = match seconds {
        0 => "the clock is correct".to_owned(),
        1.. => format!("the clock is {seconds} s behind the clock of ARM"),
        _ => format!("the clock is {} s ahead of the clock of ARM", -seconds),
    };
    if skew.abs() > MOST_SKEW {
        return Seen::failed(format!(
            "{told}, so tokens are not valid yet or have expired"
        ))
        .remedy("set the clock of this machine, for example with NTP");
    }
    Seen::passed(told)
}

async fn reach(scene: &mut Scene, base: &Url, path: Option<&str>) -> Seen {
    let route = Route::to(base);
    let name = host(base);
    let connection = match connect::look(base, &route).await {
        Ok(connection) => connection,
        Err(failure) => return unreachable(&name, base, &route, &failure),
    };
    let mut told = match route.proxy() {
        Some(proxy) => format!("reached {name} through the proxy {proxy}"),
        None if connection.addresses == 1 => format!("reached {name}"),
        None => format!("reached {name} ({} addresses)", connection.addresses),
    };
    told.push_str(&format!(" in {} ms", connection.took.as_millis()));
    if !connection.issuer.is_empty() {
        told.push_str(&format!(
            "; the certificate issuer is {}",
            connection.issuer
        ));
    }
    let is_foreign = is_azure(&name)
        && !ISSUERS
            .iter()
            .any(|issuer| connection.issuer.contains(issuer));
    if is_foreign && base.scheme() == "https" {
        told.push_str(
            ", which is neither Microsoft nor DigiCert: something on this network inspects TLS",
        );
    }
    let url = match path {
        Some(path) => base.join(path),
        None => base.join("/"),
    };
    let Ok(url) = url else {
        return Seen::failed(format!("{name} is not a valid address"));
    };
    let answer = match scene.anonymous(url).await {
        Ok(answer) => answer,
        Err(error) if error.kind == WireErrorKind::Permanent => {
            return Seen::failed(format!("{told}; {error}")).ask(format!(
                "trust the certificate authority {:?} on this machine, for example with \
                 SSL_CERT_FILE, or exempt {name} from TLS inspection",
                connection.issuer
            ));
        }
        Err(error) => {
            return Seen::failed(format!("{told}; then {error}")).ask(format!(
                "allow connections from this machine to {name} on port {}, including long ones",
                port(base)
            ));
        }
    };
    scene.compare_clocks(&answer.headers);
    if path.is_none() {
        return Seen::passed(told);
    }
    let is_json = serde_json::from_slice::<Json>(&answer.body).is_ok_and(|body| body.is_object());
    match is_json {
        true => Seen::passed(format!("{told}; it returns JSON")),
        false => Seen::failed(format!(
            "{told}; it returns {} with {}",
            answer.status,
            kind(&answer.body)
        ))
        .ask(page(&name, &route, answer.status)),
    }
}

fn unreachable(name: &str, base: &Url, route: &Route, failure: &Failure) -> Seen {
    let port = port(base);
    let reason = &failure.reason;
    let proxy = route.proxy().unwrap_or_default();
    match (failure.step, route) {
        (Step::Name, Route::Direct) => Seen::failed(format!("{name} does not resolve: {reason}"))
            .ask(format!(
                "make {name} resolve on this machine, and allow connections to it on port {port}"
            )),
        (Step::Name | Step::Tcp, Route::Proxy { .. }) => {
            Seen::failed(format!("cannot reach the proxy {proxy}: {reason}"))
                .remedy("correct HTTPS_PROXY, or add the host to NO_PROXY")
        }
        (Step::Tcp, Route::Direct) => {
            Seen::failed(format!("cannot connect to {name} on port {port}: {reason}")).ask(format!(
                "allow connections from this machine to {} on port {port}",
                wildcard(name)
            ))
        }
        (Step::Proxy, _) => Seen::failed(format!(
            "the proxy {proxy} did not open a tunnel to {name}: {reason}"
        ))
        .ask(format!(
            "allow connections to {} on port {port} in the proxy {proxy}",
            wildcard(name)
        )),
        (Step::Tls, _) => Seen::failed(format!(
            "the connection to {name} was closed during the TLS handshake, probably by a firewall \
             that allows only some names: {reason}"
        ))
        .ask(format!("allow TLS to {} on port {port}", wildcard(name))),
    }
}

fn page(name: &str, route: &Route, status: StatusCode) -> String {
    match route.proxy() {
        Some(proxy) => {
            format!(
                "check what the proxy {proxy} returns for {name} ({status}), and allow traffic to \
                 {name}"
            )
        }
        None => {
            format!(
                "find out what responds in place of {name} ({status}), and allow traffic to {name}"
            )
        }
    }
}

fn kind(body: &[u8]) -> &'static str {
    match body.trim_ascii_start().first() {
        None => "nothing",
        Some(b'<') => "a web page",
        Some(_) => "something other than JSON",
    }
}

/// Returns the host pattern for firewalls, because agents have many hosts.
fn wildcard(name: &str) -> String {
    match name.ends_with(".azuresre.ai") {
        true => "*.azuresre.ai".to_owned(),
        false => name.to_owned(),
    }
}

fn is_azure(name: &str) -> bool {
    AZURE.iter().any(|domain| {
        name.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn port(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or_default()
}

/// Returns the address of a proxy without its credentials.
fn without_password(value: &str) -> String {
    match value.rsplit_once('@') {
        Some((before, after)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            match scheme {
                "" => format!("…@{after}"),
                scheme => format!("{scheme}://…@{after}"),
            }
        }
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_shown_without_credentials() {
        assert_eq!(
            without_password("http://u:secret@proxy:8080"),
            "http://…@proxy:8080"
        );
        assert_eq!(without_password("u:secret@proxy"), "…@proxy");
        assert_eq!(without_password("http://proxy"), "http://proxy");
    }

    #[test]
    fn hosts_of_azure_are_identified_by_domain() {
        assert!(is_azure("management.azure.com"));
        assert!(!is_azure("notazure.com"));
        assert_eq!(
            wildcard("a--1.b.swedencentral.azuresre.ai"),
            "*.azuresre.ai"
        );
    }
}
