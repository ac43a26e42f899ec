//! A property test that writes preserve everything that others own: for every kind and place, any
//! stored document, and any two configurations that are applied in turn.
//!
//! The service is a store that keeps what it receives, and hides what the place masks. Before,
//! between and after the two applies, others add members of their own at every depth, and make
//! other changes. The properties are:
//!
//! - The stored document changes in the leaves whose values change in the plan, and in no others.
//! - The stored values are the configured ones.
//! - A refresh changes the spelling only of values that differ.
//! - The plan afterwards is empty, before and after a refresh.
//! - The requests do not depend on the origin of the state: an apply or an import.

mod generate;
mod oracle;
mod others;
mod service;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError, TestRunner};
use serde_json::Value as Json;
use tfplugin::{Attributes, Value};

use self::generate::{Tape, change, configuration};
use self::oracle::{Change, respelled, unexpected};
use self::service::Service;
use crate::kind::{Kind, Place, StoreKind};
use crate::resources::kinds;

/// The divisor of the number of cases, which comes from proptest's default or from
/// `PROPTEST_CASES`. Each kind and place runs a part of them.
const SHARE: u32 = 4;
/// The maximum number of choices in a case.
const CHOICES: usize = 600;

#[test]
fn writes_change_only_configured_leaves() {
    let mut failures = Vec::new();
    for kind in kinds() {
        // These stores keep files and switches instead of documents.
        if let StoreKind::Upload(..) | StoreKind::Archive(..) | StoreKind::Switch(_) = kind.store {
            continue;
        }
        let attributes = kind.resource_schema().attributes.clone();
        for place in &kind.places {
            let default = ProptestConfig::default();
            let config = ProptestConfig {
                cases: default.cases.div_ceil(SHARE),
                failure_persistence: None,
                max_shrink_iters: default.max_shrink_iters.min(1024),
                ..default
            };
            let mut runner = TestRunner::new(config);
            let tapes = proptest::collection::vec(any::<u16>(), 0..CHOICES);
            let result = runner.run(&tapes, |tape| {
                case(&kind, &attributes, place, Tape::new(tape))
            });
            // The tape is not readable, so it is left out.
            if let Err(TestError::Fail(reason, _)) = result {
                failures.push(format!("{} on {}: {reason}", kind.name, place.plane));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn case(
    kind: &Kind,
    attributes: &Attributes,
    place: &Place,
    mut tape: Tape,
) -> Result<(), TestCaseError> {
    let first = configuration(kind, attributes, &mut tape);
    let second = change(kind, attributes, &first, &mut tape);
    let mut service = Service::with(
        kind,
        attributes,
        place,
        &change(kind, attributes, &first, &mut tape),
    );
    service.others(&mut tape);
    let imported = service.refresh(&service.nothing());
    let state = service.apply(&first, &imported);
    settled(&service, &first, &state)?;

    // The changes by others now come with exact knowledge of what may change.
    service.others(&mut tape);
    let shown_before = state;
    let state = service.refresh(&shown_before);
    let respelled = respelled(&kind.nodes, &shown_before, &state);
    prop_assert!(respelled.is_empty(), "spelled otherwise: {respelled:?}");
    let before = service.body.clone();
    let planned = service.plan(&second, &state);
    let mut twin = service.clone();
    let after = service.apply(&second, &state);
    let change = Change {
        kind,
        place,
        before: &before,
        after: &service.body,
        state: &state,
        planned: &planned,
        config: &second,
    };
    let unexpected = unexpected(&change);
    prop_assert!(
        unexpected.is_empty(),
        "{}\nbefore {}\nafter {}\nfirst {}\nsecond {}",
        unexpected.join("\n"),
        service.document(&before),
        service.document(&service.body),
        shown(&first),
        shown(&second)
    );
    settled(&service, &second, &after)?;

    // An import that is applied without changes must lead to the same document.
    let as_it_is = twin.apply(&first, &twin.refresh(&twin.nothing()));
    if twin.body == before {
        twin.apply(&second, &twin.refresh(&as_it_is));
        prop_assert_eq!(
            &twin.body,
            &service.body,
            "an import comes to something else\nfirst {}\nsecond {}",
            shown(&first),
            shown(&second)
        );
    }
    Ok(())
}

/// Checks that the plan is empty, before and after a refresh.
fn settled(service: &Service<'_>, config: &Value, state: &Value) -> Result<(), TestCaseError> {
    for (when, state) in [
        ("after apply", state.clone()),
        ("after refresh", service.refresh(state)),
    ] {
        let planned = service.plan(config, &state);
        prop_assert!(
            planned == state,
            "there is something to do {when}: {} -> {}\nconfigured {}\nstored {}",
            shown(&state),
            shown(&planned),
            shown(config),
            service.document(&service.body)
        );
    }
    Ok(())
}

/// Returns a value without nulls, for messages.
fn shown(value: &Value) -> Json {
    super::free::without_nulls(&super::to_plain(value))
}
