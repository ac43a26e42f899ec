//! Data sources: single objects and lists of each kind, and other information about agents.

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

/// The time limit of a read, including the wait for a data plane that starts.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Returns all data sources in a session.
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

/// Reduces a state to the attributes of a data source.
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
        // Elements of a list must have the same type, so dynamic values become JSON text.
        (Type::String, Value::Dynamic(_)) => match document::to_plain(value) {
            serde_json::Value::Null => Value::Null,
            json => Value::from(json.to_string()),
        },
        (_, value) => value.clone(),
    }
}

/// Returns the detail of an error: the cause and the remedy.
pub(crate) fn told(error: &azure::Error) -> String {
    told_with(error, None)
}

/// Like [`told`], with another paragraph.
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
