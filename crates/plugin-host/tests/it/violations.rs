//! Every mistake of a provider is reported.

use plugin_host::{Host, Violation};
use rstest::rstest;
use serde_json::json;

use crate::fake::{Behavior, Fake};

#[rstest]
#[case(
    Behavior::PlanChangesNote,
    "Provider produced invalid plan",
    r#"note: planned value "mine" for a non-computed attribute"#
)]
#[case(
    Behavior::PlanKeepsSecret,
    "Provider produced invalid plan",
    "secret: planned value for write-only attribute is not null"
)]
#[case(
    Behavior::PlansIntoNowhere,
    "Provider produced invalid plan",
    r#"(root): requires replacement, but path nowhere: (root) has no attribute "nowhere""#
)]
#[case(
    Behavior::ReplansOtherwise,
    "Provider produced inconsistent final plan",
    r#"id: was "p1", but now "p2""#
)]
#[case(
    Behavior::CreateKeepsSecret,
    "Provider produced invalid object",
    "secret: value of a write-only attribute"
)]
#[case(
    Behavior::DiagnosticWithoutSeverity,
    "Invalid diagnostic",
    "(root): no severity: "
)]
#[case(
    Behavior::Defers,
    "Provider deferred changes when Terraform did not allow deferrals",
    "(root): ABSENT_PREREQ"
)]
#[tokio::test]
async fn mistake_is_reported_and_nothing_is_saved(
    #[case] behavior: Behavior,
    #[case] summary: &str,
    #[case] problem: &str,
) {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    running.fake.set_behavior(behavior);
    let violation = Violation::of(resource.apply(json!({ "name": "a" })).await).unwrap();
    assert_eq!(violation.summary, summary);
    assert_eq!(violation.problems[0].to_string(), problem);
    assert_eq!(resource.state(), None);
}

#[rstest]
#[case(
    Behavior::CreateChangesNote,
    "Provider produced inconsistent result after apply",
    r#"note: was null, but now "mine""#
)]
#[case(
    Behavior::CreateLeavesUnknown,
    "Provider returned invalid result object after apply",
    "id: unknown value"
)]
#[tokio::test]
async fn mistake_in_a_result_is_reported_and_taints(
    #[case] behavior: Behavior,
    #[case] summary: &str,
    #[case] problem: &str,
) {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    running.fake.set_behavior(behavior);
    let violation = Violation::of(resource.apply(json!({ "name": "a" })).await).unwrap();
    assert_eq!(violation.summary, summary);
    assert_eq!(violation.problems[0].to_string(), problem);
    assert!(resource.is_tainted());
}

#[tokio::test]
async fn deferral_is_reported_if_the_host_allows_it() {
    let running = Fake::new().serve().await;
    let mut host = Host::default();
    if let Some(capabilities) = &mut host.plan_capabilities {
        capabilities.deferral_allowed = true;
    }
    let session = running.session(host).await;
    running.fake.set_behavior(Behavior::Defers);
    let mut resource = session.resource("test_thing").unwrap();
    let plan = resource.plan(json!({ "name": "a" })).await.unwrap();
    assert!(plan.deferred.is_some());
    assert!(
        resource
            .apply_plan(&plan, json!({ "name": "a" }))
            .await
            .is_err()
    );

    running.fake.set_behavior(Behavior::Correct);
    let plan = resource.plan(json!({ "name": "a" })).await.unwrap();
    running.fake.set_behavior(Behavior::Defers);
    let result = resource.apply_plan(&plan, json!({ "name": "a" })).await;
    let violation = Violation::of(result).unwrap();
    assert_eq!(
        violation.summary,
        "Resource deferred during apply, but not during plan"
    );
}
