//! Planning, from a schema, a configuration and the prior state.
//!
//! The host's own proposal is a function of the same three inputs, so it is not used. Only
//! defaults, write-only values and computed values need more than the host knows.

mod check;
mod elements;
mod generate;
mod spelling;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use check::{Violation, plan_violations, result_violations};
pub use elements::predecessors;
use elements::predecessors_of;
pub use generate::{configuration_of, generated, without_secrets};
pub use spelling::{is_equivalent, keep_spelling};

use crate::schema::{Attribute, Attributes, Nesting, Shape, Usage, holds_write_only};
use crate::value::{Path, Value};

/// Values of top-level attributes that replace the schema's defaults. They are known without a
/// request to the service, but not when the schema is written.
pub type Defaults = BTreeMap<String, Value>;

/// Returns the planned state for a configuration that is not null.
///
/// Configured values are planned unchanged. Computed values keep their prior values while nothing
/// changes. With any change they become unknown, except those that an update does not affect.
pub fn plan(attributes: &Attributes, defaults: &Defaults, config: &Value, prior: &Value) -> Value {
    let unchanged = Pass { mark: false }.root(attributes, defaults, config, prior);
    if unchanged == *prior {
        return unchanged;
    }
    Pass { mark: true }.root(attributes, defaults, config, prior)
}

/// Returns the paths at which a change from `prior` to `planned` needs a new object. Both arguments
/// are objects.
///
/// Unknown values count as changed. If a configured object is unknown as a whole, all its
/// attributes count as changed, because the host does not accept an update that becomes a
/// replacement.
pub fn replacements(
    attributes: &Attributes,
    config: &Value,
    prior: &Value,
    planned: &Value,
) -> Vec<Path> {
    let mut paths = Vec::new();
    replaced_attributes(
        attributes,
        config,
        prior,
        planned,
        &Path::root(),
        &mut paths,
    );
    paths
}

/// Returns the object with every write-only attribute set to null, at any depth.
pub fn without_write_only(attributes: &Attributes, object: Value) -> Value {
    let Value::Map(mut members) = object else {
        return object;
    };
    for (name, attribute) in attributes {
        let Some(value) = members.get_mut(name) else {
            continue;
        };
        if attribute.write_only {
            *value = Value::Null;
        } else if let Shape::Nested(nesting, nested) = &attribute.shape {
            let taken = std::mem::replace(value, Value::Null);
            *value = map_objects(*nesting, taken, |object| without_write_only(nested, object));
        }
    }
    Value::Map(members)
}

/// Applies a function to each object of a nested attribute.
fn map_objects(nesting: Nesting, value: Value, mut each: impl FnMut(Value) -> Value) -> Value {
    match (nesting, value) {
        (Nesting::Single, object) => each(object),
        (Nesting::List, Value::List(items)) => Value::list(items.into_iter().map(each)),
        (Nesting::Set, Value::Set(items)) => Value::set_of(items.into_iter().map(each)),
        (Nesting::Map, Value::Map(members)) => {
            Value::map(members.into_iter().map(|(key, object)| (key, each(object))))
        }
        (_, other) => other,
    }
}

/// One pass over the attributes. `mark` says that something changes, so computed values may change
/// as well.
struct Pass {
    mark: bool,
}

impl Pass {
    fn root(
        &self,
        attributes: &Attributes,
        defaults: &Defaults,
        config: &Value,
        prior: &Value,
    ) -> Value {
        Value::map(attributes.iter().map(|(name, attribute)| {
            let default = defaults.get(name).or(attribute.default.as_ref());
            let (config, before) = (config.get(name), prior.get(name));
            let stays_open = prior.is_known();
            (
                name.as_str(),
                self.attribute(attribute, default, config, before, stays_open),
            )
        }))
    }

    fn object(&self, attributes: &Attributes, config: &Value, prior: &Value) -> Value {
        if config.is_unknown() && holds_write_only(attributes) {
            // The host expects null in every write-only attribute, but an unknown value in an
            // unknown element.
            return Value::map(attributes.iter().map(|(name, attribute)| {
                let planned = match attribute.write_only {
                    true => Value::Null,
                    false => Value::Unknown,
                };
                (name.as_str(), planned)
            }));
        }
        if !config.is_known() {
            return config.clone();
        }
        let stays_open =
            self.mark && Self { mark: false }.object(attributes, config, prior) == *prior;
        Value::map(attributes.iter().map(|(name, attribute)| {
            let default = attribute.default.as_ref();
            let (config, before) = (config.get(name), prior.get(name));
            (
                name.as_str(),
                self.attribute(attribute, default, config, before, stays_open),
            )
        }))
    }

    /// `stays_open` keeps a computed value null if it was null before, although something else
    /// changes.
    fn attribute(
        &self,
        attribute: &Attribute,
        default: Option<&Value>,
        config: &Value,
        prior: &Value,
        stays_open: bool,
    ) -> Value {
        if attribute.write_only {
            return Value::Null;
        }
        // A deprecated attribute is no longer offered, so no new value is computed for it.
        let stays_open = stays_open || attribute.deprecated.is_some();
        let was_open = stays_open && matches!(attribute.usage, Usage::OptionalComputed);
        let stays = attribute.keep_state && (prior.is_known() || was_open);
        if config.is_null() {
            return match default {
                Some(default) => kept_if_equivalent(attribute, default, prior),
                None if !attribute.is_computed() => Value::Null,
                None if self.mark && !stays => Value::Unknown,
                None => prior.clone(),
            };
        }
        match &attribute.shape {
            Shape::Nested(nesting, nested) if config.is_known() => {
                self.nested(attribute, *nesting, nested, config, prior)
            }
            _ => kept_if_equivalent(attribute, config, prior),
        }
    }

