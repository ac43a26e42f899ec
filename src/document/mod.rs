//! Conversion between Terraform values and JSON documents of the service, based on declarations.

mod dropped;
mod dynamic;
mod free;
mod leaf;
mod pairs;
mod patch;
mod pointer;
#[cfg(test)]
mod property;
mod read;
mod resolve;
#[cfg(test)]
mod tests;
mod write;

use std::time::Duration;

pub use dropped::dropped;
pub use dynamic::{from_plain, to_plain};
pub use free::put_over;
pub use patch::{changed_groups, merge_patch};
pub use read::{Absence, Misfit, OtherType, read, read_nodes};
pub use resolve::{changes, resolved};
use serde_json::Value as Json;
use tfplugin::{Type, Value};
pub use write::{
    Inputs, remove_secrets, remove_unknown, remove_unwritable, retain_writable, write,
};

use crate::kind::{EnvelopeError, Kind, Node, Place, Shape};

/// Extracts the document from a body, with its members in the form of the declaration.
///
/// # Errors
/// Returns the reason why the body does not match the envelope of the place.
pub fn unwrap(kind: &Kind, place: &Place, body: Json) -> Result<Json, EnvelopeError> {
    let mut document = place.envelope.unwrap(body)?;
    if let Json::Object(members) = &mut document {
        let alternates = kind.alternates.iter();
        alternates.for_each(|alternate| alternate.read(members));
    }
    Ok(document)
}

/// Wraps a document in a body, in the form that is sent.
pub fn wrap(kind: &Kind, place: &Place, name: &str, mut document: Json) -> Json {
    if let Json::Object(members) = &mut document {
        let alternates = kind.alternates.iter();
        alternates.for_each(|alternate| alternate.send(members));
    }
    place.envelope.wrap(name, document)
}

/// Returns the type of an attribute that is not a nested object.
pub fn plain_type(shape: &Shape) -> Type {
    match shape {
        Shape::String => Type::String,
        Shape::Bool => Type::Bool,
        Shape::Number => Type::Number,
        Shape::StringList => Type::list(Type::String),
        Shape::StringSet | Shape::ObjectKeys => Type::set(Type::String),
        Shape::StringMap { .. } => Type::map(Type::String),
        Shape::Json | Shape::PartialJson => Type::Dynamic,
        Shape::Object(nodes) => object_type(nodes),
        Shape::Objects(nodes) => Type::list(object_type(nodes)),
    }
}

/// Returns the value of a declared default. A default that does not fit its shape becomes null,
/// which a test over all kinds detects.
pub fn default_value(shape: &Shape, default: &Json) -> Value {
    match shape {
        Shape::Object(nodes) => read_nodes(nodes, default).unwrap_or_default(),
        shape => read::plain(shape, default).unwrap_or_default(),
    }
}

/// Parses a duration such as `90s` or `1h30m`.
///
/// # Errors
/// Returns an error if the text is not a duration, or not a positive one.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    let parsed: Result<jiff::SignedDuration, _> = text.parse();
    let positive = parsed.ok().filter(jiff::SignedDuration::is_positive);
    positive
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| InvalidDuration(text.to_owned()))
}

/// A text that is not a duration. The message is a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The value must be a duration such as \"90s\" or \"1h30m\", but it is {0:?}.")]
pub struct InvalidDuration(String);

fn object_type(nodes: &[Node]) -> Type {
    let mut members = Vec::new();
    for node in nodes {
        match node {
            Node::Field(field) => members.push((field.name, plain_type(&field.shape))),
            Node::OneOf(one_of) => members.extend(
                one_of
                    .variants
                    .iter()
                    .map(|variant| (variant.name, object_type(&variant.nodes))),
            ),
        }
    }
    Type::object(members)
}
