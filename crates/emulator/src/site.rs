//! The address at which a client reaches the emulated services, which determines the links in
//! answers.
//!
//! On the emulator's own port, all services share one host, and an agent's data plane is a path
//! prefix. Through the proxy, every service has its host in Azure.

use sha2::{Digest as _, Sha256};

use crate::store::AgentRecord;

/// The first segment of data-plane paths on the emulator's own port.
pub(crate) const DATA_PLANE: &str = "data-plane";

const RESOURCE_MANAGER: &str = "management.azure.com";
const LOGIN: &str = "login.microsoftonline.com";
const AGENTS: &str = ".azuresre.ai";

/// The hosts of Azure that the proxy serves, for messages.
pub(crate) const HOSTS: [&str; 3] = [RESOURCE_MANAGER, LOGIN, "*.azuresre.ai"];

/// The address at which a client reached a service, from which links in answers are derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// The host, with the port if it is not the scheme's default.
    pub(crate) authority: String,
    pub(crate) site: Site,
}

/// The services at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    /// The emulator's own port: all services, by path.
    Emulator,
    /// Azure Resource Manager's host.
    ResourceManager,
    /// Entra ID's host.
    Login,
    /// The host of an agent's data plane.
    Agent,
}

impl Base {
    /// Returns the emulator's own port, under the authority that the client used.
    pub(crate) fn own(scheme: &'static str, authority: &str) -> Self {
        Self {
            scheme,
            authority: authority.to_owned(),
            site: Site::Emulator,
        }
    }

    /// Returns a host of Azure, if it is an emulated one.
    pub(crate) fn of_host(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let site = match host.as_str() {
            RESOURCE_MANAGER => Site::ResourceManager,
            LOGIN => Site::Login,
            host if host
                .strip_suffix(AGENTS)
                .is_some_and(|name| !name.is_empty()) =>
            {
                Site::Agent
            }
            _ => return None,
        };
        Some(Self {
            scheme: "https",
            authority: host,
            site,
        })
    }

    /// Returns an absolute URL on the same host, for a path that starts with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.authority)
    }

    /// Returns an absolute URL of Entra ID.
    pub(crate) fn login_url(&self, path: &str) -> String {
        match self.site {
            Site::Emulator => self.url(path),
            _ => format!("https://{LOGIN}{path}"),
        }
    }

    /// Returns the address of an agent's data plane, without a trailing slash.
    pub(crate) fn endpoint(&self, agent: &AgentRecord) -> String {
        match self.site {
            Site::Emulator => self.url(&format!("/{DATA_PLANE}/{}", agent.host())),
            _ => format!("https://{}", host(agent)),
        }
    }

    /// Returns whether this address can belong to the agent. The emulator's own port serves all
    /// agents, by path.
    pub(crate) fn reaches(&self, agent: &AgentRecord) -> bool {
        self.site == Site::Emulator || self.authority == host(agent)
    }
}

/// Returns the host of an agent's data plane in Azure: `{name}--{id}.{hash}.{region}.azuresre.ai`.
fn host(agent: &AgentRecord) -> String {
    let group = format!("{}/{}", agent.subscription, agent.resource_group).to_lowercase();
    let hash: String = Sha256::digest(group)
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let region = agent.location.replace(' ', "");
    format!("{}.{hash}.{region}{AGENTS}", agent.host()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{Base, Site};

    #[rstest]
    #[case("management.azure.com", Some(Site::ResourceManager))]
    #[case("Login.MicrosoftOnline.com.", Some(Site::Login))]
    #[case("shop--1a2b3c4d.5e6f7a8b.swedencentral.azuresre.ai", Some(Site::Agent))]
    #[case("azuresre.ai", None)]
    #[case(".azuresre.ai", None)]
    #[case("evilazuresre.ai", None)]
    #[case("management.azure.com.example", None)]
    #[case("registry.terraform.io", None)]
    fn hosts_are_recognized(#[case] host: &str, #[case] site: Option<Site>) {
        assert_eq!(Base::of_host(host).map(|base| base.site), site);
    }
}
