//! The rules for planned objects.

use std::collections::BTreeMap;

use super::Problem;
use crate::schema::{Attribute, Block, Nested, NestedBlock, Nesting, Shape};
use crate::value::{Path, Value, json};

/// Returns everything in a planned object that the host refuses, given the configuration and the
/// prior state.
///
/// A plan repeats configured values, or keeps the prior value if it is equivalent. It may only set
/// values that are computed and not configured.
pub fn assert_plan_valid(
    block: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Vec<Problem> {
    let mut check = Check {
        problems: Vec::new(),
    };
    // Refinements of unknown values are ignored in the comparison.
    let (config, planned) = (config.unrefined(), planned.unrefined());
    check.block(block, prior, &config, &planned, &Path::root());
    check.problems
}

struct Check {
    problems: Vec<Problem>,
}

impl Check {
    fn add(&mut self, path: &Path, reason: impl Into<String>) {
        self.problems.push(Problem::new(path, reason));
    }

    /// Handles null values: both are null, or one of them is null by mistake. Returns whether
    /// nothing is left to compare.
    fn existence_settled(&mut self, config: &Value, planned: &Value, path: &Path) -> bool {
        match (config.is_null(), planned.is_null()) {
            (true, true) => {}
            (true, false) => self.add(path, "planned for existence but config wants absence"),
            (false, true) => self.add(path, "planned for absence but config wants existence"),
            (false, false) => return false,
        }
        true
    }

    fn block(
        &mut self,
        block: &Block,
        prior: &Value,
        config: &Value,
        planned: &Value,
        path: &Path,
    ) {
        if self.existence_settled(config, planned, path) {
            return;
        }
        self.attributes(&block.attributes, prior, config, planned, path);
        for (name, nested) in &block.blocks {
            let path = path.attribute(name);
            self.nested_block(
                nested,
                prior.get(name),
                config.get(name),
                planned.get(name),
                &path,
            );
        }
    }

    fn attributes(
        &mut self,
        attributes: &BTreeMap<String, Attribute>,
        prior: &Value,
        config: &Value,
        planned: &Value,
        path: &Path,
    ) {
        for (name, attribute) in attributes {
            let path = path.attribute(name);
            self.attribute(
                attribute,
                prior.get(name),
                config.get(name),
                planned.get(name),
                &path,
            );
        }
    }

    fn attribute(
        &mut self,
        attribute: &Attribute,
        prior: &Value,
        config: &Value,
        planned: &Value,
        path: &Path,
    ) {
        if attribute.write_only {
            if !planned.is_null() {
                self.add(path, "planned value for write-only attribute is not null");
            }
            return;
        }
        let unchanged = planned == prior && !prior.is_null() && !config.is_null();
        if planned == config || unchanged {
            return;
        }
        if attribute.computed && (!attribute.optional || config.is_null()) {
            return;
        }
        if let Shape::Nested(nested) = &attribute.shape {
            return self.nested(nested, prior, config, planned, path);
        }
        let reason = match (attribute.sensitive, config.is_null(), prior.is_null()) {
            (true, true, _) => "sensitive planned value for a non-computed attribute".into(),
            (true, false, true) => "sensitive planned value does not match config value".into(),
            (true, false, false) => {
                "sensitive planned value does not match config value nor prior value".into()
            }
            (false, true, _) => {
                format!(
                    "planned value {} for a non-computed attribute",
                    shown(planned)
                )
            }
            (false, false, true) => format!(
                "planned value {} does not match config value {}",
                shown(planned),
                shown(config)
            ),
            (false, false, false) => format!(
                "planned value {} does not match config value {} nor prior value {}",
                shown(planned),
                shown(config),
                shown(prior)
            ),
        };
        self.add(path, reason);
    }

    fn nested(
        &mut self,
        nested: &Nested,
        prior: &Value,
        config: &Value,
        planned: &Value,
        path: &Path,
    ) {
        if self.existence_settled(config, planned, path) {
            return;
        }
        if planned.is_unknown() {
            return self.add(path, "planned unknown for configured value");
        }
        let attributes = &nested.attributes;
        match (nested.nesting, planned) {
            (Nesting::Single | Nesting::Group, _) => {
                self.attributes(attributes, prior, config, planned, path);
            }
            (Nesting::List, Value::List(elements)) => {
                if !self.same_count("count", config, elements.len(), path) {
                    return;
                }
                for (index, planned) in elements.iter().enumerate() {
                    let path = path.index(index);
                    let (prior, config) = (element(prior, index), element(config, index));
                    self.attributes(attributes, prior, config, planned, &path);
                }
            }
            (Nesting::Map, Value::Map(elements)) => {
                self.same_keys("map key", config, elements, path);
                for (key, planned) in elements {
                    if config
                        .members()
                        .is_some_and(|members| members.contains_key(key))
                    {
                        let (prior, config) = (prior.get(key), config.get(key));
                        self.attributes(attributes, prior, config, planned, &path.key(key));
                    }
                }
            }
            // Elements of sets cannot be matched, so the host trusts the provider.
            (Nesting::Set, Value::Set(elements)) => {
                self.same_count("count", config, elements.len(), path);
            }
            _ => self.add(
                path,
                format!("planned {} for nested attributes", planned.kind()),
            ),
        }
    }

    fn nested_block(
        &mut self,
        nested: &NestedBlock,
        prior: &Value,
        config: &Value,
        planned: &Value,
        path: &Path,
    ) {
        if planned == config || (nested.block.computed && config.is_null()) {
            return;
        }
        if config.is_unknown() {
            let reason = format!("planned value {} for unknown dynamic block", shown(planned));
            return self.add(path, reason);
        }
        if planned.is_unknown() {
            let kind = if nested.block.computed {
                "configured"
            } else {
                "non-computed"
            };
            return self.add(path, format!("planned unknown value for {kind} block"));
        }
        if planned.is_null() && nested.nesting != Nesting::Single {
            let kind = match nested.nesting {
                Nesting::Single | Nesting::Group => "group",
                Nesting::List => "list",
                Nesting::Set => "set",
                Nesting::Map => "map",
            };
            let reason = format!(
                "attribute representing a {kind} of nested blocks must be empty to indicate no \
                 blocks, not null"
            );
            return self.add(path, reason);
        }
        let block = &nested.block;
        match (nested.nesting, planned) {
            (Nesting::Single | Nesting::Group, _) => {
                self.block(block, prior, config, planned, path);
            }
            (Nesting::List, Value::List(elements)) => {
                if !self.same_count("block count", config, elements.len(), path) {
                    return;
                }
                for (index, planned) in elements.iter().enumerate() {
                    let path = path.index(index);
                    if self.element_known(planned, &path) {
                        let (prior, config) = (element(prior, index), element(config, index));
                        self.block(block, prior, config, planned, &path);
                    }
                }
            }
            (Nesting::Map, Value::Map(elements)) => {
                self.same_keys("block key", config, elements, path);
                for (key, planned) in elements {
                    let path = path.key(key);
                    let configured = config.members().is_some_and(|m| m.contains_key(key));
                    if configured && self.element_known(planned, &path) {
                        self.block(block, prior.get(key), config.get(key), planned, &path);
                    }
                }
            }
            (Nesting::Set, Value::Set(elements)) => {
                for planned in elements {
                    self.element_known(planned, path);
                }
            }
            _ => self.add(
                path,
                format!("planned {} for nested blocks", planned.kind()),
            ),
        }
    }

    fn element_known(&mut self, planned: &Value, path: &Path) -> bool {
        if planned.is_unknown() {
            self.add(
                path,
                "element representing nested block must not be unknown itself; \
                 set nested attribute values to unknown instead",
            );
        }
        !planned.is_unknown()
    }

    fn same_count(&mut self, what: &str, config: &Value, planned: usize, path: &Path) -> bool {
        let configured = config.elements().map(<[Value]>::len);
        if configured != Some(planned) {
            let configured = configured.map_or("unknown".to_owned(), |count| count.to_string());
            let reason =
                format!("{what} in plan ({planned}) disagrees with count in config ({configured})");
            self.add(path, reason);
        }
        configured == Some(planned)
    }

    fn same_keys(
        &mut self,
        what: &str,
        config: &Value,
        planned: &BTreeMap<String, Value>,
        path: &Path,
    ) {
        let Some(configured) = config.members() else {
            return self.add(path, "planned a known map for an unknown one");
        };
        for key in planned.keys().filter(|key| !configured.contains_key(*key)) {
            self.add(
                path,
                format!("{what} {key:?} from plan is not present in config"),
            );
        }
        for key in configured.keys().filter(|key| !planned.contains_key(*key)) {
            self.add(
                path,
                format!("{what} {key:?} from config is not present in plan"),
            );
        }
    }
}

/// Returns an element of a list: null if there is none, unknown in an unknown list.
fn element(list: &Value, index: usize) -> &Value {
    const NULL: &Value = &Value::Null;
    if list.is_unknown() {
        return list;
    }
    list.elements()
        .and_then(|elements| elements.get(index))
        .unwrap_or(NULL)
}

fn shown(value: &Value) -> String {
    json::to_json(value).to_string()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value as Json, json};
    use tfplugin6::tfplugin6::schema::Attribute;
    use tfplugin6::tfplugin6::schema::object::NestingMode;

    use super::*;
    use crate::testing::{attribute, block, nested};
    use crate::value::unknown;

    fn thing() -> Block {
        let item = vec![
            Attribute {
                optional: true,
                ..attribute("name", r#""string""#)
            },
            Attribute {
                computed: true,
                ..attribute("id", r#""string""#)
            },
        ];
        block(vec![
            Attribute {
                optional: true,
                ..attribute("plain", r#""string""#)
            },
            Attribute {
                computed: true,
                ..attribute("id", r#""string""#)
            },
            Attribute {
                optional: true,
                computed: true,
                ..attribute("both", r#""string""#)
            },
            Attribute {
                optional: true,
                write_only: true,
                ..attribute("secret", r#""string""#)
            },
            Attribute {
                optional: true,
                sensitive: true,
                ..attribute("hidden", r#""string""#)
            },
            Attribute {
                optional: true,
                ..nested("list", NestingMode::List, item.clone())
            },
            Attribute {
                optional: true,
                ..nested("map", NestingMode::Map, item.clone())
            },
            Attribute {
                optional: true,
                ..nested("set", NestingMode::Set, item.clone())
            },
            Attribute {
                optional: true,
                computed: true,
                ..nested("one", NestingMode::Single, item)
            },
        ])
    }

    fn problems(prior: Json, config: Json, planned: Json) -> Vec<String> {
        let block = thing();
        let read = |json: &Json| match json {
            Json::Null => Value::Null,
            json => block.config(json).unwrap(),
        };
        let found = assert_plan_valid(&block, &read(&prior), &read(&config), &read(&planned));
        found.iter().map(Problem::to_string).collect()
    }

    #[rstest]
    #[case::repeats_config(json!(null), json!({ "plain": "a" }), json!({ "plain": "a", "id": unknown() }))]
    #[case::keeps_prior(json!({ "plain": "A" }), json!({ "plain": "a" }), json!({ "plain": "A" }))]
    #[case::keeps_unknown(json!(null), json!({ "plain": unknown() }), json!({ "plain": unknown() }))]
    #[case::computes(json!(null), json!({}), json!({ "both": "x", "id": "1", "one": { "id": "2" } }))]
    #[case::forgets_secrets(json!(null), json!({ "secret": "s" }), json!({}))]
    #[case::computes_inside(
        json!(null),
        json!({ "list": [{ "name": "a" }], "map": { "k": {} } }),
        json!({ "list": [{ "name": "a", "id": unknown() }], "map": { "k": { "id": "1" } } }),
    )]
    #[case::trusts_sets(
        json!(null),
        json!({ "set": [{ "name": "a" }] }),
        json!({ "set": [{ "name": "b" }] }),
    )]
    #[case::destroys(json!({ "plain": "a" }), json!(null), json!(null))]
    fn allowed_plans_have_no_problems(
        #[case] prior: Json,
        #[case] config: Json,
        #[case] planned: Json,
    ) {
        assert_eq!(problems(prior, config, planned), Vec::<String>::new());
    }

    #[rstest]
    #[case(json!(null), json!({ "plain": "a" }), json!({ "plain": "b" }),
        r#"plain: planned value "b" does not match config value "a""#)]
    #[case(json!({ "plain": "c" }), json!({ "plain": "a" }), json!({ "plain": "b" }),
        r#"plain: planned value "b" does not match config value "a" nor prior value "c""#)]
    #[case(json!(null), json!({}), json!({ "plain": "b" }),
        r#"plain: planned value "b" for a non-computed attribute"#)]
    #[case(json!({ "plain": "old" }), json!({}), json!({ "plain": "old" }),
        r#"plain: planned value "old" for a non-computed attribute"#)]
    #[case(json!(null), json!({ "secret": "s" }), json!({ "secret": "s" }),
        "secret: planned value for write-only attribute is not null")]
    #[case(json!(null), json!({ "hidden": "s" }), json!({ "hidden": "t" }),
        "hidden: sensitive planned value does not match config value")]
    #[case(json!(null), json!({ "list": [{}] }), json!({ "list": [] }),
        "list: count in plan (0) disagrees with count in config (1)")]
    #[case(json!(null), json!({ "list": [{ "name": "a" }] }), json!({ "list": [{ "name": "b" }] }),
        r#"list[0].name: planned value "b" does not match config value "a""#)]
    #[case(json!(null), json!({ "map": { "k": {} } }), json!({ "map": { "l": {} } }),
        r#"map: map key "l" from plan is not present in config"#)]
    #[case(json!(null), json!({ "set": [{}] }), json!({ "set": null }),
        "set: planned for absence but config wants existence")]
    #[case(json!(null), json!({ "one": {} }), json!({ "one": unknown() }),
        "one: planned unknown for configured value")]
    #[case(json!(null), json!({ "plain": unknown() }), json!({ "plain": "guess" }),
        r#"plain: planned value "guess" does not match config value {"(known after apply)":true}"#)]
    #[case(json!(null), json!(null), json!({}),
        "(root): planned for existence but config wants absence")]
    fn violated_rules_are_reported_with_their_path(
        #[case] prior: Json,
        #[case] config: Json,
        #[case] planned: Json,
        #[case] expected: &str,
    ) {
        let found = problems(prior, config, planned);
        assert_eq!(
            found.first().map(String::as_str),
            Some(expected),
            "{found:?}"
        );
    }
}
