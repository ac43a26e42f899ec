use proptest::prelude::*;
use rstest::rstest;

use super::*;

const CANONICAL: &str =
    "/subscriptions/0000/resourceGroups/rg-sre/providers/Microsoft.App/agents/my-agent";

#[test]
fn agent_id_is_parsed_in_any_case_and_written_in_one() {
    let id = AgentId::parse(
        "/SUBSCRIPTIONS/0000/resourcegroups/rg-sre/Providers/microsoft.app/AGENTS/my-agent/",
    )
    .unwrap();
    assert_eq!(id.to_string(), CANONICAL);
    assert_eq!(id.path(), CANONICAL);
    assert_eq!(
        (id.subscription_id(), id.resource_group_name(), id.name()),
        ("0000", "rg-sre", "my-agent")
    );
    assert_eq!(id, AgentId::parse(&CANONICAL.to_uppercase()).unwrap());
}

#[rstest]
#[case("", "expected `/subscriptions` at the beginning, found nothing")]
#[case("subscriptions/0", "expected `/subscriptions` at the beginning")]
#[case(
    "/subscription/0",
    "expected `subscriptions` at the beginning, found `subscription`"
)]
#[case("/subscriptions//resourceGroups/rg", "the subscription ID is missing")]
#[case(
    "/subscriptions/0/resourceGroup/rg",
    "expected `resourceGroups` after the subscription ID"
)]
#[case(
    "/subscriptions/0/resourceGroups/../providers",
    "the resource group name is `..`"
)]
#[case(
    "/subscriptions/0/resourceGroups/r g/providers",
    "the resource group name contains ' '"
)]
#[case(
    "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Web/agents/a",
    "expected `Microsoft.App` after the providers, found `Microsoft.Web`"
)]
#[case(
    "/subscriptions/0/resourceGroups/rg/providers/Microsoft.App/agents",
    "agent name is missing"
)]
#[case(
    "/subscriptions/0/resourceGroups/rg/providers/Microsoft.App/agents/a?x=1",
    "the agent name contains '?'"
)]
#[case(
    "/subscriptions/0/resourceGroups/rg/providers/Microsoft.App/agents/a/skills/s",
    "unexpected `/skills/s` at the end"
)]
fn agent_id_error_names_the_part_and_the_form(#[case] text: &str, #[case] part: &str) {
    let error = AgentId::parse(text).unwrap_err().to_string();
    assert!(error.contains(part), "{error}");
    assert!(
        error.ends_with("/providers/Microsoft.App/agents/{agent}`"),
        "{error}"
    );
}

#[test]
fn child_id_ignores_the_case_of_its_segment_but_not_of_its_name() {
    let id = ChildId::parse(&format!("{CANONICAL}/skills/Triage")).unwrap();
    assert_eq!(
        id,
        ChildId::parse(&format!("{CANONICAL}/SKILLS/Triage")).unwrap()
    );
    assert_ne!(
        id,
        ChildId::parse(&format!("{CANONICAL}/skills/triage")).unwrap()
    );
    assert_eq!((id.segment(), id.name()), ("skills", "Triage"));
    let error = ChildId::parse(CANONICAL).unwrap_err().to_string();
    assert!(error.contains("the kind is missing"), "{error}");
    assert!(ChildId::parse(&format!("{CANONICAL}/skills")).is_err());
    assert!(ChildId::parse(&format!("{CANONICAL}/skills/a/b")).is_err());
    assert!(ChildId::parse(&format!("{CANONICAL}/skills/%2e%2E")).is_err());
}

#[test]
fn child_path_is_encoded_and_its_written_form_is_readable() {
    let agent = AgentId::parse(CANONICAL).unwrap();
    let id = agent.child("skills", "a b/é?").unwrap();
    assert_eq!(id.path(), format!("{CANONICAL}/skills/a%20b%2F%C3%A9%3F"));
    assert_eq!(id.to_string(), format!("{CANONICAL}/skills/a b%2Fé%3F"));
}

#[rstest]
#[case("ab", true)]
#[case("a", false)]
#[case("a-", false)]
#[case("-a", false)]
#[case("1a", false)]
#[case("a_b", false)]
#[case("a1234567890123456789012345678901", true)]
#[case("a12345678901234567890123456789012", false)]
fn agent_name_follows_the_rule(#[case] name: &str, #[case] valid: bool) {
    assert_eq!(validate_agent_name(name).is_ok(), valid);
}

proptest! {
    #[test]
    fn name_never_leaves_its_segment(name in "\\PC{0,20}|[./%?#\\\\\\x00-\\x20a]{0,8}") {
        let base = url::Url::parse("https://host/collection").unwrap();
        match join("/collection", &name) {
            Ok(path) => {
                let url = base.join(&path).unwrap();
                prop_assert_eq!(url.path(), path.as_str());
                prop_assert_eq!(url.path_segments().unwrap().count(), 2);
                prop_assert!(url.query().is_none() && url.fragment().is_none());
                let last = url.path_segments().unwrap().next_back().unwrap();
                prop_assert_eq!(decode(last), name);
            }
            Err(_) => prop_assert!(matches!(name.as_str(), "" | "." | "..")),
        }
    }

    #[test]
    fn child_id_round_trips(name in any::<String>()) {
        let agent = AgentId::parse(CANONICAL).unwrap();
        if let Ok(id) = agent.child("skills", name) {
            prop_assert_eq!(ChildId::parse(&id.to_string()).unwrap(), id);
        }
    }

    #[test]
    fn equal_ids_have_equal_hashes(flip in any::<u64>()) {
        let mixed: String = CANONICAL
            .chars()
            .enumerate()
            .map(|(i, c)| if flip >> (i % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c })
            .collect();
        let (a, b) = (AgentId::parse(CANONICAL).unwrap(), AgentId::parse(&mixed).unwrap());
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(a.cmp(&b), std::cmp::Ordering::Equal);
        let set: std::collections::HashSet<AgentId> = [a, b].into();
        prop_assert_eq!(set.len(), 1);
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,60}|(/(subscriptions|0|resourceGroups|providers|%|%2)?){0,9}") {
        let _ = AgentId::parse(&text);
        let _ = ChildId::parse(&text);
    }
}
