//! Schemas as the host decodes them, and their types.

pub(crate) mod config;
mod problems;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use tfplugin6::tfplugin6 as proto;
use tfplugin6::tfplugin6::schema::nested_block::NestingMode as BlockMode;
use tfplugin6::tfplugin6::schema::object::NestingMode as ObjectMode;

pub use self::config::config_problems;
pub use self::problems::schema_problems;
use crate::value::Type;

/// The schema of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// The version of the state that it describes.
    pub version: i64,
    /// The attributes and nested blocks.
    pub block: Block,
    /// The type of values, which equals [`Block::ty`].
    pub ty: Type,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Attributes by name.
    pub attributes: BTreeMap<String, Attribute>,
    /// Nested blocks by type name.
    pub blocks: BTreeMap<String, NestedBlock>,
    /// Whether the provider may plan the block if the configuration has none.
    pub computed: bool,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// A plain type or nested attributes.
    pub shape: Shape,
    /// Whether the configuration must set it.
    pub required: bool,
    /// Whether the configuration may set it.
    pub optional: bool,
    /// Whether the provider may set it if the configuration does not.
    pub computed: bool,
    /// Whether it is hidden in output.
    pub sensitive: bool,
    /// Whether only the configuration contains it.
    pub write_only: bool,
    /// Whether it is deprecated.
    pub deprecated: bool,
}

/// The shape of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A value of a type.
    Plain(Type),
    /// Nested attributes.
    Nested(Nested),
}

/// Nested attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// How the objects are organized.
    pub nesting: Nesting,
    /// The attributes of each object.
    pub attributes: BTreeMap<String, Attribute>,
}

/// Nested blocks of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct NestedBlock {
    /// How the blocks are organized. A group is a single block that is never null.
    pub nesting: Nesting,
    /// The content of each block.
    pub block: Block,
    /// The minimum number of blocks.
    pub min_items: i64,
    /// The maximum number of blocks, 0 for any number.
    pub max_items: i64,
}

/// How nested objects are organized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object, or null.
    Single,
    /// One object, with null attributes if the configuration has none. For blocks only.
    Group,
    /// Ordered objects.
    List,
    /// Unordered objects.
    Set,
    /// Objects by key.
    Map,
}

impl Schema {
    /// Converts a schema from its message.
    pub fn from_proto(schema: &proto::Schema) -> Result<Self> {
        let block = Block::from_proto(schema.block.as_ref().context("schema without block")?)?;
        let ty = block.ty();
        Ok(Self {
            version: schema.version,
            block,
            ty,
        })
    }
}

impl Block {
    /// Converts a block from its message.
    pub fn from_proto(block: &proto::schema::Block) -> Result<Self> {
        let nested = block.block_types.iter().map(|nested| {
            let name = nested.type_name.clone();
            let nested =
                NestedBlock::from_proto(nested).with_context(|| format!("block {name}"))?;
            Ok((name, nested))
        });
        Ok(Self {
            attributes: attributes_from_proto(&block.attributes)?,
            blocks: nested.collect::<Result<_>>()?,
            computed: block.computed,
        })
    }

    /// Returns the type of values of the block.
    pub fn ty(&self) -> Type {
        let attributes = self
            .attributes
            .iter()
            .map(|(name, attribute)| (name, attribute.ty()));
        let blocks = self.blocks.iter().map(|(name, nested)| (name, nested.ty()));
        Type::object(attributes.chain(blocks))
    }
}

impl Attribute {
    /// Returns the type of values of the attribute.
    pub fn ty(&self) -> Type {
        match &self.shape {
            Shape::Plain(ty) => ty.clone(),
            Shape::Nested(nested) => nested.ty(),
        }
    }

    fn from_proto(attribute: &proto::schema::Attribute) -> Result<Self> {
        let shape = match &attribute.nested_type {
            Some(nested) => Shape::Nested(Nested::from_proto(nested)?),
            None => Shape::Plain(Type::parse(&attribute.r#type)?),
        };
        Ok(Self {
            shape,
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            sensitive: attribute.sensitive,
            write_only: attribute.write_only,
            deprecated: attribute.deprecated,
        })
    }
}

impl Nested {
    /// Returns the type of values.
    pub fn ty(&self) -> Type {
        let object = Type::object(
            self.attributes
                .iter()
                .map(|(name, attribute)| (name, attribute.ty())),
        );
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }

    fn from_proto(nested: &proto::schema::Object) -> Result<Self> {
        let nesting = match nested.nesting() {
            ObjectMode::Single => Nesting::Single,
            ObjectMode::List => Nesting::List,
            ObjectMode::Set => Nesting::Set,
            ObjectMode::Map => Nesting::Map,
            ObjectMode::Invalid => bail!("nested attributes without nesting mode"),
        };
        Ok(Self {
            nesting,
            attributes: attributes_from_proto(&nested.attributes)?,
        })
    }
}

impl NestedBlock {
    /// Returns the type of values.
    pub fn ty(&self) -> Type {
        let object = self.block.ty();
        match self.nesting {
            Nesting::Single | Nesting::Group => object,
            Nesting::List if object.has_dynamic() => Type::BlockList(Box::new(object)),
            Nesting::Map if object.has_dynamic() => Type::BlockMap(Box::new(object)),
            Nesting::List => Type::list(object),
            Nesting::Set => Type::set(object),
            Nesting::Map => Type::map(object),
        }
    }

    fn from_proto(nested: &proto::schema::NestedBlock) -> Result<Self> {
        let nesting = match nested.nesting() {
            BlockMode::Single => Nesting::Single,
            BlockMode::Group => Nesting::Group,
            BlockMode::List => Nesting::List,
            BlockMode::Set => Nesting::Set,
            BlockMode::Map => Nesting::Map,
            BlockMode::Invalid => bail!("nested block without nesting mode"),
        };
        Ok(Self {
            nesting,
            block: Block::from_proto(
                nested
                    .block
                    .as_ref()
                    .context("nested block without block")?,
            )?,
            min_items: nested.min_items,
            max_items: nested.max_items,
        })
    }
}

/// Returns the type of identities of a schema.
pub fn identity_type(schema: &proto::ResourceIdentitySchema) -> Result<Type> {
    let attributes = schema.identity_attributes.iter().map(|attribute| {
        let ty = Type::parse(&attribute.r#type)
            .with_context(|| format!("identity attribute {}", attribute.name))?;
        Ok((attribute.name.clone(), ty))
    });
    Ok(Type::object(attributes.collect::<Result<Vec<_>>>()?))
}

fn attributes_from_proto(
    attributes: &[proto::schema::Attribute],
) -> Result<BTreeMap<String, Attribute>> {
    let attributes = attributes.iter().map(|attribute| {
        let name = attribute.name.clone();
        let attribute =
            Attribute::from_proto(attribute).with_context(|| format!("attribute {name}"))?;
        Ok((name, attribute))
    });
    attributes.collect()
}
