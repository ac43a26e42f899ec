//! Schemas for the unit tests of this crate.

use std::collections::HashMap;

use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::schema::object::NestingMode;
use tfplugin6::tfplugin6::schema::{Attribute, Block, Object};

use crate::schema;

pub(crate) fn attribute(name: &str, ty: &str) -> Attribute {
    Attribute {
        name: name.into(),
        r#type: ty.as_bytes().into(),
        ..Default::default()
    }
}

pub(crate) fn nested(name: &str, nesting: NestingMode, attributes: Vec<Attribute>) -> Attribute {
    Attribute {
        name: name.into(),
        nested_type: Some(Object {
            attributes,
            nesting: nesting.into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(crate) fn resource(attributes: Vec<Attribute>) -> proto::Schema {
    proto::Schema {
        version: 0,
        block: Some(Block {
            attributes,
            ..Default::default()
        }),
    }
}

pub(crate) fn provider_with(resource: proto::Schema) -> proto::get_provider_schema::Response {
    proto::get_provider_schema::Response {
        provider: Some(proto::Schema {
            block: Some(Block::default()),
            version: 0,
        }),
        resource_schemas: HashMap::from([("test_thing".to_owned(), resource)]),
        ..Default::default()
    }
}

pub(crate) fn block(attributes: Vec<Attribute>) -> schema::Block {
    schema::Schema::from_proto(&resource(attributes))
        .unwrap()
        .block
}
