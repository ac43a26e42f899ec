//! Failures of single requests while Terraform works on several objects at once. The matrix covers
//! all failures of each request of every store, without Terraform.

use serde_json::{Value, json};

use crate::change::{set, unwrapped};
use crate::world::{AGENT, World, newest};

/// A failure of a request, and Terraform's messages about it. There are none if the request is
/// retried.
struct Trouble {
    method: &'static str,
    /// A regular expression for the end of its path.
    path: &'static str,
    fault: fn() -> Value,
    said: &'static [&'static str],
}

const fn trouble(
    method: &'static str,
    path: &'static str,
    fault: fn() -> Value,
    said: &'static [&'static str],
) -> Trouble {
    Trouble {
        method,
        path,
        fault,
        said,
    }
}

const CREATION: [Trouble; 8] = [
    trouble("PUT", "/skills/one$", reset_when_done, &[]),
    trouble("PUT", "/skills/two$", denied, &["skill \"two\"", "role"]),
    trouble("PUT", "/repos/shop$", refused_when_done, &[]),
    trouble(
        "PUT",
        "/DataConnectors/orders$",
        operation_fails,
        &["data connector \"orders\"", "QuotaExceeded"],
    ),
    trouble("POST", "/httptriggers/create$", reset_when_done, &[]),
    trouble("POST", "/agentmemory/upload$", cut_off, &[]),
    trouble("PUT", "/settings/global$", page_when_done, &[]),
    trouble("POST", "/repo-instructions$", throttled, &[]),
];

const UPDATE: [Trouble; 8] = [
    trouble(
        "PUT",
        "/skills/one$",
        no_answer,
        &["skill \"one\"", "timeouts.update"],
    ),
    trouble("PUT", "/skills/two$", busy, &[]),
    trouble("PUT", "/repos/shop$", reset_when_done, &[]),
    trouble("PUT", "/DataConnectors/orders$", reset_when_done, &[]),
    trouble(
        "PUT",
        "/httptriggers/[^/]+$",
        page,
        &["HTTP trigger \"review\"", "proxy"],
    ),
    trouble("POST", "/agentmemory/upload$", throttled, &[]),
    trouble("PUT", "/settings/global$", outdated, &[]),
    trouble(
        "POST",
        "/repo-instructions$",
        denied,
        &["repository instructions \"shop\"", "role"],
    ),
];

const DELETION: [Trouble; 8] = [
    trouble("DELETE", "/skills/one$", reset_when_done, &[]),
    trouble(
        "DELETE",
        "/skills/two$",
        unavailable,
        &["skill \"two\"", "503"],
    ),
    trouble(
        "DELETE",
        "/repos/shop$",
        refused,
        &["code repository \"shop\"", "405"],
    ),
    trouble(
        "DELETE",
        "/DataConnectors/orders$",
        operation_fails,
        &["data connector \"orders\"", "QuotaExceeded"],
    ),
    trouble("DELETE", "/httptriggers/[^/]+$", throttled, &[]),
    trouble(
        "DELETE",
        "/agentmemory/document/restart.md$",
        denied,
        &["knowledge document \"restart.md\"", "role"],
    ),
    trouble("PUT", "/settings/global$", outdated, &[]),
    trouble("POST", "/repo-instructions$", reset_when_done, &[]),
];

#[test]
fn objects_survive_failures_of_their_requests() {
    let world = World::with_agent(&newest());
    world.configure(&configuration("One."));
    fails(&world, &["apply", "-auto-approve"], &CREATION);
    applies_again(&world);
    world.configure(&configuration("Two."));
    fails(&world, &["apply", "-auto-approve"], &UPDATE);
    applies_again(&world);
    fails(&world, &["destroy", "-auto-approve"], &DELETION);
    world.destroys(&["agent shop"]);
}

