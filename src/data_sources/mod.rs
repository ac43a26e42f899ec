//! What can be read and is no resource: each kind's objects one by one and as a list, and what the
//! service tells of an agent besides.

mod conversations;
mod list;
mod lookup;
mod lookups;
mod single;

use std::sync::Arc;
use std::time::Duration;

use tfplugin::{Attributes, DataSource, Value};

pub use lookup::{Argument, Arrange, Lookup, Part, Subject};
pub use lookups::lookups;

use self::list::KindList;
use self::lookup::LookupDataSource;
use self::single::KindDataSource;
use crate::document;
use crate::hint;
use crate::lifecycle::sentence;
use crate::resources;
use crate::session::SessionHandle;

/// How long reading may take, with waiting for a data plane that comes up.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Every data source, working in a session.
pub fn data_sources(session: &SessionHandle) -> Vec<Arc<dyn DataSource>> {
    let mut all: Vec<Arc<dyn DataSource>> = Vec::new();
    for kind in resources::kinds() {
        if kind.is_listed() {
            all.push(Arc::new(KindList::new(Arc::clone(&kind), session.clone())));
        }
        all.push(Arc::new(KindDataSource::new(kind, session.clone())));
    }
    for lookup in lookups() {
        all.push(Arc::new(LookupDataSource::new(lookup, session.clone())));
    }
    all
}

/// A state without what a data source leaves out.
fn shaped(attributes: &Attributes, state: &Value) -> Value {
    let members = attributes
        .iter()
        .map(|(name, attribute)| (name.as_str(), restricted(&attribute.ty(), state.get(name))));
    Value::map(members)
}

fn restricted(ty: &tfplugin::Type, value: &Value) -> Value {
    use tfplugin::Type;
    match (ty, value) {
        (Type::Object { attributes, .. }, Value::Map(_)) => Value::map(
            attributes
                .iter()
                .map(|(name, ty)| (name.as_str(), restricted(ty, value.get(name)))),
        ),
        (Type::List(element), Value::List(items)) => {
            Value::list(items.iter().map(|item| restricted(element, item)))
        }
        // What may be of any type is text in a list, whose elements are all of one.
        (Type::String, Value::Dynamic(_)) => match document::to_plain(value) {
            serde_json::Value::Null => Value::Null,
            json => Value::from(json.to_string()),
        },
        (_, value) => value.clone(),
    }
}

/// What is told of a failure: what happened, and what to do about it.
pub(crate) fn told(error: &azure::Error) -> String {
    told_with(error, None)
}

/// The same with one paragraph more.
pub(crate) fn told_with(error: &azure::Error, more: Option<String>) -> String {
    let remedy = error.remedy().map(|remedy| sentence(&remedy));
    let hint = hint::doctor(error.kind()).map(str::to_owned);
    let paragraphs = [Some(error.detail()), remedy, more, hint];
    paragraphs
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n\n")
}
