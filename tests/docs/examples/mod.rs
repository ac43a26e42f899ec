//! The examples are formatted and valid, and can be applied.

mod example;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use test_support::{
    Action, EmulatorProcess, Host, State, Workspace, binaries, hosts, workspace_dir,
};

use self::example::{Example, managed, text};
use crate::support::{markdown, read, terraform_blocks};

const REQUIRED: &str = "terraform {\n  required_providers {\n    azuresre = { source = \"azuresre/azuresre\" }\n  }\n}\n";

/// The value of every variable of the examples.
const SECRET: &str = "s3cret-of-the-examples";

const USE: &str =
    "data \"azuresre_agent\" \"any\" {\n  name = \"any\"\n  resource_group_name = \"rg\"\n}\n";

#[test]
fn examples_are_formatted() {
    let workspace = Workspace::new(&Host::newest().unwrap()).unwrap();
    let examples = workspace_dir().join("examples");
    let mut command = workspace.command();
    command
        .args(["fmt", "-check", "-diff", "-recursive"])
        .arg(examples);
    let output = command.output().unwrap();
    let difference = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{difference}");
}

/// Checks the handwritten configurations on pages. The test below applies those of resources and
/// data sources.
#[test]
fn configurations_in_guides_are_valid() {
    let workspace = workspace().unwrap();
    let mut main = String::new();
    for (path, text) in markdown().unwrap() {
        if !(path.ends_with("docs/index.md") || path.starts_with("docs/guides")) {
            continue;
        }
        for block in terraform_blocks(&text) {
            let name = format!("block_{}", main.lines().count());
            let head = match block.contains("required_providers") {
                true => "",
                false => REQUIRED,
            };
            // Terraform only checks a provider block if something uses it.
            let foot = match block.contains("resource \"") {
                true => "",
                false => USE,
            };
            let file = format!("{name}/main.tf");
            let text = format!("{head}{block}\n{foot}");
            workspace.write(file, text).unwrap();
            writeln!(main, "module \"{name}\" {{ source = \"./{name}\" }}").unwrap();
        }
    }
    assert!(main.lines().count() > 5, "{main}");
    workspace.write("main.tf", main).unwrap();
    workspace.init().unwrap();
    workspace.validate().unwrap();
}

/// All examples are modules of one configuration, because most of the time is spent starting
/// Terraform.
#[test]
fn examples_are_applied_read_imported_and_destroyed() {
    let emulator = EmulatorProcess::start(&["--profile", "acceptance"]).unwrap();
    // The emulator counts late reads, but the provider only remembers a write for a limited time.
    // With this many objects, the next read may come after that.
    let at_once = serde_json::json!({ "visibility_lag": 0 });
    emulator.put("profile", &at_once).unwrap();
    let mut workspace = workspace().unwrap();
    workspace.env("AZURESRE_EMULATOR", emulator.url());
    let resources = Example::all("resources").unwrap();
    let data_sources = Example::all("data-sources").unwrap();

    write(&workspace, &resources).unwrap();
    workspace.init().unwrap();
    workspace.apply().unwrap();
    workspace.plan().unwrap().expect_empty().unwrap();

    let all: Vec<_> = resources.iter().chain(&data_sources).cloned().collect();
    write(&workspace, &all).unwrap();
    workspace.init().unwrap();
    ask_for_approval(&emulator, &workspace.show().unwrap()).unwrap();
    workspace.apply().unwrap();
    workspace.plan().unwrap().expect_empty().unwrap();
    let state = workspace.show().unwrap();
    for example in &data_sources {
        example.expect_what_resources_made(&state).unwrap();
    }

    // The pages say that write-only arguments are sent and never stored.
    let held = emulator.get("state").unwrap().to_string();
    assert!(held.contains(SECRET), "{held}");
    let stored = read(&workspace.dir().join("terraform.tfstate")).unwrap();
    assert!(!stored.contains(SECRET), "{stored}");

    imports_find_what_exists(&workspace, &resources, &state).unwrap();

    workspace.destroy().unwrap();
    assert_eq!(objects(&emulator).unwrap(), Vec::<String>::new());
}

