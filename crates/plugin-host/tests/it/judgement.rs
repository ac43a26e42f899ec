//! Every mistake is named.

use plugin_host::{Host, Violation};
use rstest::rstest;
use serde_json::json;

use crate::fake::{Fake, Mood};

#[rstest]
#[case(
    Mood::PlanChangesNote,
    "Provider produced invalid plan",
    r#"note: planned value "mine" for a non-computed attribute"#
)]
#[case(
    Mood::PlanKeepsSecret,
    "Provider produced invalid plan",
    "secret: planned value for write-only attribute is not null"
)]
#[case(
    Mood::PlansIntoNowhere,
    "Provider produced invalid plan",
    r#"(root): requires replacement, but path nowhere: (root) has no attribute "nowhere""#
)]
#[case(
    Mood::ReplansOtherwise,
    "Provider produced inconsistent final plan",
    r#"id: was "p1", but now "p2""#
)]
#[case(
    Mood::CreateKeepsSecret,
    "Provider produced invalid object",
    "secret: value of a write-only attribute"
)]
#[case(
    Mood::DiagnosticWithoutSeverity,
    "Invalid diagnostic",
    "(root): no severity: "
)]
#[case(
    Mood::Defers,
    "Provider deferred changes when Terraform did not allow deferrals",
    "(root): ABSENT_PREREQ"
)]
#[tokio::test]
async fn a_mistake_is_named_and_saves_nothing(
    #[case] mood: Mood,
    #[case] summary: &str,
    #[case] problem: &str,
) {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    running.fake.set_mood(mood);
    let violation = Violation::of(resource.apply(json!({ "name": "a" })).await).unwrap();
    assert_eq!(violation.summary, summary);
    assert_eq!(violation.problems[0].to_string(), problem);
    assert_eq!(resource.state(), None);
}

#[rstest]
#[case(
    Mood::CreateChangesNote,
    "Provider produced inconsistent result after apply",
    r#"note: was null, but now "mine""#
)]
#[case(
    Mood::CreateLeavesUnknown,
    "Provider returned invalid result object after apply",
    "id: unknown value"
)]
#[tokio::test]
async fn a_mistake_in_a_result_is_named_and_taints(
    #[case] mood: Mood,
    #[case] summary: &str,
    #[case] problem: &str,
) {
    let running = Fake::new().serve().await;
    let session = running.session(Host::default()).await;
    let mut resource = session.resource("test_thing").unwrap();
    running.fake.set_mood(mood);
    let violation = Violation::of(resource.apply(json!({ "name": "a" })).await).unwrap();
    assert_eq!(violation.summary, summary);
    assert_eq!(violation.problems[0].to_string(), problem);
    assert!(resource.is_tainted());
}

#[tokio::test]
async fn deferral_is_reported_where_the_host_allows_it() {
    let running = Fake::new().serve().await;
    let mut host = Host::default();
    if let Some(capabilities) = &mut host.plan_capabilities {
        capabilities.deferral_allowed = true;
    }
    let session = running.session(host).await;
    running.fake.set_mood(Mood::Defers);
    let mut resource = session.resource("test_thing").unwrap();
    let plan = resource.plan(json!({ "name": "a" })).await.unwrap();
    assert!(plan.deferred.is_some());
    assert!(
        resource
            .apply_plan(&plan, json!({ "name": "a" }))
            .await
            .is_err()
    );

    running.fake.set_mood(Mood::Sound);
    let plan = resource.plan(json!({ "name": "a" })).await.unwrap();
    running.fake.set_mood(Mood::Defers);
    let result = resource.apply_plan(&plan, json!({ "name": "a" })).await;
    let violation = Violation::of(result).unwrap();
    assert_eq!(
        violation.summary,
        "Resource deferred during apply, but not during plan"
    );
}
