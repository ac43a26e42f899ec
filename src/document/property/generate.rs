//! Generation of configurations of a kind from a tape of choices.

use serde_json::{Map, Value as Json, json};
use tfplugin::{Attributes, Number, Type, Value};

use crate::document::from_plain;
use crate::kind::walk::{Descend, Part, walk};
use crate::kind::{
    Bind, Field, Kind, Node, OneOf, Presence, SECRET_SUFFIX, Shape, VERSION_SUFFIX, Variant,
};

/// A tape of choices. The first option of each choice is the simplest, so an empty tape results in
/// the smallest case.
pub(super) struct Tape {
    choices: std::vec::IntoIter<u16>,
}

impl Tape {
    pub(super) fn new(choices: Vec<u16>) -> Self {
        Self {
            choices: choices.into_iter(),
        }
    }

    /// Chooses one of a number of options.
    pub(super) fn of(&mut self, number: usize) -> usize {
        usize::from(self.choices.next().unwrap_or_default()) % number.max(1)
    }

    /// Returns true once in a number of times, and never after the end of the tape.
    pub(super) fn one_in(&mut self, number: usize) -> bool {
        self.of(number) == number - 1
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.of(items.len()))
    }
}

/// Generates a configuration.
pub(super) fn configuration(kind: &Kind, names: &Attributes, tape: &mut Tape) -> Value {
    let mut config = Value::map(names.keys().map(|name| (name.as_str(), Value::Null)));
    for name in ["agent_id", "name", "resource_group_name"] {
        if names.contains_key(name) {
            config.set(name, Value::from("obj"));
        }
    }
    members(&kind.nodes, &mut config, tape);
    if kind.additional_at.is_some() {
        config.set("additional_properties", additional(kind, tape));
        if tape.one_in(4) {
            let version = tape.of(3);
            let members = dynamic(&json!({ "hidden": version }));
            config.set("additional_properties_wo", members);
            config.set("additional_properties_wo_version", number(version));
        }
    }
    config
}

/// Changes some attributes of a configuration, without requiring a replacement.
pub(super) fn change(kind: &Kind, names: &Attributes, config: &Value, tape: &mut Tape) -> Value {
    let other = configuration(kind, names, tape);
    let mut changed = config.clone();
    // The attributes of a secret change together.
    let of_secret = |name: &str| {
        let name = name.trim_end_matches(VERSION_SUFFIX);
        name.trim_end_matches(SECRET_SUFFIX).to_owned()
    };
    let names: Vec<&String> = other
        .as_map()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
        .collect();
    for name in names.iter().filter(|name| of_secret(name) == ***name) {
        if tape.one_in(3) {
            for form in names.iter().filter(|form| of_secret(form) == **name) {
                changed.set(form, other.get(form).clone());
            }
        }
    }
    keep(&kind.nodes, config, &mut changed);
    changed
}

/// Reverts changes that would require a replacement.
fn keep(nodes: &[Node], before: &Value, now: &mut Value) {
    for node in nodes {
        match node {
            Node::Field(field) => {
                let replaces = field.replace
                    || matches!(&field.shape, Shape::Object(inner) if replaces(inner));
                if replaces {
                    now.set(field.name, before.get(field.name).clone());
                }
            }
            Node::OneOf(one_of) => {
                let chosen =
                    |object: &Value, variant: &Variant| object.get(variant.name).is_known();
                let mut variants = one_of.variants.iter();
                let stays = variants.any(|variant| {
                    chosen(before, variant) && chosen(now, variant) && !replaces(&variant.nodes)
                });
                let mut both = one_of
                    .variants
                    .iter()
                    .filter(|variant| chosen(now, variant));
                if (one_of.replace && !stays) || both.nth(1).is_some() || !any(one_of, now) {
                    for variant in &one_of.variants {
                        now.set(variant.name, before.get(variant.name).clone());
                    }
                }
            }
        }
    }
}

fn any(one_of: &OneOf, object: &Value) -> bool {
    let mut variants = one_of.variants.iter();
    variants.any(|variant| object.get(variant.name).is_known())
}

fn replaces(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Field(field) => field.replace,
        Node::OneOf(one_of) => one_of.replace,
    })
}

fn object(nodes: &[Node], tape: &mut Tape) -> Value {
    let mut object = Value::map::<String>([]);
    members(nodes, &mut object, tape);
    object
}

fn members(nodes: &[Node], object: &mut Value, tape: &mut Tape) {
    for node in nodes {
        match node {
            Node::Field(field) => member(field, object, tape),
            Node::OneOf(one_of) => {
                let chosen = tape.of(one_of.variants.len());
                for (n, variant) in one_of.variants.iter().enumerate() {
                    let value = match n == chosen {
                        true => self::object(&variant.nodes, tape),
                        false => Value::Null,
                    };
                    object.set(variant.name, value);
                }
            }
        }
    }
}