/// Sends the agent whose conversations the examples read a message that needs approval.
fn ask_for_approval(emulator: &EmulatorProcess, state: &State) -> Result<()> {
    let all = state.resources().into_iter();
    let agents = all.filter(|found| found["type"] == "azuresre_agent");
    let mut agents = agents.filter(|found| found["values"]["name"] == "payments-agent");
    let agent = agents.next().context("there is no payments-agent")?;
    let endpoint = text(&agent["values"], "agent_endpoint")?;
    let body = serde_json::json!({ "startMessage": { "text": "Please restart orders-api." } });
    let threads = format!("{endpoint}/api/v1/threads");
    let (_, thread) = emulator.send("POST", &threads, &body)?;
    let messages = format!("{threads}/{}/messages", text(&thread, "id")?);
    // The answer of the agent takes some reads.
    for _ in 0..10 {
        let (_, messages) = emulator.send("GET", &messages, &Value::Null)?;
        if messages["state"] == "Idle" {
            return Ok(());
        }
    }
    anyhow::bail!("the agent has not answered")
}

/// Hosts generate computed values, such as the ids by which examples refer to each other.
#[test]
fn examples_pass_under_a_bare_mock() {
    let workspace = workspace().unwrap();
    let examples = Example::all("resources").unwrap();
    write(&workspace, &examples).unwrap();
    // Terraform does not keep the default of an ephemeral variable from one step of a test to the
    // next.
    let main = read(&workspace.dir().join("main.tf")).unwrap();
    workspace
        .write("main.tf", main.replace("  ephemeral = true\n", ""))
        .unwrap();
    let test = "mock_provider \"azuresre\" {}\n\nrun \"everything\" {}\n";
    workspace.write("all.tftest.hcl", test).unwrap();
    workspace.init().unwrap();
    let run = workspace.run(["test", "-no-color"]).unwrap();
    let output = run.success().unwrap().output();
    assert!(output.contains("1 passed, 0 failed"), "{output}");
}

/// `examples/adopt` finds and adopts everything that the examples create, without any handwritten
/// configuration.
#[test]
fn adopting_an_agent_changes_nothing() {
    let host = Host::newest().unwrap();
    if host.product() != test_support::hosts::Product::Terraform || !host.at_least(1, 14) {
        return;
    }
    let emulator = EmulatorProcess::start(&["--profile", "acceptance"]).unwrap();
    let at_once = serde_json::json!({ "visibility_lag": 0, "forbidden_requests": 0 });
    emulator.put("profile", &at_once).unwrap();
    let mut made = workspace().unwrap();
    made.env("AZURESRE_EMULATOR", emulator.url());
    write(&made, &Example::all("resources").unwrap()).unwrap();
    made.init().unwrap();
    made.apply().unwrap();
    let state = made.show().unwrap();
    let agents = managed(&state, "azuresre_agent");

    let mut taken = BTreeSet::new();
    for agent in agents {
        let mut adopted = workspace().unwrap();
        adopted.env("AZURESRE_EMULATOR", emulator.url());
        adopted
            .copy_from(&workspace_dir().join("examples/adopt"))
            .unwrap();
        adopted.init().unwrap();
        let variable = format!("agent={agent}");
        let query = [
            "query",
            "-no-color",
            "-var",
            &variable,
            "-generate-config-out=adopted.tf",
        ];
        adopted.run(query).unwrap().success().unwrap();
        let written = read(&adopted.dir().join("adopted.tf")).unwrap();
        assert!(!written.contains(SECRET), "{written}");
        let plan = adopted.plan().unwrap();
        for (address, action) in plan.actions() {
            let imports = plan
                .change(address)
                .is_some_and(|change| !change["importing"].is_null());
            assert!(
                imports && *action == Action::NoOp,
                "{address}: {}\n{written}",
                plan.output
            );
        }
        let changes = plan
            .actions()
            .keys()
            .filter_map(|address| plan.change(address));
        let ids = changes.filter_map(|change| change["before"]["id"].as_str());
        taken.extend(ids.map(str::to_owned));
    }
    let all = state.resources().into_iter();
    let managed = all.filter(|one| one["mode"] == "managed");
    for id in managed.filter_map(|one| one["values"]["id"].as_str()) {
        assert!(taken.contains(id), "{id} is left out of {taken:?}");
    }
    queries_find_what_exists(&made).unwrap();
    made.destroy().unwrap();
}

