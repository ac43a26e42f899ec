//! Refusals that name the argument before anything is written, and refusals that keep the state.

use serde_json::json;
use test_support::Action;

use crate::change::{set, unwrapped};
use crate::world::{AGENT, World, newest};

const SKILL: &str = "azuresre_skill.triage";

#[test]
fn bad_configurations_are_refused_before_anything_is_written() {
    let world = World::with_agent(&newest());
    let skill = skill("triage");
    for (config, texts) in [
        (
            skill.replace("/agents/shop", "/agents"),
            &["agent_id"] as &[_],
        ),
        (skill.replace("\"triage\"\n", "\"..\"\n"), &["name"]),
        (
            skill.replace("\"triage\"\n", "\"a\\u0007b\"\n"),
            &["name", "control"],
        ),
        (
            connector(
                "kusto = { url = \"https://a\" }\n log_analytics = { resource_id = \"/subscriptions/s/x\" }",
            ),
            &["More than one connector type", "log_analytics"],
        ),
        (connector(""), &["Missing connector type", "kusto", "other"]),
        (
            server("bearer_token = \"a\"\n bearer_token_wo = \"b\"\n bearer_token_wo_version = 1"),
            &["bearer_token", "Conflicting arguments"],
        ),
        (
            server("bearer_token_wo_version = 1"),
            &["bearer_token_wo_version"],
        ),
        (
            server("bearer_token_wo = \"a\""),
            &["bearer_token_wo_version"],
        ),
        (agent("power_state = \"Off\""), &["power_state", "Stopped"]),
        (
            agent("identity = { type = \"UserAssigned\" }"),
            &["identity_ids"],
        ),
        (
            agent("additional_properties = { upgradeChannel = \"Stable\" }"),
            &["additional_properties", "upgrade_channel"],
        ),
        (
            task("0 25 * * *"),
            &[
                "cron_expression",
                "The field for the hour, \"25\"",
                "is invalid",
            ],
        ),
        (
            task("0 7 30 2 *"),
            &["cron_expression", "never matches any day"],
        ),
    ] {
        world.refuses(&config, texts);
    }

    world.configure(&agent("upgrade_channel = \"Stabel\""));
    let plan = world.workspace.plan().unwrap();
    let message = unwrapped(&plan.output);
    assert!(message.contains("Did you mean \"Stable\"?"), "{message}");
    assert!(message.contains("Warning"), "{message}");

    let import = format!("import {{\n to = {SKILL}\n id = \"nonsense\"\n}}\n");
    world.refuses(
        &(import + &skill),
        &["Invalid import ID", "/skills/example"],
    );

    for (arguments, text) in [
        ("plane = \"nowhere\"", "plane"),
        ("emulator = \"not a url\"", "emulator"),
        ("partner_id = \"12\"", "partner_id"),
    ] {
        world.configure_provider(arguments);
        world.refuses(&skill, &[text]);
    }
}

#[test]
fn error_names_a_service_that_cannot_be_reached_or_found() {
    let mut world = World::new(&newest());
    world.configure_provider("emulator = \"http://127.0.0.1:1\"");
    world.refuses(
        &agent("timeouts = { create = \"2s\" }"),
        &["127.0.0.1:1", "Cannot create the agent"],
    );

    // Without an emulator, a subscription is required, and missed before signing in.
    world.workspace.env("AZURESRE_EMULATOR", "");
    let endpoint = format!(
        "provider \"azuresre\" {{\n resource_manager_endpoint = \"{}\"\n}}\n",
        world.emulator.url()
    );
    world.workspace.write("provider.tf", endpoint).unwrap();
    world.refuses(&agent(""), &["No subscription", "ARM_SUBSCRIPTION_ID"]);
}

#[test]
fn object_of_a_missing_agent_is_refused() {
    let world = World::with_agent(&newest());
    let orphan = skill("triage").replace("/agents/shop", "/agents/nobody");
    let texts = ["agent_id", "agents/nobody", "Check that the agent exists"];
    // On ARM, the service detects this when an object is written.
    world.configure(&orphan);
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.output());
    for text in texts {
        assert!(message.contains(text), "no {text:?} in:\n{message}");
    }
    assert!(world.managed().is_empty());

    world.configure_provider("plane = \"data_plane\"");
    world.refuses(&orphan, &texts);
    assert_eq!(world.objects(), set(&["agent shop"]));
}