    fn nested(
        &self,
        attribute: &Attribute,
        nesting: Nesting,
        attributes: &Attributes,
        config: &Value,
        prior: &Value,
    ) -> Value {
        match (nesting, config) {
            (Nesting::Single, config) => self.object(attributes, config, prior),
            (Nesting::List, Value::List(items)) => {
                let keeping = Self { mark: false };
                let key = attribute.element_key;
                let before = match prior {
                    Value::List(before) => predecessors_of(key, attributes, items, before),
                    _ => vec![None; items.len()],
                };
                // A value that the service chose for an element does not apply to another element
                // in its place.
                let goes_on = |item: &Value, before: &Value| {
                    !key.is_empty() || keeping.object(attributes, item, before) == *before
                };
                let items = items.iter().zip(before);
                Value::list(items.map(|(item, before)| {
                    let before = before.filter(|before| goes_on(item, before));
                    self.object(attributes, item, before.unwrap_or(&Value::Null))
                }))
            }
            (Nesting::Map, Value::Map(members)) => {
                Value::map(members.iter().map(|(key, member)| {
                    (
                        key.as_str(),
                        self.object(attributes, member, prior.get(key)),
                    )
                }))
            }
            (Nesting::Set, Value::Set(items)) => {
                let items: Vec<&Value> = items.iter().collect();
                let before = correlate(attributes, &items, prior);
                let items = items.iter().zip(before);
                Value::set_of(items.map(|(item, before)| self.object(attributes, item, before)))
            }
            // The host has converted the configuration to the type already.
            (_, other) => other.clone(),
        }
    }
}

/// Returns, for each element of a set, the prior element that it continues, or null if there is
/// none.
///
/// Elements have no identity. A prior element matches if the configured element, with computed
/// values filled in, equals it. Elements that are configured completely are matched first, so that
/// no other element takes their match and becomes a duplicate.
fn correlate<'a>(attributes: &Attributes, items: &[&Value], prior: &'a Value) -> Vec<&'a Value> {
    const NONE: &Value = &Value::Null;
    let mut unused: Vec<&'a Value> = prior.elements().unwrap_or_default();
    let mut found: Vec<Option<&'a Value>> = vec![None; items.len()];
    let keeping = Pass { mark: false };
    for exact in [true, false] {
        for (item, found) in items
            .iter()
            .zip(&mut found)
            .filter(|(_, found)| found.is_none())
        {
            let fits = |candidate: &&Value| {
                if exact {
                    candidate == item
                } else {
                    keeping.object(attributes, item, candidate) == **candidate
                }
            };
            if let Some(n) = unused.iter().position(fits) {
                *found = Some(unused.swap_remove(n));
            }
        }
    }
    found
        .into_iter()
        .map(|found| found.unwrap_or(NONE))
        .collect()
}

/// Returns the prior value if it means the same as the new one, and the new one otherwise.
fn kept_if_equivalent(attribute: &Attribute, new: &Value, prior: &Value) -> Value {
    match attribute.semantic_equality {
        Some(same)
            if prior.is_known()
                && new.is_known()
                && new.is_wholly_known()
                && is_equivalent(same, prior, new) =>
        {
            prior.clone()
        }
        _ => new.clone(),
    }
}

fn replaced_attributes(
    attributes: &Attributes,
    config: &Value,
    prior: &Value,
    planned: &Value,
    path: &Path,
    paths: &mut Vec<Path>,
) {
    for (name, attribute) in attributes {
        let (config, before, after) = (config.get(name), prior.get(name), planned.get(name));
        if before == after {
            continue;
        }
        let path = path.attribute(name.as_str());
        if attribute.requires_replace {
            paths.push(path);
            continue;
        }
        if after.is_unknown() && !config.is_unknown() {
            // Computed as a whole: whatever the result is, it forces no replacement.
            continue;
        }
        let Shape::Nested(nesting, nested) = &attribute.shape else {
            continue;
        };
        match (nesting, before) {
            (Nesting::Single, before) if before.is_known() && !after.is_null() => {
                replaced_attributes(nested, config, before, after, &path, paths);
            }
            (Nesting::List, Value::List(before)) => {
                for (n, before) in before.iter().enumerate() {
                    if let Some(after) = item(after, n) {
                        let config = item(config, n).unwrap_or(&Value::Null);
                        replaced_attributes(nested, config, before, after, &path.index(n), paths);
                    }
                }
            }
            (Nesting::Map, Value::Map(before)) => {
                for (key, before) in before {
                    let (config, after) = (config.get(key), after.get(key));
                    if !after.is_null() {
                        let path = path.key(key.as_str());
                        replaced_attributes(nested, config, before, after, &path, paths);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Returns an element of a list. The element of an unknown list is unknown.
fn item(list: &Value, n: usize) -> Option<&Value> {
    match list {
        Value::Unknown => Some(list),
        Value::List(items) => items.get(n),
        _ => None,
    }
}
