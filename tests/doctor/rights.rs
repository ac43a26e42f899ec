//! Roles on both planes.

use anyhow::{Result, ensure};
use azuresre::doctor::Verdict;
use emulator::profile::Role;
use emulator::{Fault, Profile};
use rstest::rstest;
use serde_json::json;

use crate::fixture::Fixture;

const PERMISSIONS: &str = "/Microsoft.Authorization/permissions$";

#[rstest]
#[case(Role::Author, "SRE Agent Author", &["skill"], &["knowledge_document", "scheduled_task"])]
#[case(Role::User, "SRE Agent Standard User", &["scheduled_task"], &["skill"])]
#[case(Role::Reader, "SRE Agent Reader", &[], &[])]
#[case(Role::None, "you cannot read anything", &[], &[])]
#[tokio::test]
async fn insufficient_role_on_the_data_plane_is_reported_with_what_is_missing(
    #[case] role: Role,
    #[case] told: &str,
    #[case] granted: &[&str],
    #[case] missing: &[&str],
    #[values(false, true)] lists_data_actions: bool,
    #[values(false, true)] empty_forbidden: bool,
) -> Result<()> {
    let fixture = Fixture::new().await?;
    fixture.emulator().change_profile(|profile| {
        profile.role = role;
        profile.empty_forbidden = empty_forbidden;
    });
    if !lists_data_actions {
        let actions = json!({ "value": [{ "actions": ["*"], "notActions": [] }] });
        let fault = Fault::on("GET", PERMISSIONS).forever().answer(200, actions);
        fixture.emulator().fault(fault)?;
    }
    let report = fixture.examine(&[]).await?;
    report.ensure_only(
        "rights-data-plane",
        &[told, "SRE Agent Administrator", "shop"],
    )?;
    let text = report.check("rights-data-plane")?["seen"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let (may, may_not) = text.split_once("but not").unwrap_or((&text, ""));
    for kind in granted {
        ensure!(may.contains(kind), "{kind} is not granted: {text}");
    }
    for kind in missing {
        ensure!(may_not.contains(kind), "{kind} is not missing: {text}");
    }
    fixture.ensure_read_only()
}

#[tokio::test]
async fn reader_on_arm_learns_which_role_to_request() -> Result<()> {
    let fixture = Fixture::new().await?;
    let actions = json!({ "value": [{ "actions": ["*/read"], "notActions": [] }] });
    let fault = Fault::on("GET", PERMISSIONS).forever().answer(200, actions);
    fixture.emulator().fault(fault)?;
    let report = fixture.examine(&[]).await?;
    report.ensure_only(
        "rights-arm",
        &["Microsoft.App/agents/write", "Contributor", samples::GROUP],
    )?;
    ensure!(
        report.asked().contains("Contributor"),
        "{:#}",
        report.document
    );
    Ok(())
}

#[rstest]
#[case::subscription(r"^/subscriptions/[^/]+$", "subscription")]
#[case::group(r"/resourceGroups/[^/]+$", "resource-group")]
#[case::agent(r"/agents/shop$", "agent")]
#[tokio::test]
async fn missing_read_permission_on_arm_is_requested(
    #[case] path: &str,
    #[case] check: &str,
) -> Result<()> {
    let fixture = Fixture::new().await?;
    let body =
        json!({ "error": { "code": "AuthorizationFailed", "message": "No authorization." } });
    fixture
        .emulator()
        .fault(Fault::on("GET", path).forever().answer(403, body))?;
    let report = fixture.examine(&[]).await?;
    report.ensure_only(check, &["AuthorizationFailed", "Contributor"])?;
    ensure!(
        report.asked().contains("Contributor"),
        "{:#}",
        report.document
    );
    Ok(())
}

#[tokio::test]
async fn permissions_that_arm_does_not_list_are_not_a_failure() -> Result<()> {
    let fixture = Fixture::with(Profile::default()).await?;
    fixture
        .emulator()
        .fault(
            Fault::on("GET", PERMISSIONS)
                .forever()
                .error(403, "AuthorizationFailed", "No."),
        )?;
    let report = fixture.examine(&[]).await?;
    report.ensure("rights-arm", "skipped", &["does not list your permissions"])?;
    report.ensure("rights-data-plane", "passed", &["SRE Agent Administrator"])?;
    ensure!(report.verdict == Verdict::Fine, "{:#}", report.document);
    Ok(())
}
