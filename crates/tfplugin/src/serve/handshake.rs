//! The environment from the host, and the answer on standard output.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::json;

use super::Info;
use super::listener::Address;
use super::tls::Tls;

/// Proves that a host started the process, not a person. Terraform and OpenTofu use the same value.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The only supported version of the application protocol.
const PROTOCOL: u32 = 6;

/// What the host requests.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The PEM of the certificate that the host will present. Without one, there is no TLS.
    pub(super) client_certificate: Option<String>,
    /// Inclusive bounds for a TCP port, only on systems without Unix sockets.
    pub(super) ports: Option<(u16, u16)>,
    /// The directory for the socket.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there are no unix sockets"))]
    pub(super) socket_dir: Option<PathBuf>,
    /// The name or number of the group that may use the socket.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there are no unix sockets"))]
    pub(super) socket_group: Option<String>,
    /// Whether the host understands a seventh field of the line.
    pub(super) asks_for_multiplexing: bool,
}

/// Why the environment is not that of a host.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum HandshakeError {
    #[error(
        "this program is a Terraform plugin and is not meant to be run by hand. Terraform and \
         OpenTofu start it themselves when a configuration names the provider; `--version` prints \
         its version, and `--debug` starts it for a debugger and prints how to attach"
    )]
    NoHost,
    #[error(
        "the host speaks the plugin protocol versions {0:?} and this provider speaks 6; use \
         Terraform 1.0 or OpenTofu 1.6 or later"
    )]
    Version(String),
    #[error("{name} is {value:?}, which is no port number")]
    Port { name: &'static str, value: String },
    #[error("PLUGIN_MIN_PORT ({0}) is above PLUGIN_MAX_PORT ({1})")]
    PortRange(u16, u16),
}

impl Environment {
    /// Reads the environment of the process.
    pub(super) fn from_process() -> Result<Self, HandshakeError> {
        Self::read(|name| std::env::var(name).ok())
    }

    fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        let set = |name| get(name).filter(|value| !value.is_empty());
        if set("TF_PLUGIN_MAGIC_COOKIE").as_deref() != Some(COOKIE) {
            return Err(HandshakeError::NoHost);
        }
        if let Some(versions) = set("PLUGIN_PROTOCOL_VERSIONS") {
            // The versions are in no particular order.
            let mut offered = versions
                .split(',')
                .filter_map(|text| text.trim().parse().ok());
            if !offered.any(|version: u32| version == PROTOCOL) {
                return Err(HandshakeError::Version(versions));
            }
        }
        let port = |name: &'static str| {
            let parse = |value: String| {
                value
                    .trim()
                    .parse()
                    .map_err(|_| HandshakeError::Port { name, value })
            };
            set(name).map(parse).transpose()
        };
        let ports = match (port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?) {
            (Some(min), Some(max)) if min > max => return Err(HandshakeError::PortRange(min, max)),
            (Some(min), Some(max)) => Some((min, max)),
            _ => None,
        };
        Ok(Self {
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            ports,
            socket_dir: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            socket_group: set("PLUGIN_UNIX_SOCKET_GROUP"),
            asks_for_multiplexing: get("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }
}

/// The line that tells the host where to connect.
pub(super) struct Handshake<'a> {
    pub(super) address: &'a Address,
    pub(super) tls: Option<&'a Tls>,
    pub(super) environment: &'a Environment,
}

impl fmt::Display for Handshake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (network, address) = self.address.parts();
        write!(f, "1|{PROTOCOL}|{network}|{address}|grpc|")?;
        if let Some(tls) = self.tls {
            // Without padding, because Go's raw encoding rejects it.
            f.write_str(&STANDARD_NO_PAD.encode(&tls.certificate))?;
        }
        if self.environment.asks_for_multiplexing {
            f.write_str("|false")?;
        }
        Ok(())
    }
}

/// Returns the instructions for a developer who wants to attach.
pub(super) fn reattach_notice(info: &Info, address: &Address) -> String {
    let (network, text) = address.parts();
    // `Test` prevents the host from assuming protocol 5, and from killing the process.
    let config = json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": network, "String": text },
    });
    let tofu = info
        .address
        .replace("registry.terraform.io/", "registry.opentofu.org/");
    let mut providers = serde_json::Map::new();
    providers.insert(info.address.to_owned(), config.clone());
    providers.insert(tofu, config);
    format!(
        "The provider runs and waits. Terraform and OpenTofu attach to it with this environment \
         variable; Ctrl-C ends it.\n\n\tTF_REATTACH_PROVIDERS='{}'\n",
        serde_json::Value::Object(providers)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn read(pairs: &[(&str, &str)]) -> Result<Environment, HandshakeError> {
        Environment::read(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const HOST: (&str, &str) = ("TF_PLUGIN_MAGIC_COOKIE", COOKIE);

    #[rstest]
    #[case(&[])]
    #[case(&[("TF_PLUGIN_MAGIC_COOKIE", "other")])]
    fn start_without_the_cookie_is_refused(#[case] pairs: &[(&str, &str)]) {
        assert_eq!(read(pairs).unwrap_err(), HandshakeError::NoHost);
    }

    #[rstest]
    #[case("5,6")]
    #[case("6,5")]
    #[case("6")]
    #[case("")]
    fn versions_may_be_in_any_order(#[case] versions: &str) {
        assert!(read(&[HOST, ("PLUGIN_PROTOCOL_VERSIONS", versions)]).is_ok());
    }

    #[test]
    fn other_versions_are_refused() {
        let error = read(&[HOST, ("PLUGIN_PROTOCOL_VERSIONS", "5")]).unwrap_err();
        assert_eq!(error, HandshakeError::Version("5".into()));
    }

    #[test]
    fn ports_must_be_a_range() {
        let range = |min, max| read(&[HOST, ("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)]);
        assert_eq!(
            range("10000", "25000").unwrap().ports,
            Some((10_000, 25_000))
        );
        assert_eq!(
            range("2", "1").unwrap_err(),
            HandshakeError::PortRange(2, 1)
        );
        assert!(matches!(
            range("x", "1").unwrap_err(),
            HandshakeError::Port { .. }
        ));
    }

    #[test]
    fn seventh_field_is_only_for_hosts_that_ask() {
        let address = Address::Tcp("127.0.0.1:10000".parse().unwrap());
        let line = |environment: &Environment| {
            Handshake {
                address: &address,
                tls: None,
                environment,
            }
            .to_string()
        };
        assert_eq!(
            line(&read(&[HOST]).unwrap()),
            "1|6|tcp|127.0.0.1:10000|grpc|"
        );
        let asked = read(&[HOST, ("PLUGIN_MULTIPLEX_GRPC", "true")]).unwrap();
        assert_eq!(line(&asked), "1|6|tcp|127.0.0.1:10000|grpc||false");
    }
}
