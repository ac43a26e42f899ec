//! Interrupted runs: one Ctrl-C, two, and Terraform killed.
#![cfg(unix)]

use std::process::Stdio;
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use test_support::{Finished, Terminal};

use crate::change::{set, unwrapped};
use crate::world::{AGENT, On, World, newest};

const ADDRESS: &str = "azuresre_agent.shop";

/// Terraform itself waits for the provider without a limit, so the provider must return soon.
const QUICK: Duration = Duration::from_secs(60);

/// The time limit for everything that does not concern an interrupt.
const LIMIT: Duration = Duration::from_secs(120);

#[rstest]
fn agent_whose_creation_continues_is_kept(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let world = World::new(&host);
        // The service has accepted the agent, and its operation is being polled.
        let hold = json!({ "method": "GET", "path": "operation", "plane": "arm", "hold": true });
        let finished = interrupted(&world, &hold);
        assert!(
            !finished.output.contains("Error: Cannot create"),
            "{}",
            finished.output
        );
        assert!(
            finished.output.contains("is not complete yet"),
            "{}",
            finished.output
        );
        assert_eq!(tainted(&world, ADDRESS), Some(false), "{}", finished.output);

        let plan = world.workspace.plan().unwrap();
        assert!(!plan.output.contains("replaced"), "{}", plan.output);
        world.workspace.apply().unwrap();
        world.plans_nothing();
        assert_eq!(world.objects(), set(&["agent shop"]));
        assert_eq!(
            world.state(ADDRESS)["agent_endpoint"],
            json!(world.endpoint(AGENT))
        );
        world.destroys(&[]);
    }
}

#[test]
fn agent_that_was_written_without_an_answer_is_kept() {
    let world = World::new(&newest());
    let hold =
        json!({ "method": "PUT", "path": "/agents/shop$", "hold": true, "hold_applied": true });
    let finished = interrupted(&world, &hold);
    let failed = finished.output.contains("Error: Cannot create");
    assert_eq!(
        tainted(&world, ADDRESS),
        Some(failed),
        "{}",
        finished.output
    );

    world.workspace.apply().unwrap();
    world.plans_nothing();
    assert_eq!(world.objects(), set(&["agent shop"]));
}

#[test]
fn second_interrupt_ends_everything() {
    let world = World::new(&newest());
    let hold = json!({ "method": "PUT", "path": "/agents/shop$", "hold": true, "count": 0 });
    configure_agent(&world);
    let (mut terminal, _) = in_terminal(&world, "apply", &hold);
    terminal.interrupt().unwrap();
    terminal.wait_for("Interrupt received", QUICK).unwrap();
    terminal.interrupt().unwrap();
    // This is when Terraform and the provider have both left the terminal.
    let finished = terminal.finish(QUICK).unwrap();
    assert_ne!(finished.code, Some(0), "{}", finished.output);
}

/// Objects with different kinds of requests.
#[derive(Clone, Copy, Debug)]
enum Subject {
    /// An agent on ARM, with operations.
    Agent,
    /// A child of an agent, with operations.
    Connector,
    /// An object on the data plane.
    Skill,
    /// An upload.
    Document,
}

/// The phase of the run when it is ended.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// A read of the service, before it is written or after it was deleted.
    Asked,
    /// The write was sent, and arrives when the run is over.
    Sent,
    /// The write was applied, and its answer has not arrived.
    CarriedOut,
    /// The operation is being polled.
    Polled,
}

/// How a run is ended.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    Once,
    Twice,
    /// Terraform is killed.
    Killed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Create,
    Update,
    Destroy,
}

