//! The proposed new state: the host's merge of prior state and configuration.

use std::collections::BTreeMap;

use crate::schema::{Attribute, Block, Nested, NestedBlock, Nesting, Shape};
use crate::value::Value;

/// Merges the prior state and the configuration of an object, as the host does before it asks for a
/// plan.
///
/// Configured values win. Computed values that are not configured keep their prior value.
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    if prior.is_null() && config.is_null() {
        return Value::Null;
    }
    if prior.is_null() {
        return merge_block(block, &block.empty(), config);
    }
    merge_block(block, prior, config)
}

/// The attributes of an object, or of objects of a set that may correspond.
#[derive(Clone, Copy)]
enum Members<'a> {
    Block(&'a Block),
    Attributes(&'a BTreeMap<String, Attribute>),
}

impl Members<'_> {
    fn merge(self, prior: &Value, config: &Value) -> Value {
        match self {
            Self::Block(block) => proposed_new(block, prior, config),
            Self::Attributes(attributes) => {
                if config.is_null() || config.is_unknown() {
                    return config.clone();
                }
                Value::object(merge_attributes(attributes, prior, config))
            }
        }
    }

    fn could_stem(self, prior: &Value, config: &Value) -> bool {
        match self {
            Self::Block(block) => block_could_stem(block, prior, config),
            Self::Attributes(attributes) => attributes_could_stem(attributes, prior, config),
        }
    }
}

fn merge_block(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || config.is_unknown() {
        return prior.clone();
    }
    let blocks = block.blocks.iter().map(|(name, nested)| {
        (
            name.clone(),
            merge_nested_block(nested, prior.get(name), config.get(name)),
        )
    });
    Value::object(
        merge_attributes(&block.attributes, prior, config)
            .into_iter()
            .chain(blocks),
    )
}

fn merge_attributes(
    attributes: &BTreeMap<String, Attribute>,
    prior: &Value,
    config: &Value,
) -> Vec<(String, Value)> {
    let merged = attributes.iter().map(|(name, attribute)| {
        (
            name.clone(),
            merge_attribute(attribute, prior.get(name), config.get(name)),
        )
    });
    merged.collect()
}

fn merge_attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    match &attribute.shape {
        // The prior value can only come from a configuration that was removed since.
        Shape::Nested(nested)
            if attribute.computed
                && attribute.optional
                && config.is_null()
                && was_configured(nested, prior) =>
        {
            config.clone()
        }
        _ if attribute.computed && config.is_null() => prior.clone(),
        Shape::Nested(nested) => merge_nested(
            nested.nesting,
            Members::Attributes(&nested.attributes),
            prior,
            config,
        ),
        Shape::Plain(_) => config.clone(),
    }
}

fn merge_nested_block(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    if nested.block.computed && config.is_null() {
        return prior.clone();
    }
    merge_nested(nested.nesting, Members::Block(&nested.block), prior, config)
}

fn merge_nested(nesting: Nesting, members: Members<'_>, prior: &Value, config: &Value) -> Value {
    match (nesting, config) {
        (Nesting::Single, Value::Null) | (_, Value::Unknown(_)) => config.clone(),
        (Nesting::Single | Nesting::Group, _) => members.merge(prior, config),
        (Nesting::List, Value::List(elements)) => {
            let before = prior.elements().unwrap_or_default();
            let merged = elements.iter().enumerate().map(|(index, config)| {
                before
                    .get(index)
                    .map_or_else(|| config.clone(), |prior| members.merge(prior, config))
            });
            Value::list(merged)
        }
        (Nesting::Map, Value::Map(elements)) => {
            let merged = elements.iter().map(|(key, config)| {
                let before = prior.members().and_then(|prior| prior.get(key));
                let value =
                    before.map_or_else(|| config.clone(), |prior| members.merge(prior, config));
                (key.clone(), value)
            });
            Value::object(merged)
        }
        (Nesting::Set, Value::Set(elements)) => {
            let mut unused: Vec<&Value> = prior.elements().unwrap_or_default().iter().collect();
            let merged = elements.iter().map(|config| {
                let found = unused
                    .iter()
                    .position(|prior| members.could_stem(prior, config));
                match found {
                    Some(index) => members.merge(unused.remove(index), config),
                    None => config.clone(),
                }
            });
            Value::set(merged.collect::<Vec<_>>())
        }
        _ => config.clone(),
    }
}

/// Returns whether a prior value contains anything that no provider could have computed.
fn was_configured(nested: &Nested, prior: &Value) -> bool {
    if prior.is_null() {
        return false;
    }
    let objects: Vec<&Value> = match nested.nesting {
        Nesting::Single | Nesting::Group => vec![prior],
        Nesting::List | Nesting::Set => prior.elements().unwrap_or_default().iter().collect(),
        Nesting::Map => prior
            .members()
            .map(|m| m.values().collect())
            .unwrap_or_default(),
    };
    objects.into_iter().any(|object| {
        nested.attributes.iter().any(|(name, attribute)| {
            let value = object.get(name);
            if value.is_null() {
                return false;
            }
            let inside = match &attribute.shape {
                Shape::Nested(nested) => was_configured(nested, value),
                Shape::Plain(_) => false,
            };
            !attribute.computed || inside
        })
    })
}

