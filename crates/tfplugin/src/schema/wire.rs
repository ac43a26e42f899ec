//! Schemas as messages for the host.

use tfplugin6::tfplugin6 as tf;

use super::{Attribute, Attributes, IdentitySchema, Nesting, Schema, Shape, Usage};
use crate::provider::{Parameter, Signature};
use crate::value::Type;

/// Returns the message for a schema.
pub(crate) fn to_schema(schema: &Schema) -> tf::Schema {
    tf::Schema {
        version: schema.version,
        block: Some(tf::schema::Block {
            version: schema.version,
            attributes: to_attributes(&schema.attributes),
            description: schema.description.clone(),
            description_kind: tf::StringKind::Markdown.into(),
            deprecated: schema.deprecated.is_some(),
            deprecation_message: schema.deprecated.clone().unwrap_or_default(),
            ..Default::default()
        }),
    }
}

/// Returns the message for the schema of an identity.
pub(crate) fn to_identity_schema(schema: &IdentitySchema) -> tf::ResourceIdentitySchema {
    let attributes = schema.attributes.iter().map(|(name, attribute)| {
        tf::resource_identity_schema::IdentityAttribute {
            name: name.clone(),
            r#type: type_bytes(&attribute.ty),
            required_for_import: attribute.required_for_import,
            optional_for_import: !attribute.required_for_import,
            description: attribute.description.clone(),
        }
    });
    tf::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: attributes.collect(),
    }
}

/// Returns the message for the signature of a function.
pub(crate) fn to_function(signature: &Signature) -> tf::Function {
    let markdown = tf::StringKind::Markdown.into();
    let parameter = |parameter: &Parameter| tf::function::Parameter {
        name: parameter.name.clone(),
        r#type: type_bytes(&parameter.ty),
        allow_null_value: parameter.allows_null,
        allow_unknown_values: parameter.allows_unknown,
        description: parameter.description.clone(),
        description_kind: markdown,
    };
    tf::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(tf::function::Return {
            r#type: type_bytes(&signature.returns),
        }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: markdown,
        deprecation_message: String::new(),
    }
}

fn to_attributes(attributes: &Attributes) -> Vec<tf::schema::Attribute> {
    attributes
        .iter()
        .map(|(name, attribute)| to_attribute(name, attribute))
        .collect()
}

fn to_attribute(name: &str, attribute: &Attribute) -> tf::schema::Attribute {
    let (ty, nested_type) = match &attribute.shape {
        Shape::Plain(ty) => (type_bytes(ty), None),
        Shape::Nested(nesting, nested) => (
            Vec::new(),
            Some(tf::schema::Object {
                attributes: to_attributes(nested),
                nesting: match nesting {
                    Nesting::Single => tf::schema::object::NestingMode::Single,
                    Nesting::List => tf::schema::object::NestingMode::List,
                    Nesting::Set => tf::schema::object::NestingMode::Set,
                    Nesting::Map => tf::schema::object::NestingMode::Map,
                }
                .into(),
                ..Default::default()
            }),
        ),
    };
    tf::schema::Attribute {
        name: name.to_owned(),
        r#type: ty,
        nested_type,
        description: attribute.documentation(),
        description_kind: tf::StringKind::Markdown.into(),
        required: attribute.usage == Usage::Required,
        optional: matches!(attribute.usage, Usage::Optional | Usage::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
    }
}

fn type_bytes(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
}