/// Runs the lifecycle of an object, and ends every step in the same way. The matrix covers every
/// request of every store without Terraform. This test covers all phases and endings, and the
/// recovery of a host.
#[rstest]
#[case::agent_asked(Subject::Agent, Phase::Asked, Ending::Once)]
#[case::agent_sent(Subject::Agent, Phase::Sent, Ending::Twice)]
#[case::agent_carried_out(Subject::Agent, Phase::CarriedOut, Ending::Killed)]
#[case::agent_polled(Subject::Agent, Phase::Polled, Ending::Once)]
#[case::connector_asked(Subject::Connector, Phase::Asked, Ending::Twice)]
#[case::connector_sent(Subject::Connector, Phase::Sent, Ending::Killed)]
#[case::connector_carried_out(Subject::Connector, Phase::CarriedOut, Ending::Once)]
#[case::connector_polled(Subject::Connector, Phase::Polled, Ending::Twice)]
#[case::skill_asked(Subject::Skill, Phase::Asked, Ending::Killed)]
#[case::skill_sent(Subject::Skill, Phase::Sent, Ending::Once)]
#[case::skill_carried_out(Subject::Skill, Phase::CarriedOut, Ending::Twice)]
#[case::document_asked(Subject::Document, Phase::Asked, Ending::Once)]
#[case::document_sent(Subject::Document, Phase::Sent, Ending::Twice)]
#[case::document_carried_out(Subject::Document, Phase::CarriedOut, Ending::Killed)]
fn interrupted_run_can_be_continued(
    #[case] subject: Subject,
    #[case] phase: Phase,
    #[case] ending: Ending,
) {
    let world = World::with_agent(&newest());
    for step in [Step::Create, Step::Update, Step::Destroy] {
        subject.write(&world, step);
        let output = ended(&world, step, ending, &subject.hold(step, phase));
        let saved = !world.managed().is_empty();
        // A creation without an answer is not in the state, and one that was not sent may be
        // missing.
        let is_heard_of = ending == Ending::Once && !matches!(phase, Phase::Asked | Phase::Sent);
        let may_be_missing = step == Step::Create && !is_heard_of;
        // A host that exits immediately may do so while it writes the state, and reports that.
        let may_be_lost = output.contains("data loss may have occurred");
        assert!(saved || may_be_missing || may_be_lost, "{step:?}: {output}");
        if saved && ending == Ending::Once {
            assert_eq!(tainted(&world, subject.address()), Some(false), "{output}");
        }
        if step == Step::Destroy {
            if !saved {
                applies_again(&world, subject);
            }
            world.destroys(&["agent shop"]);
            return;
        }
        applies_again(&world, subject);
        world.plans_nothing();
        assert_eq!(world.objects(), set(subject.objects()), "{step:?}");
    }
}

impl Subject {
    fn address(self) -> &'static str {
        match self {
            Self::Agent => "azuresre_agent.it",
            Self::Connector => "azuresre_data_connector.it",
            Self::Skill => "azuresre_skill.it",
            Self::Document => "azuresre_knowledge_document.it",
        }
    }

    /// Returns what the service contains if the object exists.
    fn objects(self) -> &'static [&'static str] {
        match self {
            Self::Agent => &["agent orders", "agent shop"],
            Self::Connector => &["agent shop", "shared connectors orders"],
            Self::Skill => &["agent shop", "shared skills orders"],
            Self::Document => &["agent shop", "memory orders.md", "memoryContents orders.md"],
        }
    }

    /// Writes the configuration of a step.
    fn write(self, world: &World, step: Step) {
        let value = if step == Step::Create { "one" } else { "two" };
        let arguments = match self {
            Self::Agent => format!(
                "name = \"orders\"\n resource_group_name = \"rg-sre\"\n \
                 location = \"swedencentral\"\n tags = {{ value = \"{value}\" }}"
            ),
            Self::Connector => format!(
                "name = \"orders\"\n plane = \"arm\"\n kusto = {{ url = \"https://{value}.kusto.windows.net\" }}"
            ),
            Self::Skill => format!(
                "name = \"orders\"\n plane = \"data_plane\"\n description = \"Looks up orders.\"\n \
                 content = \"Say {value} whenever somebody asks for the orders of the day, and nothing else.\""
            ),
            Self::Document => {
                // The size differs as well.
                let content = if value == "one" { "one" } else { "number two" };
                world.workspace.write("orders.md", content).unwrap();
                "name = \"orders.md\"\n source = \"${path.module}/orders.md\"".to_owned()
            }
        };
        let agent_id = match self {
            Self::Agent => String::new(),
            _ => format!("agent_id = \"{AGENT}\"\n"),
        };
        let (kind, name) = self.address().split_once('.').unwrap();
        world.configure(&format!(
            "resource \"{kind}\" \"{name}\" {{\n {agent_id} {arguments}\n}}\n"
        ));
    }

    /// Returns the fault that holds the request of a phase.
    fn hold(self, step: Step, phase: Phase) -> Value {
        if phase == Phase::Polled {
            return json!({ "method": "GET", "path": "operation", "plane": "arm", "hold": true });
        }
        if phase == Phase::Asked {
            let path = match self {
                Self::Document => "/agentmemory/files$",
                Self::Agent | Self::Connector | Self::Skill => "/orders$",
            };
            // Skip the refresh of an apply, in which Terraform does not tell providers about an
            // interrupt.
            let skip = u32::from(step != Step::Create);
            return json!({ "method": "GET", "path": path, "skip": skip, "hold": true });
        }
        let destroys = step == Step::Destroy;
        let (method, path) = match self {
            Self::Agent | Self::Connector | Self::Skill if destroys => ("DELETE", "/orders$"),
            Self::Agent if step == Step::Update => ("PATCH", "/orders$"),
            Self::Agent | Self::Connector | Self::Skill => ("PUT", "/orders$"),
            Self::Document if destroys => ("DELETE", "/agentmemory/document/orders.md$"),
            Self::Document => ("POST", "/agentmemory/upload$"),
        };
        let applied = phase == Phase::CarriedOut;
        json!({ "method": method, "path": path, "hold": true, "hold_applied": applied })
    }
}

