//! Every write-only argument carries a marker of its own, which then is looked for everywhere: in
//! the state, the plan, every output and every log, in each form in which it could have got there.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use base64::Engine as _;
use serde_json::{Value, json};
use test_support::{Host, Run};

use crate::world::{AGENT, World};

/// Characters that are written otherwise in JSON, in HCL, in a URL and in base64.
const ODD: &str = "+/&=?\u{e9}~";

/// What has been said by Terraform and the provider.
#[derive(Default)]
struct Said(String);

#[test]
fn write_only_arguments_are_sent_and_appear_nowhere_else() {
    let mut world = World::with_agent(&Host::terraform_1_15().unwrap());
    let mut said = Said::default();
    // Bodies on ARM are base64, in which a marker cannot be found at sight.
    world.configure_provider("plane = \"data_plane\"");
    let platform =
        json!({ "properties": { "incidentManagementConfiguration": { "type": "AzMonitor" } } });
    world.change_on_arm("PATCH", AGENT, &platform);
    world.workspace.log("TRACE");
    let resources = resources();
    let markers: Vec<String> = resources.iter().flat_map(|found| found.1.clone()).collect();
    let declared = write_only(&world);
    let given: BTreeSet<String> = markers.iter().cloned().collect();
    assert_eq!(
        given, declared,
        "every write-only argument has a marker, and nothing else has"
    );

    configure(&mut world, &resources, &markers, 1);
    let plan = world.workspace.plan().unwrap();
    said.0.push_str(&plan.json.to_string());
    said.0.push_str(&plan.output);
    said.run(world.applies_plan());
    said.run(run(
        &world,
        &["apply", "-refresh-only", "-auto-approve", "-input=false"],
    ));
    said.run(run(&world, &["show", "-json"]));

    // New values, which the service fails to take, and takes.
    configure(&mut world, &resources, &markers, 2);
    for method in ["PUT", "PATCH", "POST"] {
        let fault = json!({ "method": method, "path": "/agents|/api", "count": 0, "status": 400 });
        world.emulator.post("faults", &fault).unwrap();
    }
    let args = ["apply", "-auto-approve", "-input=false", "-no-color"];
    said.run(world.workspace.run(args).unwrap().failure().unwrap());
    world.emulator.delete("faults").unwrap();
    world.forget_requests();
    said.run(run(&world, &args));
    let sent: String = world
        .writes()
        .iter()
        .map(|write| write.body.to_string())
        .collect();
    for marker in &markers {
        let value = value(marker, 2);
        assert!(sent.contains(&value), "{value} was not sent");
    }
    said.run(run(&world, &["destroy", "-auto-approve", "-input=false"]));
    said.0.push_str(&world.workspace.read_log().unwrap());

    // Looking where there is nothing to see would prove nothing.
    for visible in ["https://mcp.contoso.com", "[TRACE]", "ApplyResourceChange"] {
        assert!(said.0.contains(visible), "nothing speaks of {visible}");
    }
    let mut places = vec![("the output or the log".to_owned(), said.0)];
    for entry in fs::read_dir(world.workspace.dir()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            places.push((path.display().to_string(), text));
        }
    }
    for marker in &markers {
        for value in [value(marker, 1), value(marker, 2)] {
            for form in forms(&value) {
                for (place, text) in &places {
                    assert!(!text.contains(&form), "{value} is in {place}, as {form}");
                }
            }
        }
    }
}

