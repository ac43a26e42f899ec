//! A resource of any schema, whose service generates values that are not configured.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use tfplugin::schema::{Shape, Usage};
use tfplugin::{
    ApplyResponse, Attribute, Attributes, ConfigureRequest, CreateRequest, DataSource,
    DeleteRequest, Diagnostics, ImportRequest, ImportResponse, Nesting, Provider, ReadRequest,
    ReadResponse, Resource, Schema, Type, UpdateRequest, Value,
};

use crate::schemas::ANY_LETTERS;

/// The name of the resource type.
pub(crate) const NAME: &str = "test_thing";

/// A provider of one resource type.
#[derive(Clone)]
pub(crate) struct Service {
    attributes: Attributes,
    made: Arc<AtomicI64>,
}

impl Service {
    pub(crate) fn new(attributes: Attributes) -> Self {
        Self {
            attributes,
            made: Arc::default(),
        }
    }

    /// Returns the planned object as the service returns it: everything known, and some values in
    /// another spelling.
    fn object(&self, attributes: &Attributes, planned: &Value, in_set: bool) -> Value {
        if planned.is_null() {
            return Value::Null;
        }
        Value::map(attributes.iter().map(|(name, attribute)| {
            let value = self.attribute(attribute, planned.get(name), in_set);
            (name.as_str(), value)
        }))
    }

    fn attribute(&self, attribute: &Attribute, planned: &Value, in_set: bool) -> Value {
        if attribute.is_write_only() || planned.is_null() {
            return Value::Null;
        }
        match attribute.shape() {
            Shape::Plain(Type::String) if planned.is_known() && !in_set => {
                // Attributes that ignore case are returned in another case. Others must not be.
                self.respelled(attribute, planned)
            }
            Shape::Plain(ty) => self.plain(ty, planned, in_set),
            Shape::Nested(nesting, nested) => {
                let in_set = in_set || *nesting == Nesting::Set;
                let each = |object: &Value| self.object(nested, object, in_set);
                match (nesting, planned) {
                    (_, Value::Unknown) => self.made_nested(*nesting, nested, in_set),
                    (Nesting::Single, object) => each(object),
                    (Nesting::List, Value::List(items)) => Value::list(items.iter().map(each)),
                    (Nesting::Set, Value::Set(items)) => Value::set_of(items.iter().map(each)),
                    (Nesting::Map, Value::Map(members)) => {
                        Value::map(members.iter().map(|(key, object)| (key, each(object))))
                    }
                    (_, other) => other.clone(),
                }
            }
        }
    }

    fn respelled(&self, attribute: &Attribute, planned: &Value) -> Value {
        match planned.as_str() {
            Some(text) if attribute.description() == ANY_LETTERS => {
                Value::from(text.to_ascii_uppercase())
            }
            _ => planned.clone(),
        }
    }

    fn plain(&self, ty: &Type, planned: &Value, in_set: bool) -> Value {
        match (ty, planned) {
            (_, Value::Unknown) => self.made(ty, in_set),
            (Type::List(ty), Value::List(items)) => {
                Value::list(items.iter().map(|item| self.plain(ty, item, in_set)))
            }
            (Type::Set(ty), Value::Set(items)) => {
                Value::set_of(items.iter().map(|item| self.plain(ty, item, in_set)))
            }
            _ => planned.clone(),
        }
    }

    /// Returns a value that did not exist before, or null.
    fn made(&self, ty: &Type, in_set: bool) -> Value {
        let n = self.made.fetch_add(1, Ordering::Relaxed);
        if n % 4 == 0 && !in_set {
            return Value::Null;
        }
        match ty {
            Type::String => Value::from(format!("made {n}")),
            Type::Number => Value::from(1000 + n),
            Type::Bool => Value::from(n % 2 == 0),
            Type::Dynamic => Value::dynamic(Type::list(Type::Number), Value::list([n.into()])),
            Type::List(ty) => Value::list([self.made(ty, in_set)]),
            Type::Set(ty) => Value::set_of([self.made(ty, true)]),
            Type::Map(ty) => Value::map([("made", self.made(ty, in_set))]),
            Type::Tuple(types) => Value::list(types.iter().map(|ty| self.made(ty, in_set))),
            Type::Object { attributes, .. } => {
                let members = attributes.iter();
                Value::map(members.map(|(name, ty)| (name, self.made(ty, in_set))))
            }
        }
    }

    fn made_nested(&self, nesting: Nesting, nested: &Attributes, in_set: bool) -> Value {
        let object = || {
            Value::map(nested.iter().map(|(name, attribute)| {
                let computed =
                    matches!(attribute.usage(), Usage::Computed | Usage::OptionalComputed);
                let planned = if computed {
                    Value::Unknown
                } else {
                    Value::Null
                };
                (name.as_str(), self.attribute(attribute, &planned, in_set))
            }))
        };
        match nesting {
            Nesting::Single => object(),
            Nesting::List => Value::list([object(), object()]),
            Nesting::Set => Value::set_of([object()]),
            Nesting::Map => Value::map([("made", object())]),
        }
    }
}

#[async_trait]
impl Provider for Service {
    fn schema(&self) -> Schema {
        Schema::default()
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(self.clone())]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }

    async fn configure(&self, _: ConfigureRequest) -> Diagnostics {
        Diagnostics::new()
    }
}

#[async_trait]
impl Resource for Service {
    fn name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        Schema {
            attributes: self.attributes.clone(),
            ..Schema::default()
        }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        ReadResponse::found(self.object(&self.attributes, &request.state, false))
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        ApplyResponse::done(self.object(&self.attributes, &request.planned, false))
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        ApplyResponse::done(self.object(&self.attributes, &request.planned, false))
    }

    async fn delete(&self, _: DeleteRequest) -> ApplyResponse {
        ApplyResponse::gone()
    }

    async fn import(&self, _: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        Ok(ImportResponse::default())
    }
}