/// Ends a step while one of its requests is held, releases the request, and returns the output of
/// the terminal.
fn ended(world: &World, step: Step, ending: Ending, fault: &Value) -> String {
    let verb = if step == Step::Destroy {
        "destroy"
    } else {
        "apply"
    };
    let (fault, output) = match ending {
        Ending::Killed => {
            let fault = hold(world, fault);
            let mut command = world.workspace.command();
            command.args([verb, "-auto-approve", "-input=false", "-no-color"]);
            let mut child = command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            assert_eq!(held(world, &fault), 1);
            child.kill().unwrap();
            child.wait().unwrap();
            (fault, String::new())
        }
        Ending::Once | Ending::Twice => {
            let (mut terminal, fault) = in_terminal(world, verb, fault);
            terminal.interrupt().unwrap();
            if ending == Ending::Twice {
                terminal.wait_for("Interrupt received", QUICK).unwrap();
                terminal.interrupt().unwrap();
            }
            let finished = terminal.finish(QUICK).unwrap();
            assert_ne!(finished.code, Some(0), "{}", finished.output);
            (fault, finished.output)
        }
    };
    world.emulator.delete(&format!("faults/{fault}")).unwrap();
    let is_open = |request: &Value| request["ended"].is_null();
    while (world
        .emulator
        .get("requests")
        .unwrap()
        .as_array()
        .unwrap()
        .iter())
    .any(is_open)
    {}
    output
}

/// Applies again. If Terraform does not know the object, imports it by the block from the error.
fn applies_again(world: &World, subject: Subject) {
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color"];
    let run = world.workspace.run(apply).unwrap();
    if run.code == Some(0) {
        return;
    }
    let message = unwrapped(&run.output());
    assert!(message.contains("already exists"), "{message}");
    let (_, block) = message.split_once("import {").unwrap();
    let (block, _) = block.split_once('}').unwrap();
    let id = block.split('"').nth(1).unwrap();
    let kind = subject.address().split('.').next().unwrap();
    let example = format!("to = {kind}.example");
    assert!(block.contains(&example), "{message}");
    let import = format!(
        "import {{\n to = {}\n id = \"{id}\"\n}}\n",
        subject.address()
    );
    world.workspace.write("import.tf", import).unwrap();
    world.workspace.apply().unwrap();
    world.workspace.remove("import.tf").unwrap();
}

/// Applies in a terminal, and presses Ctrl-C when the emulator holds a request.
fn interrupted(world: &World, fault: &Value) -> Finished {
    configure_agent(world);
    let (mut terminal, fault) = in_terminal(world, "apply", fault);
    terminal.interrupt().unwrap();
    let finished = terminal.finish(QUICK).unwrap();
    assert_eq!(finished.code, Some(1), "{}", finished.output);
    world.emulator.delete(&format!("faults/{fault}")).unwrap();
    finished
}

fn configure_agent(world: &World) {
    world.configure(
        "resource \"azuresre_agent\" \"shop\" {\n name = \"shop\"\n \
         resource_group_name = \"rg-sre\"\n location = \"swedencentral\"\n}\n",
    );
}

/// Runs in a terminal until the emulator holds a request, and returns the terminal and the fault.
fn in_terminal(world: &World, verb: &str, fault: &Value) -> (Terminal, Value) {
    let fault = hold(world, fault);
    let mut command = world.workspace.command();
    command.args([verb, "-auto-approve", "-input=false", "-no-color"]);
    let terminal = Terminal::spawn(command).unwrap();
    assert_eq!(held(world, &fault), 1, "{}", terminal.output());
    (terminal, fault)
}

fn hold(world: &World, fault: &Value) -> Value {
    world.emulator.post("faults", fault).unwrap()["id"].clone()
}

/// Waits until the emulator holds a request, and returns the number of held requests.
fn held(world: &World, fault: &Value) -> Value {
    let wait = format!("faults/{fault}/held?timeout_ms={}", LIMIT.as_millis());
    world.emulator.get(&wait).unwrap()["held"].clone()
}

/// Returns whether an object is tainted, or `None` if it is not in the state.
fn tainted(world: &World, address: &str) -> Option<bool> {
    let state = world.workspace.show().unwrap();
    let resource = state.resource(address)?;
    Some(
        resource
            .get("tainted")
            .is_some_and(|tainted| tainted == true),
    )
}
