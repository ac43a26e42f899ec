//! The requests of an operation. They are recorded from a run without a failure, so a new request
//! of a store is tested automatically.

use emulator::{Fault, RequestRecord};

/// One request of an operation on an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Its path, with `{name}` for the object and `{id}` for an id that the service generated.
    path: Path,
    /// How many similar requests the operation has sent before.
    before: u32,
    /// Whether it starts an operation, which the next request polls.
    pub(crate) is_accepted: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Path {
    /// A path on ARM, below the agent.
    Arm(String),
    /// A path on the agent's data plane.
    DataPlane(String),
    /// A poll of an operation, by its collection. The agent of every object here has a separate
    /// region, whose name distinguishes operations.
    Operation(String),
}

/// Returns the requests for the object with this name, in order. Repeated polls of an operation
/// count as one.
pub(crate) fn of(name: &str, records: &[RequestRecord]) -> Vec<Request> {
    let mut found: Vec<Request> = Vec::new();
    let mut polls = 0;
    for record in records {
        let Some(path) = Path::of(name, &record.path) else {
            continue;
        };
        let is_same = |other: &&Request| other.method == record.method && other.path == path;
        let mut before = found.iter().filter(is_same).map(|_| 1).sum();
        if let (Some(last), Path::Operation(_)) = (found.last_mut(), &path) {
            last.is_accepted |= last.is_write();
            before = polls;
            polls += 1;
            if last.is_poll() {
                continue;
            }
        }
        found.push(Request {
            method: record.method.clone(),
            path,
            before,
            is_accepted: false,
        });
    }
    found
}

impl Request {
    /// Returns whether it changes something.
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET"
    }

    /// Returns whether it polls an operation.
    pub(crate) fn is_poll(&self) -> bool {
        matches!(self.path, Path::Operation(_))
    }

    /// Returns a fault without effect that hits this request for the object with this name.
    pub(crate) fn fault(&self, name: &str) -> Fault {
        Fault::on(&self.method, &self.path.pattern(name)).skip(self.before)
    }

    /// Returns the request as pages show it.
    pub(crate) fn label(&self) -> String {
        let path = match &self.path {
            Path::Arm(below) => format!("…/agents/{{agent}}{below}"),
            // The owner of an object has a separate name in tests.
            Path::DataPlane(path) => path.replace("{name}-owner", "{name}"),
            Path::Operation(collection) => format!("…/{collection}/{{id}}"),
        };
        let again = if self.before > 0 { ", again" } else { "" };
        format!("`{} {path}`{again}", self.method)
    }
}

impl Path {
    fn of(name: &str, path: &str) -> Option<Self> {
        let named = |path: &str| path.replace(name, "{name}");
        if let Some((_, below)) = path.split_once(&format!("/agents/{name}")) {
            return Some(Self::Arm(named(below)));
        }
        if let Some((_, below)) = path.split_once(&format!("/data-plane/{name}--")) {
            let path = &below[below.find('/')?..];
            let path: Vec<_> = path.split('/').map(made_up).collect();
            return Some(Self::DataPlane(named(&path.join("/"))));
        }
        let (_, below) = path.split_once(&format!("/locations/{name}/"))?;
        let (collection, _) = below.split_once('/')?;
        Some(Self::Operation(collection.to_owned()))
    }

    fn pattern(&self, name: &str) -> String {
        let escaped = |path: &str| {
            let parts = path.split("{id}").map(|part| {
                let part = part.replace("{name}", name);
                part.replace('.', "\\.")
            });
            parts.collect::<Vec<_>>().join("[^/]+")
        };
        match self {
            Self::Arm(below) => format!("/agents/{name}{}$", escaped(below)),
            Self::DataPlane(path) => format!("^/data-plane/{name}--[^/]+{}$", escaped(path)),
            Self::Operation(collection) => format!("/locations/{name}/{collection}/[^/]+$"),
        }
    }
}

/// Returns a segment of a path, or a placeholder for a generated id.
fn made_up(segment: &str) -> &str {
    let lengths = segment.split('-').map(str::len);
    if lengths.eq([8, 4, 4, 4, 12]) {
        "{id}"
    } else {
        segment
    }
}