/// Resources with all their write-only arguments: a configuration in which `${marker}` stands for
/// a marker, and the markers, as `type.path` with `_` between.
fn resources() -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    let mut add = |ty: &str, key: &str, arguments: &str| {
        let label = ty.trim_start_matches("azuresre_");
        let agent = match ty {
            "azuresre_agent" => String::new(),
            _ => format!("agent_id = \"{AGENT}\"\n"),
        };
        let mut markers = Vec::new();
        let mut text = arguments.to_owned();
        if ![
            "azuresre_knowledge_document",
            "azuresre_repo_instructions",
            "azuresre_tool_enablement",
        ]
        .contains(&ty)
        {
            text.push_str("\nadditional_properties_wo = { canary = <additional_properties_wo> }");
            text.push_str("\nadditional_properties_wo_version = var.version_of_all\n");
        }
        while let Some((before, rest)) = text.split_once('<') {
            let (path, after) = rest.split_once('>').unwrap();
            let marker = format!("{ty}.{path}");
            text = format!("{before}var.{}{after}", variable(&marker));
            markers.push(marker);
        }
        let body = format!("{agent}{key}{text}");
        let index = all.len();
        all.push((
            format!("resource \"{ty}\" \"{label}_{index}\" {{\n{body}\n}}\n"),
            markers,
        ));
    };
    let long = "instructions of more than fifty characters, as the service wants them";
    add(
        "azuresre_agent",
        "name = \"canary\"\nresource_group_name = \"rg\"\nlocation = \"swedencentral\"\n",
        "log = {
           application_insights = {
             connection_string_wo = <log.application_insights.connection_string_wo>
             connection_string_wo_version = var.version_of_all
           }
           log_analytics = {
             shared_key_wo = <log.log_analytics.shared_key_wo>
             shared_key_wo_version = var.version_of_all
           }
         }
         incident_management = {
           type = \"PagerDuty\"
           connection_key_wo = <incident_management.connection_key_wo>
           connection_key_wo_version = var.version_of_all
         }",
    );
    add(
        "azuresre_data_connector",
        "name = \"tools\"\n",
        "mcp = {
           transport = \"http\"
           endpoint = \"https://mcp.contoso.com\"
           bearer_token_wo = <mcp.bearer_token_wo>
           bearer_token_wo_version = var.version_of_all
           headers_wo = { x = <mcp.headers_wo> }
           headers_wo_version = var.version_of_all
           environment_wo = { y = <mcp.environment_wo> }
           environment_wo_version = var.version_of_all
         }",
    );
    add(
        "azuresre_github_domain",
        "name = \"github.com\"\n",
        "pat = { token_wo = <pat.token_wo>, token_wo_version = var.version_of_all }",
    );
    add(
        "azuresre_common_prompt",
        "name = \"p\"\n",
        "prompt = \"Ask first.\"",
    );
    add(
        "azuresre_custom_instructions",
        "",
        "instructions = \"Quote evidence.\"",
    );
    add(
        "azuresre_hook",
        "name = \"h\"\n",
        "event_type = \"Stop\"\nprompt = { prompt = \"Is it done?\" }",
    );
    add(
        "azuresre_http_trigger",
        "name = \"t\"\n",
        "prompt = \"Look.\"",
    );
    add(
        "azuresre_incident_filter",
        "name = \"f\"\n",
        "platform = \"AzMonitor\"\npriorities = [\"Sev0\"]",
    );
    add("azuresre_plugin", "name = \"p\"\n", "settings = { a = 1 }");
    add(
        "azuresre_repo",
        "name = \"r\"\n",
        "url = \"https://github.com/contoso/shop\"\ntype = \"GitHub\"",
    );
    add(
        "azuresre_scheduled_task",
        "name = \"t\"\n",
        "cron_expression = \"0 7 * * *\"\nprompt = \"Look.\"",
    );
    add(
        "azuresre_skill",
        "name = \"s\"\n",
        &format!("description = \"d\"\ncontent = \"{long}\""),
    );
    add(
        "azuresre_subagent",
        "name = \"s\"\n",
        &format!("instructions = \"{long}\""),
    );
    add(
        "azuresre_tool",
        "name = \"t\"\n",
        "description = \"d\"\nlink = { template = \"https://contoso.com\" }",
    );
    add("azuresre_tool_permissions", "", "allow = [\"ReadFile\"]");
    all
}

fn configure(
    world: &mut World,
    resources: &[(String, Vec<String>)],
    markers: &[String],
    version: u32,
) {
    let mut config = String::from("variable \"version_of_all\" {\n  type = number\n}\n");
    world
        .workspace
        .env("TF_VAR_version_of_all", version.to_string());
    for marker in markers {
        let name = variable(marker);
        let _ = write!(
            config,
            "variable \"{name}\" {{\n  type = string\n  ephemeral = true\n}}\n"
        );
        world
            .workspace
            .env(format!("TF_VAR_{name}"), value(marker, version));
    }
    for (resource, _) in resources {
        config.push_str(resource);
    }
    world.configure(&config);
}

/// The write-only arguments that the provider declares, as `type.path`.
fn write_only(world: &World) -> BTreeSet<String> {
    let schema = run(world, &["providers", "schema", "-json"])
        .json()
        .unwrap();
    let provider = schema["provider_schemas"]
        .as_object()
        .unwrap()
        .values()
        .next()
        .unwrap();
    let mut found = BTreeSet::new();
    for (ty, schema) in provider["resource_schemas"].as_object().unwrap() {
        collect(&schema["block"]["attributes"], ty, &mut found);
    }
    found
}

fn collect(attributes: &Value, path: &str, found: &mut BTreeSet<String>) {
    for (name, attribute) in attributes.as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        collect(&attribute["nested_type"]["attributes"], &path, found);
        if attribute["write_only"] == true {
            found.insert(path);
        }
    }
}

fn variable(marker: &str) -> String {
    marker.replace('.', "_")
}

fn value(marker: &str, version: u32) -> String {
    format!("canary-{version}-{}{ODD}", variable(marker))
}

/// A text plainly and in the forms in which it could be hidden: escaped, and in base64 from each of
/// the three places that it can begin at, without the ends that depend on what is around it.
fn forms(text: &str) -> Vec<String> {
    let url: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let json = json!(text).to_string();
    let mut forms = vec![text.to_owned(), url, json.trim_matches('"').to_owned()];
    // The stem alone would show a value that was cut or escaped in a way not thought of.
    forms.push(text.trim_end_matches(ODD).to_owned());
    for engine in [
        &base64::engine::general_purpose::STANDARD,
        &base64::engine::general_purpose::URL_SAFE,
    ] {
        for offset in 0..3 {
            let padded = format!("{}{text}", "x".repeat(offset));
            let encoded = engine.encode(padded);
            let inner = encoded.get(4..encoded.len() - 4).unwrap_or_default();
            forms.push(inner.to_owned());
        }
    }
    forms
}

fn run(world: &World, args: &[&str]) -> Run {
    world.workspace.run(args).unwrap().success().unwrap()
}

impl Said {
    fn run(&mut self, run: Run) {
        self.0.push_str(&run.output());
    }
}
