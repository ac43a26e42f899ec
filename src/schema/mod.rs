//! The schemas that follow from declarations.

mod attributes;
mod data_source;
mod resource;

pub(crate) use attributes::{SchemaOf, add_nodes};
pub use data_source::{ITEMS, SEARCH};
pub(crate) use resource::agent_id;