/// Runs a command while requests fail, each once or, with an error, for the whole run.
fn fails(world: &World, command: &[&str], troubles: &[Trouble]) {
    for trouble in troubles {
        let mut fault = (trouble.fault)();
        fault["method"] = json!(trouble.method);
        fault["path"] = json!(trouble.path);
        if !trouble.said.is_empty() {
            fault["count"] = json!(0);
        }
        world.emulator.post("faults", &fault).unwrap();
    }
    let options = ["-input=false", "-no-color"];
    let run = world.workspace.run(command.iter().chain(&options)).unwrap();
    let message = unwrapped(&run.failure().unwrap().output());
    for fault in world.emulator.get("faults").unwrap().as_array().unwrap() {
        assert!(fault["hits"] != 0, "{fault} did not hit:\n{message}");
    }
    world.emulator.delete("faults").unwrap();
    let errors = message.matches("Error: ").count();
    let expected = troubles.iter().filter(|trouble| !trouble.said.is_empty());
    assert_eq!(errors, expected.count(), "{message}");
    for said in troubles.iter().flat_map(|trouble| trouble.said) {
        assert!(message.contains(said), "no {said:?} in:\n{message}");
    }
}

/// Applies again, after which everything exists exactly once.
fn applies_again(world: &World) {
    world.workspace.apply().unwrap();
    world.plans_nothing();
    let objects = [
        "agent shop",
        "memory restart.md",
        "memoryContents restart.md",
        "repo-instructions shop",
        "shared connectors orders",
        "shared repos shop",
        "shared skills one",
        "shared skills two",
        "trigger review",
    ];
    assert_eq!(world.objects(), set(&objects));
}

fn configuration(text: &str) -> String {
    let resource = |kind: &str, name: &str, arguments: &str| {
        format!(
            "resource \"azuresre_{kind}\" \"{name}\" {{\n agent_id = \"{AGENT}\"\n {arguments}\n}}\n"
        )
    };
    let skill = |name: &str, plane: &str| {
        let arguments = format!(
            "name = \"{name}\"\n plane = \"{plane}\"\n description = \"{text}\"\n \
             content = \"Look at the front end first, then at the back end, and say so.\"\n \
             timeouts = {{ update = \"5s\", delete = \"5s\" }}"
        );
        resource("skill", name, &arguments)
    };
    let repo = format!(
        "name = \"shop\"\n url = \"https://github.com/contoso/shop\"\n type = \"GitHub\"\n \
         description = \"{text}\""
    );
    let database = text.trim_end_matches('.').to_lowercase();
    let connector = format!(
        "name = \"orders\"\n kusto = {{ url = \"https://shop.kusto.windows.net/{database}\" }}"
    );
    let instructions =
        format!("name = azuresre_repo.shop.name\n files = {{ \"build.md\" = \"{text}\" }}");
    [
        skill("one", "data_plane"),
        skill("two", "arm"),
        resource("repo", "shop", &repo),
        resource("data_connector", "orders", &connector),
        resource(
            "http_trigger",
            "review",
            &format!("name = \"review\"\n prompt = \"{text}\""),
        ),
        resource(
            "knowledge_document",
            "restart",
            &format!("name = \"restart.md\"\n content = \"{text} Restart it.\""),
        ),
        resource(
            "tool_permissions",
            "all",
            &format!("deny = [\"Shell({text})\"]"),
        ),
        resource("repo_instructions", "shop", &instructions),
    ]
    .concat()
}

fn error(status: u16, code: &str) -> Value {
    let body = json!({ "error": { "code": code, "message": "This is a bad moment." } });
    json!({ "status": status, "body": body })
}

fn reset_when_done() -> Value {
    json!({ "reset": true, "apply": true })
}

fn refused_when_done() -> Value {
    json!({ "status": 405, "apply": true })
}

fn page_when_done() -> Value {
    json!({ "status": 200, "text": "<!doctype html>", "apply": true })
}

fn page() -> Value {
    json!({ "status": 200, "text": "<!doctype html>" })
}

fn cut_off() -> Value {
    json!({ "truncate": 1 })
}

fn no_answer() -> Value {
    json!({ "hold": true })
}

fn operation_fails() -> Value {
    json!({ "operation_error": { "code": "QuotaExceeded", "message": "This is a bad moment." } })
}

fn throttled() -> Value {
    let mut fault = error(429, "TooManyRequests");
    fault["headers"] = json!({ "Retry-After": "1" });
    fault
}

fn busy() -> Value {
    error(409, "OperationConflict")
}

fn outdated() -> Value {
    error(412, "PreconditionFailed")
}

fn denied() -> Value {
    error(403, "AuthorizationFailed")
}

fn refused() -> Value {
    error(405, "MethodNotAllowed")
}

fn unavailable() -> Value {
    error(503, "ServiceUnavailable")
}
