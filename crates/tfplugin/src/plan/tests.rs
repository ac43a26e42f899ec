//! Tests of planning.

use super::*;
use crate::schema::{Schema, attributes};

fn ignore_case(one: &Value, other: &Value) -> bool {
    one.as_str()
        .zip(other.as_str())
        .is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
}

fn schema() -> Attributes {
    let model = attributes([
        (
            "name",
            Attribute::string("The name.").default_value("Automatic"),
        ),
        ("version", Attribute::string("The version.").computed()),
    ]);
    Schema::from([
        ("id", Attribute::string("The id.").computed().keep_state()),
        (
            "etag",
            Attribute::string("The version of the object.").computed(),
        ),
        (
            "name",
            Attribute::string("The name.").required().requires_replace(),
        ),
        (
            "mode",
            Attribute::string("The mode.").semantic_equality(ignore_case),
        ),
        (
            "channel",
            Attribute::string("Chosen.")
                .optional_computed()
                .keep_state(),
        ),
        ("key_wo", Attribute::string("A key.").write_only()),
        (
            "model",
            Attribute::nested(Nesting::Single, model.clone(), "A model."),
        ),
        ("models", Attribute::nested(Nesting::Set, model, "Models.")),
    ])
    .attributes
}

fn config(members: &[(&str, Value)]) -> Value {
    let mut config = Value::map(schema().keys().map(|name| (name.clone(), Value::Null)));
    members
        .iter()
        .for_each(|(name, value)| config.set(name, value.clone()));
    config
}

fn planned(config: &Value, prior: &Value) -> Value {
    plan(&schema(), &Defaults::new(), config, prior)
}

fn prior() -> Value {
    config(&[
        ("id", "1".into()),
        ("etag", "e".into()),
        ("name", "a".into()),
        ("mode", "Review".into()),
        ("channel", "Stable".into()),
    ])
}

#[test]
fn a_new_object_has_unknown_computed_values_and_defaults() {
    let model = Value::map([("name", Value::Null), ("version", Value::Null)]);
    let plan = planned(
        &config(&[
            ("name", "a".into()),
            ("key_wo", "k".into()),
            ("model", model),
        ]),
        &Value::Null,
    );
    assert_eq!(plan.get("id"), &Value::Unknown);
    assert_eq!(plan.get("channel"), &Value::Unknown);
    assert_eq!(plan.get("key_wo"), &Value::Null);
    assert_eq!(plan.get("mode"), &Value::Null);
    assert_eq!(plan.get("model").get("name"), &"Automatic".into());
    assert_eq!(plan.get("model").get("version"), &Value::Unknown);
}

#[test]
fn no_change_plans_the_prior_state() {
    let config = config(&[
        ("name", "a".into()),
        ("mode", "review".into()),
        ("key_wo", "k".into()),
    ]);
    assert_eq!(planned(&config, &prior()), prior());
}

#[test]
fn a_change_leaves_only_stable_values_known() {
    let plan = planned(&config(&[("name", "a".into())]), &prior());
    assert_eq!(plan.get("id"), &"1".into());
    assert_eq!(plan.get("etag"), &Value::Unknown);
    assert_eq!(plan.get("channel"), &"Stable".into());
    assert_eq!(plan.get("mode"), &Value::Null);
}

#[test]
fn a_stable_value_that_never_arrived_is_unknown_again() {
    let mut prior = prior();
    prior.set("id", Value::Null);
    prior.set("channel", Value::Null);
    let plan = planned(&config(&[("name", "a".into())]), &prior);
    assert_eq!(plan.get("id"), &Value::Unknown);
    // A change of another attribute computes no value for an attribute that had none.
    assert_eq!(plan.get("channel"), &Value::Null);
}

#[test]
fn unknown_configuration_is_not_defaulted() {
    let model = Value::map([("name", Value::Unknown), ("version", Value::Null)]);
    let plan = planned(
        &config(&[("name", "a".into()), ("model", model)]),
        &Value::Null,
    );
    assert_eq!(plan.get("model").get("name"), &Value::Unknown);
}

#[test]
fn unknown_elements_have_no_unknown_secrets() {
    let element = attributes([
        ("name", Attribute::string("The name.").required()),
        ("key_wo", Attribute::string("A key.").write_only()),
    ]);
    let list = Attribute::nested(Nesting::List, element, "Objects.");
    let attributes = attributes([("list", list)]);
    let config = Value::map([("list", Value::list([Value::Unknown]))]);
    let plan = plan(&attributes, &Defaults::new(), &config, &Value::Null);
    let element = Value::map([("key_wo", Value::Null), ("name", Value::Unknown)]);
    assert_eq!(plan.get("list"), &Value::list([element]));
    let violations = plan_violations(&attributes, &Value::Null, &config, &plan);
    assert_eq!(violations, []);
}