#[test]
fn examples_of_actions_run() {
    let host = Host::newest().unwrap();
    if host.product() != test_support::hosts::Product::Terraform || !host.at_least(1, 14) {
        return;
    }
    let emulator = EmulatorProcess::start(&[]).unwrap();
    let mut workspace = workspace().unwrap();
    workspace.env("AZURESRE_EMULATOR", emulator.url());
    let mut made = Example::all("resources").unwrap();
    made.retain(|example| {
        [
            "azuresre_data_connector",
            "azuresre_http_trigger",
            "azuresre_repo",
            "azuresre_scheduled_task",
        ]
        .contains(&example.kind.as_str())
    });
    write(&workspace, &made).unwrap();
    workspace.init().unwrap();
    workspace.apply().unwrap();
    let actions = Example::all("actions").unwrap();
    made.extend(actions.iter().cloned());
    write(&workspace, &made).unwrap();
    workspace.init().unwrap();
    // A change of a resource triggers its actions.
    workspace.apply().unwrap();
    workspace.plan().unwrap().expect_empty().unwrap();
    let sent = |path: &str| {
        let requests = emulator.get("requests").unwrap();
        let requests = requests.as_array().cloned().unwrap_or_default();
        let posts = requests.iter().filter(|one| one["method"] == "POST");
        let paths = posts.filter_map(|one| one["path"].as_str());
        paths.filter(|sent| sent.ends_with(path)).count()
    };
    assert_eq!(sent("/execute"), 1);
    assert_eq!(sent("/testconnection"), 1);
    assert_eq!(sent("/api/v1/threads"), 1);
    // The other actions are run by users.
    for (kind, action, path) in [
        ("azuresre_scheduled_task_run", "now", "/execute"),
        ("azuresre_agent_power", "stop", "/stop"),
        ("azuresre_agent_power", "start", "/start"),
        ("azuresre_azure_devops_auth", "token", "/auth/pat"),
        ("azuresre_message", "restart", "/api/v1/threads"),
        ("azuresre_approval", "yes", "/action"),
        ("azuresre_message", "restart", "/api/v1/threads"),
        ("azuresre_approval", "no", "/action"),
        ("azuresre_repo_test", "all[\"catalog-api\"]", "/test"),
    ] {
        let before = sent(path);
        let example = actions.iter().find(|one| one.kind == kind).unwrap();
        let invoke = format!("-invoke=module.{}.action.{kind}.{action}", example.module());
        let run = workspace.apply_with(&[&invoke]).unwrap();
        assert!(run.output().contains("1 invoked"), "{}", run.output());
        assert_eq!(sent(path), before + 1, "{kind}");
    }
    workspace.destroy().unwrap();
}

/// Asserts that every example of a list resource finds something.
fn queries_find_what_exists(made: &Workspace) -> Result<()> {
    let examples = Example::all("list-resources")?;
    for example in &examples {
        let file = example.folder.join("list-resource.tfquery.hcl");
        made.write(format!("{}.tfquery.hcl", example.kind), read(&file)?)?;
    }
    let found = made.run(["query", "-no-color"])?.success()?.stdout;
    for example in &examples {
        ensure!(
            found.contains(&format!("list.{}.", example.kind)),
            "{}: {found}",
            example.kind
        );
    }
    Ok(())
}

#[test]
fn examples_of_functions_and_ephemeral_resources_return_values() {
    for host in hosts::all().unwrap() {
        // OpenTofu supports ephemeral resources since 1.11, Terraform since 1.10.
        match host.at_least(1, 11) {
            true => give_values(&host).unwrap(),
            false => eprintln!("skipped: {host} has no ephemeral resources"),
        }
    }
}

fn give_values(host: &Host) -> Result<()> {
    let emulator = EmulatorProcess::start(&[])?;
    let mut workspace = Workspace::with_provider(host, &binaries::provider_binary()?)?;
    workspace.env("AZURESRE_EMULATOR", emulator.url());
    let mut examples = Example::all("resources")?;
    examples.retain(|example| example.kind == "azuresre_agent");
    write(&workspace, &examples)?;
    workspace.init()?;
    workspace.apply()?;

    let functions = Example::all("functions")?;
    let ephemeral = Example::all("ephemeral-resources")?;
    let all = examples.iter().chain(&functions).chain(&ephemeral);
    let all: Vec<_> = all.cloned().collect();
    write(&workspace, &all)?;
    let mut outputs = String::new();
    for example in &functions {
        let module = example.module();
        writeln!(
            outputs,
            "output \"{}\" {{ value = module.{module} }}",
            example.kind
        )?;
    }
    workspace.write("outputs.tf", outputs)?;
    workspace.init()?;
    workspace.apply()?;
    let values = workspace.run(["output", "-json"])?.success()?.stdout;
    let values: Value = serde_json::from_str(&values)?;
    for example in &functions {
        let outputs = values[&example.kind]["value"].as_object();
        let outputs = outputs.context("there is no object")?;
        assert!(!outputs.is_empty(), "{}", example.kind);
        assert!(
            outputs.values().all(|value| !value.is_null()),
            "{}: {outputs:?}",
            example.kind
        );
    }
    // The service received the token.
    let shown = emulator.get("requests")?.to_string();
    assert!(shown.contains("curl/"), "{shown}");
    let stored = read(&workspace.dir().join("terraform.tfstate"))?;
    assert!(
        !stored.contains(emulator.addresses().token.as_str()),
        "{stored}"
    );
    workspace.destroy()?;
    Ok(())
}

