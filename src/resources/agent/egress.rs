//! The known rules for hosts, proxies and packages. They come from a draft of the API that is newer
//! than any released version, so violations are warnings and the values are still sent.

use tfplugin::schema::{Finding, Validator};
use url::Url;

/// The maximum length of a label of a host name.
const LABEL: usize = 63;
/// The ports that a proxy must not have.
const REFUSED_PORTS: [u16; 3] = [0, 80, 443];

/// Checks a host that may be reached, or a domain whose subdomains may be.
pub(super) fn allowed_host() -> Validator {
    rule(
        "a host such as `api.contoso.com`, or `*.contoso.com`",
        |text| {
            let below = text.strip_prefix("*.");
            let labels: Vec<&str> = below.unwrap_or(text).split('.').collect();
            let fits = labels.iter().all(|label| is_label(label));
            match fits && (below.is_none() || labels.len() > 1) {
                true => Ok(()),
                false => {
                    Err("It is neither a host nor `*.` followed by a domain of at least two parts.")
                }
            }
        },
    )
}

/// Checks a host that is reached without the proxy.
pub(super) fn host_without_proxy() -> Validator {
    rule("a host, `.suffix`, `*.suffix` or an IPv4 address", |text| {
        let name = text.trim_start_matches("*.").trim_start_matches('.');
        match name.split('.').all(is_label) {
            true => Ok(()),
            false => Err("Ranges, ports, IPv6 addresses and a bare `*` are not supported."),
        }
    })
}

/// Checks the address of a proxy.
pub(super) fn proxy() -> Validator {
    rule(
        "an address such as `http://proxy.contoso.com:3128`",
        |text| {
            let Ok(url) = Url::parse(text) else {
                return Err("It is not a URL.");
            };
            let has_port = url
                .port()
                .is_some_and(|port| !REFUSED_PORTS.contains(&port));
            let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            let is_named = !url.username().is_empty() || url.password().is_some();
            match url.scheme() {
                "http" if !has_port => Err("It must have a port other than 0, 80 and 443."),
                "http" if is_named || !is_origin => {
                    Err("It must consist only of a host and a port.")
                }
                "http" => Ok(()),
                _ => Err("It must begin with `http://`."),
            }
        },
    )
}

/// Checks the name of a package.
pub(super) fn package() -> Validator {
    rule("the name of a package", |text| {
        let name = text.strip_prefix('@').unwrap_or(text);
        let part = |part: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.chars().all(fits)
        };
        let parts: Vec<&str> = name.split('/').collect();
        match text.len() <= 214 && parts.len() <= 2 && parts.iter().all(|one| part(one)) {
            true => Ok(()),
            false => {
                Err("It must have 1 to 214 letters, digits and `._-`. An npm scope may precede it.")
            }
        }
    })
}

/// Checks the version of a package, or a range of versions.
pub(super) fn version() -> Validator {
    rule("a version, or a range of them", |text| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "._+-~^<>=,*[]()".contains(c);
        match (1..=64).contains(&text.len()) && text.chars().all(fits) {
            true => Ok(()),
            false => Err("It must have 1 to 64 letters, digits and `._+-~^<>=,*[]()`."),
        }
    })
}

fn rule(
    description: &'static str,
    check: impl Fn(&str) -> Result<(), &'static str> + Send + Sync + 'static,
) -> Validator {
    Validator::new(format!("Must be {description}."), move |value| {
        let Some(text) = value.as_str() else {
            return Ok(());
        };
        check(text).map_err(|reason| {
            Finding::warning(format!(
                "The service will probably reject {text:?}. The value must be {description}. \
                 {reason}"
            ))
        })
    })
}

fn is_label(label: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=LABEL).contains(&label.len()) && label.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use tfplugin::{Severity, Value};

    fn is_taken(validator: &Validator, text: &str) -> bool {
        match validator.check(&Value::from(text)) {
            Ok(()) => true,
            Err(finding) => {
                assert_eq!(finding.severity, Severity::Warning, "{text}");
                false
            }
        }
    }

    #[rstest]
    #[case::host(allowed_host(), &["api.contoso.com", "*.contoso.com", "localhost"],
        &["*", "*.com", "https://contoso.com", "a b", "contoso..com", ""])]
    #[case::without_proxy(host_without_proxy(), &["contoso.com", ".contoso.com", "*.contoso.com", "10.0.0.4"],
        &["*", "10.0.0.0/8", "contoso.com:80", "::1", ""])]
    #[case::proxy(proxy(), &["http://proxy:3128", "http://10.0.0.4:8080/"],
        &["https://proxy:3128", "http://proxy", "http://proxy:443", "http://u:p@proxy:3128",
            "http://proxy:3128/x", "proxy"])]
    #[case::package(package(), &["requests", "@azure/identity", "Newtonsoft.Json"],
        &["", "-x", "a/b/c", "a b", "@/x"])]
    #[case::version(version(), &["1.2.3", ">=1.0,<2", "^4"], &["", "1 2", "1;rm"])]
    fn unusual_values_are_warnings(
        #[case] validator: Validator,
        #[case] taken: &[&str],
        #[case] odd: &[&str],
    ) {
        for text in taken {
            assert!(is_taken(&validator, text), "{text}");
        }
        for text in odd {
            assert!(!is_taken(&validator, text), "{text}");
        }
    }
}
