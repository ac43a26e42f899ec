//! The steps from a successful write to the stored state.

use tfplugin::{ApplyResponse, Diagnostic, Severity, Value};

use super::actions::actions;
use super::freshness::Written;
use super::object::display_name;
use super::operation::Operation;
use super::report::{Verb, dropped, not_kept, report};
use super::{by_product, power, waiting};
use crate::document::{self, Inputs, resolved};
use crate::kind::{Field, Node, Presence, Shape, walk};
use crate::stores::{Call, Stored};

/// Waits, runs actions for values outside of the document, such as `power_state`, and builds the
/// state. Known values of the plan are kept, and unknown values come from the service.
///
/// The prior state is null for a new object. `before` is the previous version of the object in the
/// service.
pub(super) async fn settle(
    operation: &Operation<'_>,
    verb: Verb,
    inputs: Inputs<'_>,
    before: Option<&Stored>,
    stored: &Stored,
) -> ApplyResponse {
    let Inputs {
        planned,
        config,
        prior,
    } = inputs;
    let subject = operation.object.subject(display_name(planned));
    let waited = waiting::wait(operation, verb, &subject, planned, before, stored);
    let (latest, mut diagnostics) = waited.await;
    let stored = latest.as_ref().unwrap_or(stored);
    let left = by_product::remove(operation, verb, &subject, planned, prior).await;
    let is_left = left.is_some();
    diagnostics.extend(left);
    let target = operation.object.target_of(&stored.key);
    let call = Call {
        target: &target,
        ..operation.call()
    };
    let actions = actions(operation.object.kind, planned, config, &stored.document);
    let mut reached = planned.clone();
    for (field, action) in &actions {
        let acted = operation.store().act(call, action).await;
        if acted.is_ok() {
            power::acted(operation, action);
        }
        if let Err(error) = acted {
            let mut failure = report(verb, &subject, &error).at(field.name);
            if prior.is_null() {
                // An error would make the next apply replace the new object. The next plan shows
                // the remaining difference.
                failure.severity = Severity::Warning;
            } else {
                // The document was written, but the action failed.
                reached.set(field.name, prior.get(field.name).clone());
            }
            diagnostics.push(failure);
        }
    }
    let state = match operation.object.state(stored, planned) {
        Ok(answered) => {
            let kept =
                with_planned_spelling(operation, planned, acted(&answered, planned, &actions));
            // Only values that the user set can be lost.
            let asked_for = without_choices(&operation.object.kind.nodes, planned, config);
            diagnostics.extend(dropped(&subject, &asked_for, &kept));
            let lost =
                document::dropped(&operation.object.kind.nodes, &stored.document, &asked_for);
            diagnostics.extend(lost.into_iter().map(|path| not_kept(&subject, path)));
            resolved(&operation.object.kind.nodes, &reached, &answered)
        }
        // The object exists, and the plan is the best knowledge of it.
        Err(error) => {
            diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                ..error
            });
            resolved(
                &operation.object.kind.nodes,
                &known(operation, &reached, &stored.key),
                prior,
            )
        }
    };
    let written = Written::over(operation, before, &state);
    // If the written change is invisible, such as a new secret, stale reads cannot be detected, and
    // do no harm.
    let note = match written.is_late(operation, Some(stored), &state) {
        true => Vec::new(),
        false => written.to_private(),
    };
    let response = ApplyResponse::done(state)
        .with_private(note)
        .with_identity(operation.object.identity(&stored.key))
        .with_diagnostics(diagnostics);
    match is_left {
        true => by_product::noted(response),
        false => response,
    }
}

/// Returns the response for a new object that was not read yet: the plan with the key, without
/// unknown values.
pub(super) fn unread(operation: &Operation<'_>, planned: &Value, key: &str) -> ApplyResponse {
    ApplyResponse::done(known(operation, planned, key).without_unknowns())
        .with_private(Written::over(operation, None, planned).to_private())
        .with_identity(operation.object.identity(key))
}

/// Returns the planned state with the values that follow from the key.
pub(super) fn known(operation: &Operation<'_>, planned: &Value, key: &str) -> Value {
    let mut state = planned.clone();
    let target = operation.object.target_of(key);
    state.set("id", Value::from(target.id(operation.object.kind)));
    for (name, value) in target.address().values(operation.object.kind.key()) {
        // The spelling of the user is kept.
        if !state.get(name).is_known() {
            state.set(name, Value::from(value));
        }
    }
    if operation.object.kind.is_dual() {
        state.set("plane", Value::from(target.plane.as_str()));
    }
    state
}

/// Returns the plan without values that the user does not set and the service or others choose.
pub(super) fn without_choices(nodes: &[Node], planned: &Value, config: &Value) -> Value {
    let mut planned = planned.clone();
    let mut inside = |name: &str, nodes: &[Node]| {
        let reduced = match (planned.get(name), config.get(name)) {
            (Value::List(planned), Value::List(config)) if planned.len() == config.len() => {
                let pairs = std::iter::zip(planned, config);
                Value::list(pairs.map(|(planned, config)| without_choices(nodes, planned, config)))
            }
            (object @ Value::Map(_), config) => without_choices(nodes, object, config),
            _ => return,
        };
        planned.set(name, reduced);
    };
    for node in nodes {
        match node {
            Node::Field(field) => {
                if let Shape::Object(nodes) | Shape::Objects(nodes) = &field.shape {
                    inside(field.name, nodes);
                }
            }
            Node::OneOf(choice) => {
                for variant in &choice.variants {
                    inside(variant.name, &variant.nodes);
                }
            }
        }
    }
    for field in walk::fields(nodes) {
        if matches!(field.presence, Presence::ServerChosen) && config.get(field.name).is_null() {
            planned.set(field.name, Value::Null);
        }
    }
    planned
}

/// Returns the state with the values that later actions have set.
fn acted(answered: &Value, planned: &Value, actions: &[(&Field, &'static str)]) -> Value {
    let mut answered = answered.clone();
    for (field, _) in actions {
        answered.set(field.name, planned.get(field.name).clone());
    }
    answered
}

/// Returns the state in the spelling of the user, so that other spellings cause no warning.
fn with_planned_spelling(operation: &Operation<'_>, planned: &Value, answered: Value) -> Value {
    let schema = operation.object.kind.resource_schema();
    tfplugin::plan::keep_spelling(&schema.attributes, planned, answered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{OneOf, Variant};

    #[test]
    fn choices_are_left_out_at_every_level() {
        let model = || Field::string("model", "/model", "").server_chosen().into();
        let name = || Field::string("name", "/name", "").into();
        let nodes = vec![
            model(),
            Field::object("inner", "/inner", "", vec![model(), name()]).into(),
            Field::objects("steps", "/steps", "", vec![model(), name()]).into(),
            OneOf {
                title: "type",
                tag: "/type".into(),
                variants: vec![Variant::new(
                    "fast",
                    Some("Fast"),
                    "",
                    vec![model(), name()],
                )],
                replace: false,
            }
            .into(),
        ];
        let part = |model: &Value| Value::map([("model", model.clone()), ("name", "n".into())]);
        let whole = |model: &Value| {
            Value::map([
                ("model", model.clone()),
                ("inner", part(model)),
                ("steps", Value::list([part(model), part(model)])),
                ("fast", part(model)),
            ])
        };
        let (chosen, unset) = (whole(&"m".into()), whole(&Value::Null));
        assert_eq!(without_choices(&nodes, &chosen, &unset), unset);
        assert_eq!(without_choices(&nodes, &chosen, &chosen), chosen);
    }
}
