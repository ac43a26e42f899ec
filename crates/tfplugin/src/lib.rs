//! wip
pub mod diagnostic;
pub mod value;