#[test]
fn list_elements_keep_computed_values_until_they_change() {
    let element = attributes([
        ("name", Attribute::string("The name.").required()),
        (
            "target",
            Attribute::string("Chosen.")
                .optional_computed()
                .keep_state(),
        ),
    ]);
    let list = Attribute::nested(Nesting::List, element, "Objects.");
    let attributes = attributes([("list", list)]);
    let of = |elements: [(&str, Value); 2]| {
        let elements = elements
            .map(|(name, target)| Value::map([("name", Value::from(name)), ("target", target)]));
        Value::map([("list", Value::list(elements))])
    };
    let prior = of([("a", "1".into()), ("b", "2".into())]);
    let planned = |one, other| {
        let config = of([(one, Value::Null), (other, Value::Null)]);
        plan(&attributes, &Defaults::new(), &config, &prior)
    };
    assert_eq!(planned("a", "b"), prior);
    let second = of([("a", "1".into()), ("c", Value::Unknown)]);
    assert_eq!(planned("a", "c"), second);
    let both = of([("b", Value::Unknown), ("a", Value::Unknown)]);
    assert_eq!(planned("b", "a"), both);
}

#[test]
fn defaults_of_the_provider_apply_and_can_change_an_object() {
    let defaults = Defaults::from([("channel".to_owned(), "Preview".into())]);
    let plan = plan(
        &schema(),
        &defaults,
        &config(&[("name", "a".into())]),
        &prior(),
    );
    assert_eq!(plan.get("channel"), &"Preview".into());
    assert_eq!(plan.get("etag"), &Value::Unknown);
}

#[test]
fn deprecated_computed_value_is_kept_but_not_computed_again() {
    let space = Attribute::string("A space.")
        .optional_computed()
        .keep_state()
        .deprecated("Remove it.");
    let attributes = attributes([("space", space)]);
    let space = |value: Value| Value::map([("space", value)]);
    let planned = |prior| plan(&attributes, &Defaults::new(), &space(Value::Null), &prior);
    assert_eq!(planned(Value::Null), space(Value::Null));
    assert_eq!(planned(space("s".into())), space("s".into()));
}

#[test]
fn set_elements_are_matched_to_their_prior_elements() {
    let element = |name: &str, version: Value| {
        Value::map([("name", Value::from(name)), ("version", version)])
    };
    let mut prior = prior();
    prior.set(
        "models",
        Value::set_of([element("a", "1".into()), element("b", "2".into())]),
    );
    prior.set("mode", Value::Null);
    let models = Value::set_of([element("b", Value::Null), element("a", Value::Null)]);
    let config = config(&[("name", "a".into()), ("models", models)]);
    assert_eq!(planned(&config, &prior), prior);
}

#[test]
fn replacement_names_the_attribute_that_differs() {
    let config = config(&[("name", Value::Unknown)]);
    let plan = planned(&config, &prior());
    let name = Path::from("name");
    assert_eq!(replacements(&schema(), &config, &prior(), &plan), [name]);
    assert_eq!(replacements(&schema(), &config, &prior(), &prior()), []);
}

#[test]
fn unknown_objects_force_replacement_if_their_attributes_do() {
    let element = || {
        attributes([
            ("kind", Attribute::string("The kind.").requires_replace()),
            ("size", Attribute::number("The size.")),
        ])
    };
    let nested = |nesting| Attribute::nested(nesting, element(), "Objects.");
    let attributes = attributes([
        ("list", nested(Nesting::List)),
        ("map", nested(Nesting::Map)),
        ("single", nested(Nesting::Single)),
    ]);
    let object = || Value::map([("kind", Value::from("a")), ("size", Value::Null)]);
    let prior = Value::map([
        ("list", Value::list([object()])),
        ("map", Value::map([("k", object())])),
        ("single", object()),
    ]);
    let whole = || Value::map(["list", "map", "single"].map(|name| (name, Value::Unknown)));
    let elements = Value::map([
        ("list", Value::list([Value::Unknown])),
        ("map", Value::map([("k", Value::Unknown)])),
        ("single", Value::Unknown),
    ]);
    for planned in [whole(), elements] {
        let paths = replacements(&attributes, &planned, &prior, &planned);
        let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
        assert_eq!(paths, ["list[0].kind", "map[\"k\"].kind", "single.kind"]);
    }
    let none = Value::map(["list", "map", "single"].map(|name| (name, Value::Null)));
    assert_eq!(replacements(&attributes, &none, &prior, &none), []);
    // Not configured, but computed.
    assert_eq!(replacements(&attributes, &none, &prior, &whole()), []);
}
