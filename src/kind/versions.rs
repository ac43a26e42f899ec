//! The api-versions of ARM, and what they support.
//!
//! The version in the provider block applies only to the agent itself. The objects in an agent have
//! types only in the first preview, so requests for them always use that version.

/// The released versions, starting with the preview.
pub const RELEASED: [&str; 2] = ["2025-05-01-preview", "2026-01-01"];

/// The versions that support a member of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownIn {
    /// All versions.
    All,
    /// Previews only. No typed version has the member.
    Previews,
    /// All versions except these.
    AllBut(&'static [&'static str]),
}

impl KnownIn {
    /// Returns whether a version supports the member.
    pub fn knows(self, version: &str) -> bool {
        match self {
            Self::All => true,
            Self::Previews => version.ends_with("-preview"),
            Self::AllBut(others) => !others.contains(&version),
        }
    }
}
