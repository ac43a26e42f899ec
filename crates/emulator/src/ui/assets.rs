//! The files of the page, which are embedded in the executable.

use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

const PAGE: &str = include_str!("assets/index.html");
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The files, by name.
const ASSETS: [(&str, &str, &str); 11] = [
    ("style.css", CSS, include_str!("assets/style.css")),
    ("main.js", JAVASCRIPT, include_str!("assets/main.js")),
    ("dom.js", JAVASCRIPT, include_str!("assets/dom.js")),
    ("json.js", JAVASCRIPT, include_str!("assets/json.js")),
    ("rows.js", JAVASCRIPT, include_str!("assets/rows.js")),
    ("agents.js", JAVASCRIPT, include_str!("assets/agents.js")),
    (
        "requests.js",
        JAVASCRIPT,
        include_str!("assets/requests.js"),
    ),
    ("faults.js", JAVASCRIPT, include_str!("assets/faults.js")),
    (
        "conversations.js",
        JAVASCRIPT,
        include_str!("assets/conversations.js"),
    ),
    ("signalr.js", JAVASCRIPT, include_str!("assets/signalr.js")),
    ("graph.js", JAVASCRIPT, include_str!("assets/graph.js")),
];

/// Only the page's own files are loaded and run, no text becomes code, and no other page may frame
/// it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

pub(super) async fn redirect() -> Redirect {
    Redirect::permanent("/_emulator/ui/")
}

pub(super) async fn page() -> Response {
    file(HTML, PAGE)
}

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, _, _)| *known == name) {
        Some((_, media, content)) => file(media, content),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn file(media: &'static str, content: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::{ASSETS, PAGE};

    #[test]
    fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
        let inline = Regex::new(r"(?i)\sstyle=|\son[a-z]+=|<style|<script>").unwrap();
        assert!(!inline.is_match(PAGE));
        for (name, _, content) in ASSETS.iter().chain([&("page", "", PAGE)]) {
            let others = content.replace("http://www.w3.org/2000/svg", "");
            assert!(!others.contains("://"), "{name}");
            assert!(!others.contains("innerHTML"), "{name}");
        }
    }

    #[test]
    fn files_only_refer_to_existing_files() {
        let named = Regex::new(r#"(?:from "\./|assets/)([a-z.]+)""#).unwrap();
        for (name, _, content) in ASSETS.iter().chain([&("page", "", PAGE)]) {
            for named in named.captures_iter(content) {
                let is_there = ASSETS.iter().any(|(known, _, _)| *known == &named[1]);
                assert!(is_there, "{name} names {}", &named[1]);
            }
        }
    }
}
