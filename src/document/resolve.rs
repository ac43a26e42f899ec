//! Resolution of the unknown values of a plan.

use tfplugin::Value;

use crate::kind::{Field, Node, Shape};

/// Returns the planned object with unknown values taken from the response of the service.
///
/// Known values are kept even if the service stores something else. Terraform would refuse a result
/// that differs from the plan, and the next refresh shows the difference.
pub fn resolved(nodes: &[Node], planned: &Value, answered: &Value) -> Value {
    match planned {
        Value::Map(members) => Value::map(members.iter().map(|(name, planned)| {
            let answered = answered.get(name);
            (
                name.as_str(),
                resolved_member(nodes, name, planned, answered),
            )
        })),
        Value::Unknown => answered.clone(),
        planned => planned.clone(),
    }
}

/// Returns whether a planned attribute differs from the prior one. Unknown values do not count as
/// changes, because the service sets them.
pub fn changes(nodes: &[Node], name: &str, before: &Value, planned: &Value) -> bool {
    let (before, planned) = (before.get(name), planned.get(name));
    *before != resolved_member(nodes, name, planned, before)
}

fn resolved_member(nodes: &[Node], name: &str, planned: &Value, answered: &Value) -> Value {
    match declared(nodes, name) {
        Some(Declared::Object(nodes)) => resolved(nodes, planned, answered),
        Some(Declared::Field(field)) => match &field.shape {
            Shape::Object(nodes) => resolved(nodes, planned, answered),
            Shape::Objects(nodes) => resolved_list(field, nodes, planned, answered),
            _ => resolved_free(planned, answered),
        },
        None => resolved_free(planned, answered),
    }
}

fn resolved_list(field: &Field, nodes: &[Node], planned: &Value, answered: &Value) -> Value {
    let (Value::List(planned), Value::List(answered)) = (planned, answered) else {
        return resolved_free(planned, answered);
    };
    let answers = field.predecessors(planned, answered);
    let items = planned.iter().zip(answers);
    Value::list(
        items.map(|(planned, answer)| resolved(nodes, planned, answer.unwrap_or(&Value::Null))),
    )
}

/// Resolves values that no kind declares, such as timeouts, and values without nested attributes.
fn resolved_free(planned: &Value, answered: &Value) -> Value {
    match (planned, answered) {
        (Value::Unknown, answered) => answered.clone(),
        (Value::Map(planned), answered) => Value::map(
            planned
                .iter()
                .map(|(name, value)| (name.as_str(), resolved_free(value, answered.get(name)))),
        ),
        (Value::List(planned), Value::List(answered)) => {
            let answered = answered.iter().chain(std::iter::repeat(&Value::Null));
            let items = planned.iter().zip(answered);
            Value::list(items.map(|(planned, answer)| resolved_free(planned, answer)))
        }
        (planned, _) => planned.clone(),
    }
}

enum Declared<'a> {
    Field(&'a Field),
    Object(&'a [Node]),
}

fn declared<'a>(nodes: &'a [Node], name: &str) -> Option<Declared<'a>> {
    nodes.iter().find_map(|node| match node {
        Node::Field(field) => (field.name == name).then_some(Declared::Field(field)),
        Node::OneOf(one_of) => {
            let mut variants = one_of.variants.iter();
            let variant = variants.find(|variant| variant.name == name)?;
            Some(Declared::Object(&variant.nodes))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> [Node; 1] {
        let nodes = vec![
            Field::string("name", "/name", "").required().into(),
            Field::string("target", "/target", "")
                .server_chosen()
                .into(),
        ];
        [Field::objects("list", "/list", "", nodes)
            .keyed_by(&["name"])
            .into()]
    }

    fn item(name: &str, target: Value) -> Value {
        Value::map([("name", Value::from(name)), ("target", target)])
    }

    #[test]
    fn only_unknown_values_are_resolved() {
        let planned = Value::map([
            ("mode", "Review".into()),
            ("id", Value::Unknown),
            ("list", Value::list([item("a", Value::Unknown)])),
        ]);
        let answered = Value::map([
            ("mode", "review".into()),
            ("id", "1".into()),
            ("list", Value::list([item("a", "direct".into())])),
        ]);
        let state = resolved(&list(), &planned, &answered);
        assert_eq!(state.get("mode"), &"Review".into());
        assert_eq!(state.get("id"), &"1".into());
        assert_eq!(state.get("list"), answered.get("list"));
    }

    #[test]
    fn objects_of_a_list_are_matched_by_key() {
        let planned = Value::map([(
            "list",
            Value::list([item("b", Value::Unknown), item("c", Value::Unknown)]),
        )]);
        let answered = Value::map([(
            "list",
            Value::list([
                item("a", "1".into()),
                item("b", "2".into()),
                item("c", "3".into()),
            ]),
        )]);
        assert_eq!(
            resolved(&list(), &planned, &answered).get("list"),
            &Value::list([item("b", "2".into()), item("c", "3".into())])
        );
    }
}