fn member(field: &Field, object: &mut Value, tape: &mut Tape) {
    let name = field.name;
    match (&field.presence, &field.bind) {
        (Presence::Computed { .. }, _) | (_, Bind::Local | Bind::Action { .. }) => {
            object.set(name, Value::Null);
        }
        (Presence::Secret, _) => {
            let (hidden, version) = (
                format!("{name}{SECRET_SUFFIX}"),
                format!("{name}{VERSION_SUFFIX}"),
            );
            for name in [name, &hidden, &version] {
                object.set(name, Value::Null);
            }
            match tape.of(3) {
                0 => {}
                1 => object.set(name, value(field, tape)),
                // A new write-only value comes with a new version.
                _ => {
                    let number = tape.of(3);
                    let mut same = Tape::new(vec![number as u16; 8]);
                    object.set(&hidden, value(field, &mut same));
                    object.set(&version, self::number(number));
                }
            }
        }
        (Presence::Required, _) => object.set(name, value(field, tape)),
        _ if tape.one_in(2) => object.set(name, value(field, tape)),
        _ => object.set(name, Value::Null),
    }
}

fn value(field: &Field, tape: &mut Tape) -> Value {
    match &field.shape {
        Shape::String => text(field, tape),
        Shape::Bool => Value::Bool(tape.one_in(2)),
        Shape::Number => number(tape.of(4) + 1),
        Shape::StringList => Value::list((0..tape.of(4)).map(|_| text(field, tape))),
        Shape::StringSet | Shape::ObjectKeys => {
            // A set contains no two strings that mean the same.
            let mut texts: Vec<Value> = Vec::new();
            for _ in 0..tape.of(4) {
                let text = text(field, tape);
                if !texts.iter().any(|known| field.is_equivalent(known, &text)) {
                    texts.push(text);
                }
            }
            Value::set_of(texts)
        }
        Shape::StringMap { .. } => {
            let keys = ["one", "two", "three"];
            Value::map(
                keys.iter()
                    .take(tape.of(4))
                    .map(|key| (*key, text(field, tape))),
            )
        }
        Shape::Json | Shape::PartialJson => dynamic(&free("own", tape)),
        // An object without content is refused.
        Shape::Object(nodes) => match object(nodes, tape) {
            Value::Map(members) if members.values().all(Value::is_null) => Value::Null,
            object => object,
        },
        Shape::Objects(nodes) => {
            let mut items: Vec<Value> = Vec::new();
            for _ in 0..tape.of(4) {
                let item = object(nodes, tape);
                if field.element_key.is_empty()
                    || field.predecessors(std::slice::from_ref(&item), &items) == [None]
                {
                    items.push(item);
                }
            }
            Value::list(items)
        }
    }
}

/// Generates a string. Some of them mean the same in different spellings.
fn text(field: &Field, tape: &mut Tape) -> Value {
    let texts: &[&str] = match field.prose {
        true => &["One line", "Two\nlines\n", "Two\r\nlines", "Other\nlines"],
        false => &["alpha", "Alpha", "beta", "gamma"],
    };
    tape.pick(texts)
        .map_or(Value::Null, |text| Value::from(*text))
}

fn number(n: usize) -> Value {
    Value::Number(Number::from(n as i64))
}

fn additional(kind: &Kind, tape: &mut Tape) -> Value {
    if !tape.one_in(2) {
        return Value::Null;
    }
    let base = kind.additional_at.unwrap_or_default();
    let mut members = free("extra", tape);
    // The properties can also be inside the objects of arguments.
    let containers = containers(&kind.nodes, base);
    if let Some(name) = tape.pick(&containers).filter(|_| !containers.is_empty()) {
        members[name.as_str()] = free("extra", tape);
    }
    dynamic(&members)
}

/// Returns the members below a pointer that contain members of arguments.
fn containers(nodes: &[Node], base: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(nodes, (), |visit| {
        let within = |at: &String| at.strip_prefix(base).map(str::to_owned);
        for at in visit.pointers().iter().filter_map(within) {
            let mut names = at.split('/').skip(1);
            if let (Some(first), Some(_)) = (names.next(), names.next())
                && !first.starts_with('$')
            {
                found.push(first.to_owned());
            }
        }
        match visit.part {
            Part::Field(_) => Descend::Past,
            Part::Choice(_) | Part::Variant(..) => Descend::Inside,
        }
    });
    found
}

/// Generates an object of free JSON, whose members start with a word.
pub(super) fn free(word: &str, tape: &mut Tape) -> Json {
    let mut members = Map::new();
    for n in 0..=tape.of(3) {
        let value = match tape.of(5) {
            0 => json!(tape.of(3)),
            1 => json!(["a", "b", "c"][tape.of(3)]),
            2 => json!({ "deep": tape.of(3), "part": { "leaf": tape.of(2) } }),
            3 => Json::Array(
                (0..tape.of(3))
                    .map(|_| json!({ "n": tape.of(2), "x": null }))
                    .collect(),
            ),
            _ => json!([tape.of(3), "a"]),
        };
        members.insert(format!("{word}{n}"), value);
    }
    Json::Object(members)
}

/// Returns a dynamic value as Terraform would type it, with objects and tuples.
fn dynamic(json: &Json) -> Value {
    match from_plain(json, &Value::Null) {
        Value::Dynamic(inner) => Value::Dynamic(inner),
        other => Value::dynamic(Type::Dynamic, other),
    }
}
