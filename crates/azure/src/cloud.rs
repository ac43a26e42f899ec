//! The addresses of the Azure clouds.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// An Azure cloud: where to sign in, where ARM is, and the audience of its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Azure, the public cloud.
    Public,
    /// Azure Government.
    UsGovernment,
    /// Azure operated by 21Vianet.
    China,
    /// A cloud, or an emulator, with addresses of its own.
    Custom(CustomCloud),
}

/// The addresses of a custom cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomCloud {
    /// Where to sign in, e.g. `https://login.microsoftonline.com/`.
    pub authority_host: Url,
    /// The address of ARM, e.g. `https://management.azure.com/`.
    pub arm_endpoint: Url,
    /// The audience of ARM tokens, e.g. `https://management.azure.com`.
    pub arm_audience: String,
}

/// Why a cloud or an endpoint is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloudError {
    /// No cloud has this name.
    #[error("`{0}` is not a valid cloud: expected `public`, `usgovernment` or `china`")]
    Unknown(String),
    /// The text is not a usable endpoint.
    #[error(
        "`{endpoint}` is not a valid endpoint: {problem}. A valid endpoint looks like \
         `https://management.azure.com`"
    )]
    Endpoint {
        /// The text, without user name, password and query.
        endpoint: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Cloud {
    /// Returns the address to sign in at.
    pub fn authority_host(&self) -> Url {
        match self {
            Self::Public => known("https://login.microsoftonline.com"),
            Self::UsGovernment => known("https://login.microsoftonline.us"),
            Self::China => known("https://login.chinacloudapi.cn"),
            Self::Custom(cloud) => cloud.authority_host.clone(),
        }
    }

    /// Returns the address of ARM.
    pub fn arm_endpoint(&self) -> Url {
        match self {
            Self::Public => known("https://management.azure.com"),
            Self::UsGovernment => known("https://management.usgovcloudapi.net"),
            Self::China => known("https://management.chinacloudapi.cn"),
            Self::Custom(cloud) => cloud.arm_endpoint.clone(),
        }
    }

    /// Returns the audience of ARM tokens.
    pub fn arm_audience(&self) -> &str {
        match self {
            Self::Public => "https://management.azure.com",
            Self::UsGovernment => "https://management.core.usgovcloudapi.net",
            Self::China => "https://management.core.chinacloudapi.cn",
            Self::Custom(cloud) => &cloud.arm_audience,
        }
    }
}

/// Parses the name of a cloud with fixed addresses, in any case: `public`, `usgovernment`, `china`.
impl FromStr for Cloud {
    type Err = CloudError;

    fn from_str(name: &str) -> Result<Self, CloudError> {
        match name.trim().to_ascii_lowercase().as_str() {
            "public" => Ok(Self::Public),
            "usgovernment" => Ok(Self::UsGovernment),
            "china" => Ok(Self::China),
            _ => Err(CloudError::Unknown(name.to_owned())),
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::UsGovernment => "usgovernment",
            Self::China => "china",
            Self::Custom(_) => "custom",
        })
    }
}

/// Parses an endpoint and removes trailing slashes.
///
/// An endpoint is an https URL with a host and without user name, query and fragment. Plain http is
/// accepted only for a loopback address, where nobody can listen in.
pub fn parse_endpoint(text: &str) -> Result<Url, CloudError> {
    let refuse = |endpoint: &str, problem| {
        Err(CloudError::Endpoint {
            endpoint: endpoint.to_owned(),
            problem,
        })
    };
    let Ok(mut url) = Url::parse(text.trim()) else {
        return refuse(
            text.split(['?', '#', '@']).next().unwrap_or_default(),
            "it is not a URL",
        );
    };
    let credentials = !url.username().is_empty() || url.password().is_some();
    let parameters = url.query().is_some() || url.fragment().is_some();
    // None of these calls fails for a URL that has a host. Other URLs keep these parts, and contain
    // no password.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    let shown = url.as_str().trim_end_matches('/');
    if url.host().is_none() {
        refuse(shown, "it has no host")
    } else if credentials {
        refuse(shown, "it contains a user name or a password")
    } else if parameters {
        refuse(shown, "it has a query or a fragment")
    } else if !(url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url))) {
        refuse(shown, "it does not start with `https://`")
    } else {
        Ok(url)
    }
}

/// Returns whether a URL addresses this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name.eq_ignore_ascii_case("localhost") || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[expect(
    clippy::expect_used,
    reason = "only called with the literals above, which a test parses"
)]
fn known(url: &'static str) -> Url {
    Url::parse(url).expect("the address of a known cloud is a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cloud_parses_in_any_casing() {
        for (name, cloud) in [
            ("public", Cloud::Public),
            ("USGovernment", Cloud::UsGovernment),
            ("China", Cloud::China),
        ] {
            assert_eq!(name.parse::<Cloud>().unwrap(), cloud);
            assert_eq!(cloud.to_string().parse::<Cloud>().unwrap(), cloud);
            assert_eq!(cloud.authority_host().scheme(), "https");
            assert_eq!(cloud.arm_endpoint().scheme(), "https");
            assert!(cloud.arm_audience().starts_with("https://management."));
        }
        assert_eq!(
            "german".parse::<Cloud>(),
            Err(CloudError::Unknown("german".to_owned()))
        );
    }

    #[test]
    fn endpoint_loses_its_trailing_slashes() {
        assert_eq!(
            parse_endpoint(" https://management.azure.com// ")
                .unwrap()
                .as_str(),
            "https://management.azure.com/"
        );
        assert_eq!(
            parse_endpoint("http://127.0.0.1:7575/arm/").unwrap().path(),
            "/arm"
        );
        assert_eq!(
            parse_endpoint("http://[::1]:7575").unwrap().port(),
            Some(7575)
        );
    }

    #[test]
    fn endpoint_must_be_https_unless_loopback() {
        for (text, part) in [
            ("management.azure.com", "not a URL"),
            (
                "http://management.azure.com",
                "does not start with `https://`",
            ),
            ("ftp://localhost", "does not start with `https://`"),
            ("https://management.azure.com/?a=b", "query"),
            (
                "http://127.0.0.1.example.com",
                "does not start with `https://`",
            ),
            ("mailto:someone", "no host"),
        ] {
            let error = parse_endpoint(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn endpoint_error_shows_no_password() {
        let error = parse_endpoint("https://user:hunter2@example.com").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
