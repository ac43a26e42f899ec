//! Who may reach the control API: programs and the emulator's own page, but not foreign pages in a
//! browser on this machine.

use std::net::IpAddr;

use axum::http::header::{HOST, HeaderMap, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderName, Method};

/// Suffixes of names that nobody can register, so no page can be served under them from outside.
const RESERVED: [&str; 5] = [".localhost", ".local", ".internal", ".test", ".example"];

/// Returns why a request is refused, if it is. Its host may be a name that temporarily resolves to
/// this machine (DNS rebinding), or a browser may send it for the page of another origin.
pub(crate) fn refusal(method: &Method, path: &str, headers: &HeaderMap) -> Option<String> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let host = text(HOST);
    if let Some(host) = host
        && !is_own(host)
    {
        return Some(format!(
            "the host {host:?} may be anybody's; reach the emulator by its IP address, as localhost, \
             or by a name without a dot"
        ));
    }
    if let Some(origin) = text(ORIGIN) {
        let own = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        if own.is_none() || own != host {
            return Some(format!("the origin {origin:?} is not the emulator's"));
        }
    }
    // Browsers send no `Origin` for images, scripts and links, but they send `Sec-Fetch-Site`.
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let is_link = method == Method::GET
        && text(HeaderName::from_static("sec-fetch-mode")) == Some("navigate")
        && text(HeaderName::from_static("sec-fetch-dest")) == Some("document")
        && path.starts_with("/_emulator/ui");
    match site {
        Some("cross-site" | "same-site") if !is_link => {
            Some("a page of another origin sends this".to_owned())
        }
        _ => None,
    }
}

/// Returns whether a host is an address, or a name that nobody can register.
fn is_own(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok()
        || !name.contains('.')
        || RESERVED.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
    use rstest::rstest;

    use super::refusal;

    fn refused(path: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect();
        refusal(&Method::GET, path, &headers).is_some()
    }

    #[rstest]
    #[case("127.0.0.1:7575", false)]
    #[case("[::1]:7575", false)]
    #[case("localhost", false)]
    #[case("emulator:7575", false)]
    #[case("host.docker.internal:7575", false)]
    #[case("evil.com:7575", true)]
    #[case("127.0.0.1.evil.com", true)]
    #[case("", true)]
    fn hosts_are_addresses_or_reserved_names(#[case] host: &'static str, #[case] refuses: bool) {
        assert_eq!(refused("/_emulator/state", &[("host", host)]), refuses);
    }

    #[rstest]
    #[case("http://127.0.0.1:7575", false)]
    #[case("https://127.0.0.1:7575", false)]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://localhost:7575", true)]
    #[case("https://evil.com", true)]
    #[case("null", true)]
    fn only_origins_of_the_emulator_are_accepted(
        #[case] origin: &'static str,
        #[case] refuses: bool,
    ) {
        let headers = [("host", "127.0.0.1:7575"), ("origin", origin)];
        assert_eq!(refused("/_emulator/state", &headers), refuses);
    }

    #[rstest]
    #[case("/_emulator/ui/", "none", "navigate", "document", false)]
    #[case("/_emulator/ui/", "cross-site", "navigate", "document", false)]
    #[case("/_emulator/ui/", "cross-site", "navigate", "iframe", true)]
    #[case("/_emulator/state", "cross-site", "navigate", "document", true)]
    #[case("/_emulator/state", "cross-site", "no-cors", "script", true)]
    #[case("/_emulator/state", "same-site", "no-cors", "image", true)]
    #[case("/_emulator/state", "same-origin", "cors", "empty", false)]
    fn foreign_links_only_lead_to_the_page(
        #[case] path: &str,
        #[case] site: &'static str,
        #[case] mode: &'static str,
        #[case] destination: &'static str,
        #[case] refuses: bool,
    ) {
        let headers = [
            ("host", "localhost:7575"),
            ("sec-fetch-site", site),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", destination),
        ];
        assert_eq!(refused(path, &headers), refuses);
    }
}
