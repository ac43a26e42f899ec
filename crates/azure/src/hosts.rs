//! The hosts that may receive a data-plane token.
//!
//! The address of a data plane comes from a document, and a token sent to the wrong host is
//! compromised. So a host is checked before anything is sent to it.

use url::Url;

/// The hosts that may receive a data-plane token.
///
/// By default these are the hosts below `azuresre.ai`, at any depth, over https on its standard
/// port. Further domains and single origins must be allowed explicitly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPolicy {
    domains: Vec<String>,
    origins: Vec<url::Origin>,
}

/// Why a host may not receive a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider does not send tokens to {origin}: {problem}")]
pub struct HostRefused {
    origin: String,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("the address contains a user name or a password")]
    UserInfo,
    #[error("its host is not a subdomain of {0}")]
    Domain(String),
    #[error("it does not use https")]
    Scheme,
    #[error("it does not use the standard port for https")]
    Port,
}

impl HostRefused {
    /// Returns the advice for the user, as a sentence without a period.
    pub fn remedy(&self) -> &'static str {
        match self.problem {
            Problem::Domain(_) => {
                "if the address is correct, add its domain to `data_plane_hosts` in the provider block"
            }
            Problem::UserInfo | Problem::Scheme | Problem::Port => {
                "check the endpoint that Azure shows for the agent. The provider trusts only an \
                 `https://` address without a port, even in a domain of `data_plane_hosts`"
            }
        }
    }
}

impl Default for HostPolicy {
    fn default() -> Self {
        Self {
            domains: vec!["azuresre.ai".to_owned()],
            origins: Vec::new(),
        }
    }
}

impl HostPolicy {
    /// Also allows every host below `domain`, over https.
    #[must_use]
    pub fn allow_domain(mut self, domain: &str) -> Self {
        let domain = domain
            .trim_start_matches("*.")
            .trim_matches('.')
            .to_ascii_lowercase();
        if !domain.is_empty() {
            self.domains.push(domain);
        }
        self
    }

    /// Also allows exactly this origin: scheme, host and port. It may be plain http, as for an
    /// emulator.
    #[must_use]
    pub fn allow_origin(mut self, url: &Url) -> Self {
        self.origins.push(url.origin());
        self
    }

    /// Fails unless `url` may receive a token.
    pub fn check(&self, url: &Url) -> Result<(), HostRefused> {
        let refuse = |problem| {
            Err(HostRefused {
                origin: url.origin().ascii_serialization(),
                problem,
            })
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse(Problem::UserInfo);
        }
        if self.origins.contains(&url.origin()) {
            return Ok(());
        }
        let host = url
            .domain()
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_ascii_lowercase();
        let below = |domain: &String| {
            host.strip_suffix(domain.as_str())
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        };
        if !self.domains.iter().any(below) {
            return refuse(Problem::Domain(self.domains.join(", ")));
        }
        if url.scheme() != "https" {
            return refuse(Problem::Scheme);
        }
        if url.port().is_some() {
            return refuse(Problem::Port);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<(), HostRefused> {
        HostPolicy::default()
            .allow_origin(&Url::parse("http://127.0.0.1:7575/ignored").unwrap())
            .check(&Url::parse(url).unwrap())
    }

    #[test]
    fn policy_allows_the_product_domain_at_any_depth_and_configured_origins() {
        for url in [
            "https://a--1.hash.swedencentral.azuresre.ai",
            "https://a.AZURESRE.ai/path",
            "https://a.azuresre.ai:443",
            "https://a.azuresre.ai./",
            "http://127.0.0.1:7575/agents/a",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn policy_refuses_everything_else() {
        for url in [
            "http://a.azuresre.ai",
            "https://a.azuresre.ai:8443",
            "https://azuresre.ai",
            "https://.azuresre.ai",
            "https://evilazuresre.ai",
            "https://a.azuresre.ai.evil.example",
            "https://evil.example/?.azuresre.ai",
            "https://a.azuresre.ai@evil.example",
            "https://user:pass@a.azuresre.ai",
            "http://127.0.0.1:7576",
            "https://127.0.0.1:7575",
            "http://127.0.0.1.azuresre.ai",
            "file:///etc/passwd",
        ] {
            assert!(check(url).is_err(), "{url}");
        }
    }

    #[test]
    fn remedy_names_the_argument_only_where_it_helps() {
        let advises = |url: &str| {
            check(url)
                .unwrap_err()
                .remedy()
                .starts_with("if the address")
        };
        assert!(advises("https://a.azuresre.example"));
        for url in [
            "http://a.azuresre.ai",
            "https://a.azuresre.ai:8443",
            "https://u@a.azuresre.ai",
        ] {
            assert!(!advises(url), "{url}");
        }
    }

    #[test]
    fn refusal_shows_no_password() {
        let error = check("https://user:hunter2@evil.example/path?x=hunter2").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert!(
            error
                .to_string()
                .starts_with("the provider does not send tokens to https://evil.example")
        );
    }
}
