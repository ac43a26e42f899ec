//! The api-versions of ARM, and what they know.
//!
//! The version that the provider block names rules the agent alone. What is inside one has no types in any
//! released version but the first preview, and is asked for with that.

/// The released versions, the preview first.
pub const RELEASED: [&str; 2] = ["2025-05-01-preview", "2026-01-01"];

/// The versions that know a member of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownIn {
    /// Every one.
    All,
    /// Previews alone: no typed version has it.
    Previews,
    /// Every one but these.
    AllBut(&'static [&'static str]),
}

impl KnownIn {
    /// Whether a version knows the member.
    pub fn knows(self, version: &str) -> bool {
        match self {
            Self::All => true,
            Self::Previews => version.ends_with("-preview"),
            Self::AllBut(others) => !others.contains(&version),
        }
    }
}
