//! Documents that are uploaded from files.

use serde_json::json;
use test_support::Action;

use crate::change::{set, unwrapped};
use crate::world::{AGENT, World, newest};

const ADDRESS: &str = "azuresre_knowledge_document.restart";
const MARKER: &str = "drain-the-queue-first";

#[test]
fn content_of_a_file_is_uploaded_and_not_stored_in_the_state() {
    let world = World::with_agent(&newest());
    world.workspace.write("restart.md", MARKER).unwrap();
    world.configure(&document("restart.md", "wait_for_index = true"));
    let plan = world.workspace.plan().unwrap();
    assert!(!plan.json.to_string().contains(MARKER), "{:#}", plan.json);
    world.applies();
    assert_eq!(
        world.stored("/memoryContents/restart.md"),
        json!({ "text": MARKER })
    );
    let state = world
        .workspace
        .run(["state", "pull"])
        .unwrap()
        .success()
        .unwrap();
    assert!(
        state.stdout.contains("sha256") && !state.stdout.contains(MARKER),
        "{}",
        state.stdout
    );
    let attributes = world.state(ADDRESS);
    assert_eq!(attributes["indexed"], true);
    assert_eq!(attributes["size"], MARKER.len());

    // Other content of the same size is detected by its hash. Another file name is not a change.
    world
        .workspace
        .write("restart.md", MARKER.to_uppercase())
        .unwrap();
    world.plans(ADDRESS, Action::Update).changes(&["sha256"]);
    world.applies();
    world
        .workspace
        .write("again.md", MARKER.to_uppercase())
        .unwrap();
    world.configure(&document("again.md", "wait_for_index = true"));
    world.plans(ADDRESS, Action::Update).changes(&["source"]);
    world.forget_requests();
    world.applies();
    assert!(world.writes().is_empty(), "{:#?}", world.writes());
    world.destroys(&["agent shop"]);
}

#[test]
fn file_that_changed_since_the_plan_is_not_uploaded() {
    let world = World::with_agent(&newest());
    world.workspace.write("restart.md", MARKER).unwrap();
    world.configure(&document("restart.md", ""));
    world.plans(ADDRESS, Action::Create);
    world
        .workspace
        .write("restart.md", "something else")
        .unwrap();
    world.forget_requests();
    let apply = ["apply", "-input=false", "-no-color", "../plan.tfplan"];
    let run = world.workspace.run(apply).unwrap().failure().unwrap();
    // Terraform plans again while it applies, and finds another hash than in the plan.
    let message = unwrapped(&run.output());
    assert!(message.contains(".sha256"), "{message}");
    assert!(world.writes().is_empty(), "{:#?}", world.writes());
    assert_eq!(world.objects(), set(&["agent shop"]));
    assert!(world.managed().is_empty());
}

#[test]
fn plan_refuses_files_that_are_too_large_or_missing() {
    let world = World::with_agent(&newest());
    world
        .workspace
        .write("large.md", vec![b'x'; 17 * 1024 * 1024])
        .unwrap();
    world.configure(&document("large.md", ""));
    for (source, text) in [("large.md", "16 MB"), ("missing.md", "missing.md")] {
        world.configure(&document(source, ""));
        let run = world.workspace.plan_expecting_error().unwrap();
        let message = unwrapped(&run.output());
        assert!(
            message.contains(text) && message.contains("source"),
            "{message}"
        );
    }
}

#[test]
fn waiting_for_a_document_that_cannot_be_indexed_fails() {
    let world = World::with_agent(&newest());
    world.workspace.write("restart.md", b"\xff\xfe").unwrap();
    world.configure(&document("restart.md", "wait_for_index = true"));
    let run = world.workspace.apply_expecting_error().unwrap();
    let message = unwrapped(&run.output());
    for text in ["the indexing failed", "UTF-8", "wait_for_index"] {
        assert!(message.contains(text), "no {text:?} in:\n{message}");
    }
    // The document exists, and the next apply replaces it.
    world.workspace.write("restart.md", MARKER).unwrap();
    world.plans(ADDRESS, Action::Replace);
    world.applies();
    assert_eq!(world.state(ADDRESS)["error_reason"], json!(null));
}

fn document(source: &str, arguments: &str) -> String {
    format!(
        "resource \"azuresre_knowledge_document\" \"restart\" {{\n agent_id = \"{AGENT}\"\n \
         name = \"restart.md\"\n source = \"${{path.module}}/{source}\"\n {arguments}\n}}\n"
    )
}