/// Removes the state and imports everything again, as the pages describe: by id, then by identity.
fn imports_find_what_exists(
    workspace: &Workspace,
    examples: &[Example],
    state: &State,
) -> Result<()> {
    let file = workspace.dir().join("terraform.tfstate");
    let kept = workspace.dir().join("kept");
    fs::rename(&file, &kept)?;
    for way in ["id", "identity"] {
        let mut blocks = BTreeMap::new();
        for resource in state.resources() {
            if resource["mode"] == "managed" {
                let address = text(resource, "address")?;
                let values = &resource["values"];
                let id = match values["plane"] == "data_plane" {
                    true => path_on_data_plane(text(resource, "type")?, values)?,
                    false => text(values, "id")?.to_owned(),
                };
                let block = format!("import {{\n  to = {address}\n  id = \"{id}\"\n}}\n");
                blocks.insert(address.to_owned(), block);
            }
        }
        for example in examples {
            let (address, block) = example.import_block(way, state)?;
            blocks.insert(address, block);
        }
        let blocks_text: Vec<_> = blocks.values().map(String::as_str).collect();
        workspace.write("imports.tf", blocks_text.join("\n"))?;
        let plan = workspace.plan()?;
        for address in blocks.keys() {
            let change = plan.change(address).context("the plan leaves it out")?;
            ensure!(
                !change["importing"].is_null(),
                "{address} is not imported by {way}:\n{}",
                plan.output
            );
        }
        for (address, action) in plan.actions() {
            let kind = state
                .resource(address)
                .and_then(|resource| resource["type"].as_str())
                .unwrap_or_default();
            let example = examples.iter().find(|example| example.kind == kind);
            let expected = match (action, example) {
                (Action::NoOp | Action::Read, _) => true,
                (Action::Update, Some(example)) => {
                    let change = plan.change(address).context("the plan leaves it out")?;
                    let unread = example.unread()?;
                    // A write-only secret is sent with its version.
                    let secret = |name: &str| name.trim_end_matches("_wo_version").to_owned();
                    let mut changed = changed(change).into_iter();
                    changed.all(|name| unread.contains(&secret(name)))
                }
                _ => false,
            };
            ensure!(
                expected,
                "{address} would be changed after an import by {way}:\n{}",
                plan.output
            );
        }
    }
    workspace.remove("imports.tf")?;
    fs::rename(&kept, &file)?;
    Ok(())
}

/// Returns the id by which the page imports an object on the data plane.
fn path_on_data_plane(kind: &str, values: &Value) -> Result<String> {
    let name = kind.trim_start_matches("azuresre_");
    let page = read(&workspace_dir().join(format!("docs/resources/{name}.md")))?;
    let path = page
        .lines()
        .find(|line| line.starts_with("/subscriptions/"));
    let (_, path) = path
        .and_then(|path| path.split_once("/api/"))
        .with_context(|| format!("the page of {kind} has no path on the data plane"))?;
    let (collection, _) = path.rsplit_once('/').context("a path has parts")?;
    let (agent, name) = (text(values, "agent_id")?, text(values, "name")?);
    Ok(format!("{agent}/api/{collection}/{name}"))
}

/// Returns the attributes that a plan changes, without computed ones.
fn changed(change: &Value) -> Vec<&str> {
    let members = change["after"].as_object().into_iter().flatten();
    let different = members.filter(|(name, after)| **after != change["before"][name.as_str()]);
    different.map(|(name, _)| name.as_str()).collect()
}

fn workspace() -> Result<Workspace> {
    Workspace::with_provider(&Host::newest()?, &binaries::provider_binary()?)
}

fn write(workspace: &Workspace, examples: &[Example]) -> Result<()> {
    let mut main = format!(
        "{REQUIRED}\nvariable \"secret\" {{\n  type = string\n  default = \"{SECRET}\"\n  \
         ephemeral = true\n}}\n"
    );
    for example in examples {
        main.push_str(&example.call(workspace)?);
    }
    workspace.write("main.tf", main).map(drop)
}

/// Returns the keys of agents and of what belongs to them.
fn objects(emulator: &EmulatorProcess) -> Result<Vec<String>> {
    let state = emulator.get("state")?;
    let keys = state.as_object().context("the state is no object")?.keys();
    let kinds = ["agent/", "object/", "trigger/"];
    Ok(keys
        .filter(|key| kinds.iter().any(|kind| key.starts_with(kind)))
        .cloned()
        .collect())
}
