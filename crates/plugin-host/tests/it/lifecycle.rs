//! The lifecycle of objects, with a provider that follows the rules.

use plugin_host::core::Action;
use plugin_host::value::unknown;
use plugin_host::{Failure, Host, ImportTarget, StoredState};
use serde_json::json;

use crate::fake::{Behavior, Fake, thing};

#[tokio::test]
async fn object_goes_from_create_to_destroy() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();

    let plan = resource.plan(json!({ "name": "a" })).await.unwrap();
    assert_eq!(plan.action, Action::Create);
    assert_eq!(
        plan.after,
        json!({ "id": unknown(), "name": "a", "note": null, "secret": null })
    );
    running.fake.take_calls();

    let applied = resource
        .apply(json!({ "name": "a", "secret": "s" }))
        .await
        .unwrap();
    assert_eq!(applied.state.unwrap()["id"], "1");
    assert_eq!(resource.identity(), Some(&json!({ "id": "1" })));
    assert_eq!(
        running.fake.take_calls(),
        [
            "validate",
            "plan, private \"\"",
            "validate",
            "plan, private \"\"",
            "create, secret s"
        ]
    );

    assert!(
        resource
            .plan(json!({ "name": "a" }))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        running.fake.take_calls(),
        ["upgrade 1", "read", "validate", "plan, private \"stored\""]
    );

    let plan = resource
        .plan(json!({ "name": "a", "note": "n" }))
        .await
        .unwrap();
    assert_eq!(
        (plan.action, plan.changed()),
        (Action::Update, ["note".to_owned()].into())
    );
    resource
        .apply_plan(&plan, json!({ "name": "a", "note": "n" }))
        .await
        .unwrap();
    assert_eq!(resource.state().unwrap()["note"], "n");
    running.fake.take_calls();

    let applied = resource.destroy().await.unwrap();
    assert_eq!((applied.action, applied.state), (Action::Delete, None));
    assert_eq!(
        running.fake.take_calls(),
        [
            "upgrade 1",
            "read",
            "plan destroy, private \"stored\"",
            "upgrade 1",
            "delete, private \"stored\""
        ]
    );
}

#[tokio::test]
async fn a_replacement_plans_twice_and_destroys_first() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    resource.apply(json!({ "name": "a" })).await.unwrap();
    running.fake.take_calls();

    let plan = resource.plan(json!({ "name": "b" })).await.unwrap();
    assert_eq!(plan.action, Action::Replace);
    assert_eq!(plan.replace_paths[0].to_string(), "name");
    assert_eq!(plan.after["id"], unknown());
    resource
        .apply_plan(&plan, json!({ "name": "b" }))
        .await
        .unwrap();
    assert_eq!(resource.state().unwrap()["id"], "2");
    assert_eq!(
        running.fake.take_calls(),
        [
            "upgrade 1",
            "read",
            "validate",
            "plan, private \"stored\"",
            "plan, private \"stored\"",
            "upgrade 1",
            "delete, private \"stored\"",
            "validate",
            "plan, private \"\"",
            "create, secret none"
        ]
    );
    let forced = resource.plan_replace(json!({ "name": "b" })).await.unwrap();
    assert_eq!(forced.action, Action::Replace);
}

#[tokio::test]
async fn unknown_and_write_only_values_may_change_until_apply() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    let config = json!({ "name": "a", "note": unknown(), "secret": unknown() });
    let plan = resource.plan(config).await.unwrap();
    assert_eq!(plan.after["note"], unknown());
    resource
        .apply_plan(&plan, json!({ "name": "a", "note": "n", "secret": "s" }))
        .await
        .unwrap();
    assert_eq!(running.fake.take_calls().pop().unwrap(), "create, secret s");

    let plan = resource
        .plan(json!({ "name": "a", "note": "n", "secret": "t" }))
        .await
        .unwrap();
    assert!(plan.is_empty());
    let other = resource.apply_plan(&plan, json!({ "name": "a" })).await;
    assert!(other.is_ok(), "nothing to do needs no configuration");
}

#[tokio::test]
async fn drift_and_disappearance_are_detected_by_the_next_plan() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    resource
        .apply(json!({ "name": "a", "note": "n" }))
        .await
        .unwrap();

    running
        .fake
        .set_remote(Some(thing("1", "a", Some("drifted"))));
    let plan = resource
        .plan(json!({ "name": "a", "note": "n" }))
        .await
        .unwrap();
    assert_eq!(
        (plan.action, &plan.before["note"]),
        (Action::Update, &json!("drifted"))
    );
    assert_eq!(resource.state().unwrap()["note"], "n");
    resource.refresh().await.unwrap();
    assert_eq!(resource.state().unwrap()["note"], "drifted");

    running.fake.set_remote(None);
    assert_eq!(
        resource.plan(json!({ "name": "a" })).await.unwrap().action,
        Action::Create
    );
    assert!(resource.destroy().await.unwrap().state.is_none());
}

