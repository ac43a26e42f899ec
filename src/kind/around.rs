//! What happens before, beside and after the write of an object's document.

use std::time::Duration;

use super::Plane;

/// The writes of a kind that are serialized per agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serial {
    /// No writes. They are serialized only per object.
    Never,
    /// Retries of writes that the service refuses because another write is running.
    WhereRefused,
    /// All writes.
    Always,
}

/// Work that the service continues after a write.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// The name of the local boolean argument that enables the wait.
    pub argument: &'static str,
    /// The work as a noun phrase, such as `the clone`.
    pub what: &'static str,
    /// The plane that reports the progress, if not both do.
    pub plane: Option<Plane>,
    /// The member that reports the progress, as a JSON pointer.
    pub at: &'static str,
    /// Values of the member that mean success. `true` stands for a value that is not a string.
    pub done: &'static [&'static str],
    /// Values of the member that mean failure.
    pub failed: &'static [&'static str],
    /// The member with the reason of a failure, as a JSON pointer. A string there means failure.
    pub reason_at: Option<&'static str>,
}

/// A state of the agent that the service requires before it accepts an object.
///
/// The provider checks it only after the service has refused a write, and waits if the state is
/// about to be reached.
#[derive(Clone, Copy, Debug)]
pub struct Prerequisite {
    /// The name of the prerequisite, such as `incident platform`.
    pub what: &'static str,
    /// The path on the data plane that reports the current state.
    pub path: &'static str,
    /// The member of the response that holds the state, as a JSON pointer.
    pub shown_at: &'static str,
    /// The state that is required.
    pub wanted: Wanted,
    /// The member of the agent's ARM document that holds the requested state, as a JSON pointer.
    pub asked_at: &'static str,
    /// The advice for the user if another state was requested.
    pub remedy: &'static str,
    /// The maximum time until the requested state is reached.
    pub within: Duration,
}

/// The value that a prerequisite requires.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// The string at this JSON pointer in the document of the object.
    At(&'static str),
    /// This string.
    Is(&'static str),
}

/// A second document on the data plane that holds one member of an object.
///
/// In the object's own document, the member is where a user expects it. The store removes it before
/// a write and adds it after a read.
#[derive(Clone, Copy, Debug)]
pub struct Companion {
    /// The attribute for the member. If it is not set, a read on ARM skips the second document.
    pub attribute: &'static str,
    /// The name of the member in both documents.
    pub member: &'static str,
    /// The collection of the second documents, which is listed as a bare array.
    pub collection: &'static str,
    /// The suffix that turns the name of the object into the id of the second document.
    pub suffix: &'static str,
    /// The member of a second document that holds the name of its object.
    pub owner: &'static str,
    /// The lists that a second document must contain.
    pub lists: &'static [&'static str],
}

/// Content that is sent as a file and cannot be read back. Its hash is compared instead.
#[derive(Clone, Copy, Debug)]
pub struct Upload {
    /// The argument that holds the content.
    pub content: &'static str,
    /// The argument that holds the path of a file instead.
    pub source: &'static str,
    /// The attribute with the SHA-256 hash of the content that was sent, in hexadecimal digits.
    pub hash: &'static str,
    /// The attribute with the size that the service reports. A different size means different
    /// content.
    pub size: &'static str,
    /// The path for uploads.
    pub path: &'static str,
    /// The path for deletions, to which the name of the file is appended.
    pub delete: &'static str,
    /// The maximum size of a file in bytes.
    pub limit: u64,
    /// The prefix of file names that belong to other objects.
    pub foreign_prefix: &'static str,
}

/// Objects that the service creates by itself because of a setting, and that the user may not want.
#[derive(Clone, Copy, Debug)]
pub struct ByProduct {
    /// The block of attributes that contains the setting.
    pub block: &'static str,
    /// The attribute in the block whose change creates the objects.
    pub cause: &'static str,
    /// The local argument in the block that requests their removal.
    pub argument: &'static str,
    /// The paths on the data plane where the object may be, one for each possible name.
    pub paths: &'static [&'static str],
    /// The condition that shows that the setting has taken effect.
    pub effect: Prerequisite,
    /// The maximum time until the object appears after that.
    pub within: Duration,
}
