//! Destinations for the objects that a search finds.

use futures::future::join_all;
use tfplugin::{Diagnostic, ListItem, Results, Value};

use super::Found;
use crate::kind::{Key, Kind};
use crate::lifecycle::{Verb, display_name, read_state, report};

/// The number of objects that are read concurrently if lists are incomplete.
const AT_A_TIME: usize = 8;

/// The destination of the objects of a kind.
pub(super) enum Sink<'a> {
    /// The host, until it wants no more.
    Host {
        /// The kind of the objects.
        kind: &'a Kind,
        /// The results for the host.
        results: &'a Results,
        /// Whether the host wants complete objects.
        include_object: bool,
        /// The number of objects sent so far.
        taken: usize,
    },
    /// A list of all objects, which are complete.
    All {
        /// The kind of the objects.
        kind: &'a Kind,
        /// The objects found so far.
        listed: Vec<Listed>,
    },
}

/// A complete object of a list.
#[derive(Debug)]
pub(crate) struct Listed {
    /// The name for users.
    pub(crate) name: String,
    /// The object as an import finds it, or the error if it cannot be read.
    pub(crate) object: Result<Value, Diagnostic>,
}

impl Sink<'_> {
    /// Takes an object. `following` is the number of remaining objects, if known. Returns `false`
    /// if no more are wanted.
    pub(super) async fn take(&mut self, found: &Found<'_>, following: Option<usize>) -> bool {
        match self {
            Self::All { kind, listed } => {
                listed.extend(whole(kind, found).await);
                true
            }
            Self::Host {
                kind,
                results,
                include_object,
                taken,
            } => {
                if results.is_full() {
                    let all = following.map(|following| *taken + 1 + following);
                    results.more(all).await;
                    return false;
                }
                *taken += 1;
                match item(kind, found, *include_object).await {
                    Ok(Some(item)) => results.send(item).await,
                    Ok(None) => true,
                    Err(why) => results.failed(why).await,
                }
            }
        }
    }

    /// Takes the objects of a page. Returns `false` if no more are wanted.
    pub(super) async fn take_page(&mut self, page: &[Found<'_>], is_last: bool) -> bool {
        if let Self::All { kind, listed } = self {
            for some in page.chunks(AT_A_TIME) {
                let mut reading = Vec::new();
                for found in some {
                    reading.push(whole(kind, found));
                }
                listed.extend(join_all(reading).await.into_iter().flatten());
            }
            return true;
        }
        for (n, found) in page.iter().enumerate() {
            let following = is_last.then(|| page.len() - n - 1);
            if !self.take(found, following).await {
                return false;
            }
        }
        true
    }
}

/// Returns the complete object, or `None` if it was deleted in the meantime.
async fn whole(kind: &Kind, found: &Found<'_>) -> Option<Listed> {
    match item(kind, found, true).await {
        Ok(item) => item.map(|item| Listed {
            name: item.display_name,
            object: Ok(item.object.unwrap_or_default()),
        }),
        Err(why) => Some(Listed {
            name: found.stored.key.clone(),
            object: Err(why),
        }),
    }
}

/// Returns the object as an import finds it, or `None` if it was deleted in the meantime.
async fn item(
    kind: &Kind,
    found: &Found<'_>,
    include_object: bool,
) -> Result<Option<ListItem>, Diagnostic> {
    let Found {
        operation, stored, ..
    } = found;
    let identity = operation.object.identity(&stored.key);
    let view = read_state(operation, stored, &identity)?;
    let name = match (kind.key(), display_name(&view)) {
        (Key::ServerId, name) if !name.is_empty() => format!("{name} ({})", stored.key),
        (Key::Singleton, _) => kind.title.to_owned(),
        (_, "") => stored.key.clone(),
        (_, name) => name.to_owned(),
    };
    let item = ListItem::new(identity.clone(), name);
    if !include_object {
        return Ok(Some(item));
    }
    if found.is_whole {
        return Ok(Some(item.with_object(view)));
    }
    let read = operation.store().read(operation.call()).await;
    let read = read.map_err(|error| {
        let subject = operation.object.subject(display_name(&view));
        report(Verb::Look, &subject, &error)
    })?;
    let Some(whole) = read else { return Ok(None) };
    let state = read_state(operation, &whole, &identity)?;
    Ok(Some(item.with_object(state)))
}