#[tokio::test]
async fn imports_take_an_id_or_an_identity() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    running.fake.set_remote(Some(thing("7", "a", None)));
    let targets = [
        ImportTarget::from("7"),
        ImportTarget::Identity(json!({ "id": "7" })),
    ];
    for target in targets {
        let mut resource = session.resource("test_thing").unwrap();
        let imported = resource.import(target).await.unwrap();
        assert_eq!(imported.state.unwrap()["name"], "a");
        assert!(
            resource
                .plan(json!({ "name": "a" }))
                .await
                .unwrap()
                .is_empty()
        );
    }
    running.fake.set_remote(None);
    let result = session.resource("test_thing").unwrap().import("7").await;
    let failure = Failure::of(result).unwrap();
    assert_eq!(
        failure.diagnostics[0].summary,
        "Cannot import non-existent remote object"
    );
}

#[tokio::test]
async fn states_of_older_releases_are_upgraded() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    running.fake.set_remote(Some(thing("1", "a", None)));
    let mut resource = session.resource("test_thing").unwrap();
    resource.set_stored(Some(StoredState {
        schema_version: 0,
        attributes: json!({ "id": "1", "name": "a", "gone": true }),
        private: Vec::new(),
        identity: None,
        tainted: false,
    }));
    assert!(
        resource
            .plan(json!({ "name": "a" }))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(running.fake.take_calls()[0], "upgrade 0");
    resource.refresh().await.unwrap();
    assert_eq!(resource.stored().unwrap().schema_version, 1);
    assert_eq!(resource.identity(), Some(&json!({ "id": "1" })));
}

#[tokio::test]
async fn data_sources_are_read() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let state = session
        .read_data_source("test_thing", json!({ "name": "a" }))
        .await
        .unwrap();
    assert_eq!(state, json!({ "id": "7", "name": "a", "note": null }));
}

#[tokio::test]
async fn hosts_without_identity_keep_none() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::terraform(11)).await;
    let mut resource = session.resource("test_thing").unwrap();
    resource.apply(json!({ "name": "a" })).await.unwrap();
    assert_eq!(resource.identity(), None);
}

#[tokio::test]
async fn a_failed_create_taints_only_what_exists() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    let config = json!({ "name": "a" });

    running.fake.set_behavior(Behavior::CreateFailsAtOnce);
    let failure = Failure::of(resource.apply(config.clone()).await).unwrap();
    assert_eq!(failure.errors().next().unwrap().summary, "create failed");
    assert_eq!(resource.state(), None);

    running.fake.set_behavior(Behavior::CreateFailsHalfway);
    Failure::of(resource.apply(config.clone()).await).unwrap();
    assert!(resource.is_tainted());
    assert!(resource.state().is_some());

    running.fake.set_behavior(Behavior::Correct);
    let plan = resource.plan(config.clone()).await.unwrap();
    assert_eq!(plan.action, Action::Replace);
    resource.apply_plan(&plan, config).await.unwrap();
    assert!(!resource.is_tainted());
}

#[tokio::test]
async fn a_failed_delete_keeps_the_object() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    resource.apply(json!({ "name": "a" })).await.unwrap();
    let before = resource.stored().cloned();
    running.fake.set_behavior(Behavior::DeleteFails);
    Failure::of(resource.destroy().await).unwrap();
    assert_eq!(resource.stored().cloned(), before);
}

#[tokio::test]
async fn configurations_are_checked_before_the_provider_is_called() {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let resource = session.resource("test_thing").unwrap();
    let missing = Failure::of(resource.plan(json!({})).await).unwrap();
    assert_eq!(
        missing.diagnostics[0].detail,
        "name: required attribute is missing"
    );
    let surplus = Failure::of(resource.plan(json!({ "name": "a", "size": 1 })).await).unwrap();
    assert_eq!(surplus.diagnostics[0].detail, "size: unsupported attribute");
    assert_eq!(running.fake.take_calls(), Vec::<String>::new());

    let empty = Failure::of(resource.plan(json!({ "name": "" })).await).unwrap();
    assert_eq!(
        empty.diagnostics[0].path.as_ref().unwrap().to_string(),
        "name"
    );
}