/// Returns whether a prior element of a set may come from a configured element: equal except for
/// computed values. Sets inside must be equal as a whole.
fn block_could_stem(block: &Block, prior: &Value, config: &Value) -> bool {
    same(prior, config)
        || (attributes_could_stem(&block.attributes, prior, config)
            && block.blocks.iter().all(|(name, nested)| {
                nested_could_stem(
                    nested.nesting,
                    Members::Block(&nested.block),
                    prior.get(name),
                    config.get(name),
                )
            }))
}

fn attributes_could_stem(
    attributes: &BTreeMap<String, Attribute>,
    prior: &Value,
    config: &Value,
) -> bool {
    if same(prior, config) {
        return true;
    }
    if prior.is_null() || config.is_null() {
        return false;
    }
    attributes.iter().all(|(name, attribute)| {
        let (prior, config) = (prior.get(name), config.get(name));
        if same(prior, config) || (attribute.computed && config.is_null()) {
            return true;
        }
        match &attribute.shape {
            Shape::Plain(_) => false,
            Shape::Nested(nested) => nested_could_stem(
                nested.nesting,
                Members::Attributes(&nested.attributes),
                prior,
                config,
            ),
        }
    })
}

fn nested_could_stem(
    nesting: Nesting,
    members: Members<'_>,
    prior: &Value,
    config: &Value,
) -> bool {
    if same(prior, config) {
        return true;
    }
    match (nesting, prior, config) {
        (Nesting::Single | Nesting::Group, _, _) => members.could_stem(prior, config),
        (Nesting::List, Value::List(prior), Value::List(config)) => {
            prior.len() == config.len()
                && prior
                    .iter()
                    .zip(config)
                    .all(|(prior, config)| members.could_stem(prior, config))
        }
        (Nesting::Map, Value::Map(prior), Value::Map(config)) => {
            prior.keys().eq(config.keys())
                && prior
                    .values()
                    .zip(config.values())
                    .all(|(prior, config)| members.could_stem(prior, config))
        }
        _ => false,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    a == b || (!a.is_wholly_known() && a.unrefined() == b.unrefined())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};
    use tfplugin6::tfplugin6::schema::Attribute;
    use tfplugin6::tfplugin6::schema::object::NestingMode;

    use super::*;
    use crate::testing::{attribute, block, nested};
    use crate::value::{json::to_json, unknown};

    fn item(nesting: NestingMode) -> Attribute {
        let attributes = vec![
            Attribute {
                optional: true,
                ..attribute("name", r#""string""#)
            },
            Attribute {
                computed: true,
                ..attribute("id", r#""string""#)
            },
        ];
        Attribute {
            optional: true,
            ..nested("item", nesting, attributes)
        }
    }

    fn propose(attributes: Vec<Attribute>, prior: Json, config: Json) -> Json {
        let block = block(attributes);
        let prior = if prior.is_null() {
            Value::Null
        } else {
            block.config(&prior).unwrap()
        };
        to_json(&proposed_new(
            &block,
            &prior,
            &block.config(&config).unwrap(),
        ))
    }

    #[test]
    fn computed_attributes_keep_their_prior_value() {
        let attributes = vec![
            Attribute {
                computed: true,
                ..attribute("id", r#""string""#)
            },
            Attribute {
                optional: true,
                ..attribute("plain", r#""string""#)
            },
            Attribute {
                optional: true,
                computed: true,
                ..attribute("both", r#""string""#)
            },
        ];
        let prior = json!({ "id": "1", "plain": "old", "both": "old" });
        assert_eq!(
            propose(attributes, prior, json!({})),
            json!({ "both": "old", "id": "1", "plain": null })
        );
    }

    #[test]
    fn list_elements_merge_by_index_and_lengths_follow_configuration() {
        let prior = json!({ "item": [{ "name": "a", "id": "1" }, { "name": "b", "id": "2" }] });
        let config = json!({ "item": [{ "name": "b" }] });
        assert_eq!(
            propose(vec![item(NestingMode::List)], prior, config),
            json!({ "item": [{ "id": "1", "name": "b" }] })
        );
    }

    #[test]
    fn set_elements_merge_with_their_prior_elements() {
        let prior = json!({ "item": [{ "name": "a", "id": "1" }, { "name": "b", "id": "2" }] });
        let config = json!({ "item": [{ "name": "b" }, { "name": "c" }] });
        assert_eq!(
            propose(vec![item(NestingMode::Set)], prior, config),
            json!({ "item": [{ "id": null, "name": "c" }, { "id": "2", "name": "b" }] })
        );
    }

    #[test]
    fn removed_nested_configuration_does_not_survive_as_computed() {
        let both = Attribute {
            computed: true,
            ..item(NestingMode::Single)
        };
        let removed = json!({ "item": { "name": "a", "id": "1" } });
        assert_eq!(
            propose(vec![both.clone()], removed, json!({})),
            json!({ "item": null })
        );
        let computed = json!({ "item": { "id": "1" } });
        assert_eq!(
            propose(vec![both], computed, json!({})),
            json!({ "item": { "id": "1", "name": null } })
        );
    }

    #[test]
    fn unknown_configuration_is_proposed_as_unknown() {
        let proposed = propose(
            vec![item(NestingMode::Map)],
            Json::Null,
            json!({ "item": unknown() }),
        );
        assert_eq!(proposed, json!({ "item": unknown() }));
    }
}
