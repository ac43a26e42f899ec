//! What happens around the document of an object: before it is taken, beside it, and after.

use std::time::Duration;

use super::Plane;

/// Which writes of a kind are one at a time per agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serial {
    /// None: they are one at a time per object.
    Never,
    /// Those after the first that the service refuses because another one runs.
    WhereRefused,
    /// All.
    Always,
}

/// Work that the service goes on with after a write.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// The argument that asks to wait for it: a local one of type bool.
    pub argument: &'static str,
    /// What is waited for, such as `the clone`.
    pub what: &'static str,
    /// The plane that tells, if not every one does.
    pub plane: Option<Plane>,
    /// The member that tells how far it is, as a JSON pointer.
    pub at: &'static str,
    /// Texts of that member that mean success; `true` for one that is no text.
    pub done: &'static [&'static str],
    /// Texts of that member that mean failure.
    pub failed: &'static [&'static str],
    /// The member that gives the reason of a failure, as a JSON pointer. A text there is a failure.
    pub reason_at: Option<&'static str>,
}

/// Something of the agent that must have come about before the service takes an object.
///
/// Nobody asks for it before a write: only when the service refuses one is it looked at, and if it
/// is on its way it is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Prerequisite {
    /// What it is, such as `incident platform`.
    pub what: &'static str,
    /// Where the data plane shows it.
    pub path: &'static str,
    /// The member of the answer, as a JSON pointer.
    pub shown_at: &'static str,
    /// What it must be equal to.
    pub wanted: Wanted,
    /// The member of the agent's ARM document that tells what was asked for, as a JSON pointer.
    pub asked_at: &'static str,
    /// What to do when something else was asked for.
    pub remedy: &'static str,
    /// How long it may take to come about.
    pub within: Duration,
}

/// What a prerequisite must be equal to.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// The text at this JSON pointer in the document of the object.
    At(&'static str),
    /// This text.
    Is(&'static str),
}

/// A second document on the data plane that holds one member of an object.
///
/// In the object's own document the member stands where a user would look for it; the store takes
/// it out when it writes and puts it in when it reads.
#[derive(Clone, Copy, Debug)]
pub struct Companion {
    /// The attribute that the member belongs to. Without it, on ARM, nobody looks.
    pub attribute: &'static str,
    /// The member, in both documents.
    pub member: &'static str,
    /// The collection of second documents, whose answer is a bare array.
    pub collection: &'static str,
    /// What is appended to the name of the object to make the id of a second document.
    pub suffix: &'static str,
    /// The member of a second document that names its object.
    pub owner: &'static str,
    /// Lists that a second document must have.
    pub lists: &'static [&'static str],
}

/// Content that is sent as a file and cannot be read back: what is compared is its hash.
#[derive(Clone, Copy, Debug)]
pub struct Upload {
    /// The argument with the content itself.
    pub content: &'static str,
    /// The argument with the path of a file in place of it.
    pub source: &'static str,
    /// The attribute with the SHA-256 of what was sent, in hexadecimal digits.
    pub hash: &'static str,
    /// The attribute with the size that the service shows: when it changes, so did the content.
    pub size: &'static str,
    /// The path that takes an upload.
    pub path: &'static str,
    /// The path that deletes a file, before its name.
    pub delete: &'static str,
    /// The most bytes of a file.
    pub limit: u64,
    /// What the names of files begin with that other objects have brought.
    pub foreign_prefix: &'static str,
}

/// Objects that the service makes by itself when something is set, and that a user may not want.
#[derive(Clone, Copy, Debug)]
pub struct ByProduct {
    /// The block of attributes that brings it about.
    pub block: &'static str,
    /// The attribute in the block whose change brings it about.
    pub cause: &'static str,
    /// The local argument in the block that asks to remove it.
    pub argument: &'static str,
    /// Where on the data plane it may be, under which of several names.
    pub paths: &'static [&'static str],
    /// How to tell that what was set has taken effect.
    pub effect: Prerequisite,
    /// How long it may take to appear after that.
    pub within: Duration,
}
