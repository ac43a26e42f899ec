//! What happens around the document of an object: before it is taken, beside it, and after.

use std::time::Duration;

use super::Plane;

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
    /// The member of the object's document that it must be equal to, as a JSON pointer.
    pub wanted_at: &'static str,
    /// The member of the agent's ARM document that tells what was asked for, as a JSON pointer.
    pub asked_at: &'static str,
    /// What to do when something else was asked for.
    pub remedy: &'static str,
    /// How long it may take to come about.
    pub within: Duration,
}

/// A second document on the data plane that holds one member of an object.
///
/// In the object's own document the member stands where a user would look for it; the store takes
/// it out when it writes and puts it in when it reads.
#[derive(Clone, Copy, Debug)]
pub struct Annex {
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
