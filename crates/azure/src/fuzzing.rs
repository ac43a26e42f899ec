//! Entry points for fuzzing, and tests with the corpus that it found.

use url::Url;

use crate::body::Body;
use crate::id::{self, AgentId, ChildId};
use crate::json;
use crate::operations;
use crate::pages::{self, ListShape};
use crate::service_error::ServiceError;

/// Parses text as ids and as names. A parsed id must round-trip, and a name must stay within its
/// path segment.
///
/// # Panics
/// Panics if either does not hold.
pub fn ids(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(agent) = AgentId::parse(text) {
        assert_eq!(AgentId::parse(&agent.to_string()).as_ref(), Ok(&agent));
        one_path(&agent.path(), 8);
    }
    if let Ok(child) = ChildId::parse(text) {
        assert_eq!(ChildId::parse(&child.to_string()).as_ref(), Ok(&child));
        one_path(&child.path(), 10);
    }
    if let Ok(path) = id::join("/api/v2/repos", text) {
        one_path(&path, 4);
    }
    drop(id::validate_agent_name(text));
}

/// Asserts that a path arrives as written: no dots that lead elsewhere, no query, no fragment, and
/// no additional segments.
fn one_path(path: &str, segments: usize) {
    let base = Url::parse("https://management.azure.com").map(|base| base.join(path));
    let Ok(Ok(url)) = base else {
        panic!("{path:?} is no path");
    };
    assert_eq!(url.path(), path);
    assert_eq!((url.query(), url.fragment()), (None, None), "{path:?}");
    assert_eq!(path.split('/').skip(1).count(), segments, "{path:?}");
}

/// Parses bytes as the body of an answer: as an error of the service, and as the state of an
/// operation.
pub fn operation(bytes: &[u8]) {
    for content_type in [None, Some("application/json"), Some("text/html")] {
        let body = Body::read(content_type, bytes);
        let said = ServiceError::of(&body);
        assert!(
            said.message
                .is_none_or(|message| message.len() <= 16 * 1024)
        );
        if let Body::Json(document) = &body {
            operations::read_states(document);
        }
    }
}

/// Parses bytes as a page of a list, and as a link in it. Whatever the link is, the next page must
/// be on the same plane.
///
/// # Panics
/// Panics if it is not.
pub fn pages(bytes: &[u8]) {
    let urls = [
        "https://host.example/agent",
        "https://host.example/agent/list?a=b",
    ];
    let [Ok(base), Ok(url)] = urls.map(Url::parse) else {
        return;
    };
    let stays = |next: &Url| {
        assert_eq!(next.origin(), base.origin());
        assert!(next.path().starts_with("/agent/"), "{next}");
        assert_eq!((next.username(), next.password()), ("", None));
    };
    if let Ok(link) = std::str::from_utf8(bytes)
        && let Ok(next) = pages::follow(&base, &url, link)
    {
        stays(&next);
    }
    let Ok(document) = json::read(bytes) else {
        return;
    };
    for shape in ListShape::ALL {
        if let Ok(Some(next)) = pages::next(&base, &url, shape, &document) {
            stays(&next);
        }
    }
}

#[cfg(test)]
mod tests {
    fn replay(target: &str, work: fn(&[u8])) {
        let corpus = format!("{}/../../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
        let mut inputs = 0;
        for entry in std::fs::read_dir(&corpus).unwrap() {
            work(&std::fs::read(entry.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "{corpus} is empty");
    }

    #[test]
    fn every_id_of_the_corpus_stays_in_its_path() {
        replay("ids", super::ids);
    }

    #[test]
    fn every_page_of_the_corpus_leads_to_its_own_plane() {
        replay("pages", super::pages);
    }

    #[test]
    fn every_answer_of_the_corpus_is_parsed() {
        replay("operation", super::operation);
    }
}