#[test]
fn existing_object_is_refused_with_a_working_import_block() {
    let world = World::with_agent(&newest());
    let properties = json!({
        "description": "Finds slow requests.", "skillContent": "x".repeat(60),
    });
    let existing = json!({ "type": "Skill", "properties": properties });
    world.change_on_data_plane("/api/v2/extendedAgent/skills/triage", &existing);
    world.configure(&skill("triage"));
    world.forget_requests();
    let run = world.workspace.apply_expecting_error().unwrap();
    assert!(world.writes().is_empty(), "{:#?}", world.writes());

    // The message without its frame, from the block to the text after it.
    let message = run.output().replace(['│', '╷', '╵'], "");
    let block = &message[message.find("import {").unwrap()..];
    let block = &block[..block.find("Otherwise").unwrap()];
    world
        .workspace
        .write("import.tf", block.replace(".example", ".triage"))
        .unwrap();
    let plan = world.workspace.plan().unwrap();
    assert_eq!(plan.action(SKILL), Some(Action::NoOp), "{}", plan.output);
    let change = plan.change(SKILL).unwrap();
    assert!(change.get("importing").is_some(), "{}", plan.output);
}

#[test]
fn undocumented_document_keeps_the_state() {
    let world = World::with_agent(&newest());
    world.configure(&skill("triage"));
    world.workspace.apply().unwrap();
    let path = "/api/v2/extendedAgent/skills/triage";
    for good in [false, true] {
        let tools = if good { json!([]) } else { json!([1]) };
        let properties = json!({
            "description": "Finds slow requests.", "skillContent": "x".repeat(60), "tools": tools,
        });
        let document = json!({ "type": "Skill", "properties": properties });
        world.change_on_data_plane(path, &document);
        if good {
            world.plans_nothing();
            continue;
        }
        let run = world.workspace.plan_expecting_error().unwrap();
        let message = unwrapped(&run.output());
        assert!(message.contains("expected a list of strings"), "{message}");
        assert!(world.workspace.apply_expecting_error().is_ok());
        assert_eq!(world.managed(), [SKILL]);
    }
    assert_eq!(
        world.objects(),
        set(&["agent shop", "shared skills triage"])
    );
}

fn skill(name: &str) -> String {
    let content = "x".repeat(60);
    format!(
        "resource \"azuresre_skill\" \"triage\" {{\n agent_id = \"{AGENT}\"\n name = \"{name}\"\n \
         description = \"Finds slow requests.\"\n content = \"{content}\"\n}}\n"
    )
}

fn task(schedule: &str) -> String {
    format!(
        "resource \"azuresre_scheduled_task\" \"x\" {{\n agent_id = \"{AGENT}\"\n name = \"xy\"\n \
         cron_expression = \"{schedule}\"\n prompt = \"Report.\"\n}}\n"
    )
}

fn server(arguments: &str) -> String {
    connector(&format!(
        "mcp = {{\n transport = \"http\"\n endpoint = \"https://a\"\n {arguments}\n }}"
    ))
}

fn connector(arguments: &str) -> String {
    format!(
        "resource \"azuresre_data_connector\" \"x\" {{\n agent_id = \"{AGENT}\"\n name = \"xy\"\n \
         {arguments}\n}}\n"
    )
}

fn agent(arguments: &str) -> String {
    format!(
        "resource \"azuresre_agent\" \"new\" {{\n name = \"new\"\n resource_group_name = \"rg-sre\"\n \
         location = \"swedencentral\"\n {arguments}\n}}\n"
    )
}

/// The error names the conflicting object as precisely as a run can know it.
#[test]
fn errors_distinguish_conflicting_objects() {
    let world = World::with_agent(&newest());
    let twice = |name: &str, more: &str| {
        skill("triage").replace(
            "\"azuresre_skill\" \"triage\" {",
            &format!("\"azuresre_skill\" \"{name}\" {{\n{more}"),
        )
    };
    world.configure(
        &[
            twice("one", ""),
            twice("two", "depends_on = [azuresre_skill.one]"),
        ]
        .concat(),
    );
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.report());
    assert!(
        message.contains("Another resource in this configuration created this object"),
        "{message}"
    );
    assert!(!message.contains("import {"), "{message}");

    let first = "lifecycle { create_before_destroy = true }";
    world.configure(&twice("one", first));
    world.workspace.apply().unwrap();
    let run = world
        .workspace
        .run([
            "apply",
            "-input=false",
            "-no-color",
            "-auto-approve",
            "-replace=azuresre_skill.one",
        ])
        .unwrap();
    let message = unwrapped(&run.output());
    assert!(
        message.contains("Terraform must delete the old object first"),
        "{message}"
    );
    assert!(message.contains("create_before_destroy"), "{message}");
    assert_eq!(world.managed(), ["azuresre_skill.one"]);

    world.forget_state();
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.report());
    assert!(
        message.contains("If no other resource manages this object, import it"),
        "{message}"
    );
}
