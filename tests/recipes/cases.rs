//! The requirements of each recipe.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use test_support::Action;

use crate::fixture::Fixture;

/// A recipe, a change of it, and the expected state of the service before and after.
pub(crate) struct Case {
    /// The folder below `examples/recipes`.
    pub(crate) folder: &'static str,
    /// The name of its agent.
    pub(crate) agent: &'static str,
    /// The variables that are secret, with their values.
    pub(crate) secrets: &'static [(&'static str, &'static str)],
    pub(crate) holds: fn(&Fixture),
    pub(crate) change: fn(&Fixture),
    /// The actions of the plan for the change.
    pub(crate) changed: &'static [(&'static str, Action)],
    pub(crate) holds_then: fn(&Fixture),
}

/// All recipes.
pub(crate) const CASES: [Case; 7] = [
    MINIMAL,
    AZURE_MONITOR,
    PAGERDUTY,
    MCP_OBSERVABILITY,
    SERVICENOW,
    PULL_REQUEST_GUARD,
    AWS,
];

const MINIMAL: Case = Case {
    folder: "minimal",
    agent: "sre-minimal",
    secrets: &[],
    holds: |fixture| {
        asks_and_reads_only(fixture);
        let told = fixture.data_plane("/api/v2/agent/customInstructions");
        says(&told["instructions"], "Change nothing without an approval");
        let skill = fixture.object("skills", "check-resource-health");
        assert_eq!(skill["tools"], json!(["RunAzCliReadCommands"]));
        says(
            &skill["skillMdContent"],
            "List its alerts of the last 24 hours",
        );
    },
    change: |fixture| {
        let file = "skills/check-resource-health.md";
        fixture.edit(file, "of the last 24 hours", "of the last 48 hours");
    },
    changed: &[("azuresre_skill.resource_health", Action::Update)],
    holds_then: |fixture| {
        let skill = fixture.object("skills", "check-resource-health");
        says(
            &skill["skillMdContent"],
            "List its alerts of the last 48 hours",
        );
    },
};

const AZURE_MONITOR: Case = Case {
    folder: "azure-monitor",
    agent: "sre-azure-monitor",
    secrets: &[],
    holds: |fixture| {
        asks_and_reads_only(fixture);
        assert_eq!(platform(fixture)["type"], "AzMonitor");
        for (name, kind) in [
            ("app-insights", "AppInsights"),
            ("log-analytics", "LogAnalytics"),
        ] {
            let connector = fixture.connector(name);
            assert_eq!(connector["dataConnectorType"], kind);
            assert_eq!(connector["provisioningState"], "Succeeded");
            let id = &fixture.stored(&format!("/connectors/{name}"))["dataSource"];
            says(id, "/resourceGroups/rg-shop/providers/");
        }
        let tool = fixture.object("tools", "ErrorBudget");
        assert_eq!(tool["type"], "PythonTool");
        says(
            &tool["functionCode"],
            "def main(requests: int, failures: int",
        );
        let triage = fixture.object("subagents", "alert-triage");
        let skills = ["investigate-failures", "investigate-latency"];
        assert_eq!(set(&triage["allowedSkills"]), skills.into());
        assert_eq!(set(&triage["commonPrompts"]), ["evidence", "safety"].into());
        assert!(set(&triage["tools"]).contains("ErrorBudget"), "{triage}");
        for skill in skills {
            let skill = fixture.object("skills", skill);
            assert!(
                set(&skill["tools"]).contains("RunAzCliReadCommands"),
                "{skill}"
            );
            says(
                &skill["description"],
                "with Application Insights and Log Analytics",
            );
        }
        let reporter = fixture.object("subagents", "health-reporter");
        says(&reporter["instructions"], "objective 99.9 % kept");
        let report = fixture.object("scheduledTasks", "health-report");
        assert_eq!(report["agent"], "health-reporter");
        assert_eq!(report["cronExpression"], "0 6 * * 1-5");
        let hook = fixture.object("hooks", "report-is-complete");
        assert_eq!(hook["eventType"], "Stop");
        assert_eq!(hook["hook"]["maxRejections"], 2);
        let alerts = fixture.object("incidentFilters", "production-alerts");
        assert_eq!(set(&alerts["priorities"]), ["Sev0", "Sev1", "Sev2"].into());
        assert_eq!(alerts["handlingAgent"], "alert-triage");
        only_own_filter(fixture, "production-alerts");
        let repository = fixture.data_plane("/api/v2/repos/shop-api");
        let url = "https://github.com/contoso/shop-api";
        assert_eq!(repository["properties"]["url"], url);
        let domains = fixture.data_plane("/api/v2/github/domains");
        assert_eq!(domains["values"][0]["domain"], "github.com");
    },
    change: |fixture| fixture.set("alert_severities", &json!(["Sev0", "Sev1"])),
    changed: &[("azuresre_incident_filter.alerts", Action::Update)],
    holds_then: |fixture| {
        let alerts = fixture.object("incidentFilters", "production-alerts");
        assert_eq!(set(&alerts["priorities"]), ["Sev0", "Sev1"].into());
        assert_eq!(alerts["mergeWindowHours"], 2);
    },
};

const PAGERDUTY: Case = Case {
    folder: "pagerduty",
    agent: "sre-on-call",
    secrets: &[("pagerduty_api_key", "marker-of-pagerduty")],
    holds: |fixture| {
        asks_and_reads_only(fixture);
        assert_eq!(platform(fixture)["type"], "PagerDuty");
        assert_eq!(platform(fixture)["oboUser"], "sre-agent@contoso.com");
        for runbook in ["vm-unresponsive", "vm-disk-pressure", "cosmos-throttling"] {
            let skill = fixture.object("skills", runbook);
            says(&skill["description"], "Runbook for");
            assert!(
                set(&skill["tools"]).contains("RunAzCliWriteCommands"),
                "{skill}"
            );
        }
        let files = &fixture.object("skills", "cosmos-throttling")["additionalFiles"];
        assert_eq!(files[0]["filePath"], "queries.md");
        says(&files[0]["content"], "## hot-keys");
        let pages = fixture.object("incidentFilters", "pages");
        assert_eq!(set(&pages["priorities"]), ["P1", "P2"].into());
        only_own_filter(fixture, "pages");
        let hook = fixture.object("hooks", "nothing-irreversible");
        assert_eq!(hook["hook"]["type"], "Command");
        says(&hook["hook"]["script"], "#!/usr/bin/env python3");
        for document in ["cosmos-accounts.md", "escalation.md", "vm-fleet.md"] {
            assert!(document_size(fixture, document) > 0);
        }
    },
    change: |fixture| {
        fixture.add(
            "skills/certificate-expiry.md",
            "---\nname: certificate-expiry\ndescription: Runbook for certificates that end soon.\n\
             tools: [RunAzCliReadCommands]\n---\n\n# Certificate ends soon\n\nName it and its owner.\n",
        );
        fixture.edit(
            "knowledge/escalation.md",
            "| data |",
            "| data and reports |",
        );
    },
    changed: &[
        (
            "azuresre_knowledge_document.this[\"escalation.md\"]",
            Action::Update,
        ),
        (
            "azuresre_skill.runbook[\"certificate-expiry\"]",
            Action::Create,
        ),
    ],
    holds_then: |fixture| {
        let skill = fixture.object("skills", "certificate-expiry");
        assert_eq!(
            skill["description"],
            "Runbook for certificates that end soon."
        );
        assert_eq!(skill["tools"], json!(["RunAzCliReadCommands"]));
        let before = include_str!("../../examples/recipes/pagerduty/knowledge/escalation.md");
        let added = " and reports".len();
        assert_eq!(
            document_size(fixture, "escalation.md"),
            before.len() + added
        );
    },
};

const MCP_OBSERVABILITY: Case = Case {
    folder: "mcp-observability",
    agent: "sre-observability",
    secrets: &[
        ("mcp_token", "marker-of-the-mcp-server"),
        ("github_token", "marker-of-github"),
    ],
    holds: |fixture| {
        asks_and_reads_only(fixture);
        assert_eq!(
            fixture.connector("observability")["dataConnectorType"],
            "Mcp"
        );
        let settings = &fixture.stored("/connectors/observability")["extendedProperties"];
        assert_eq!(settings["authType"], "BearerToken");
        assert_eq!(settings["bearerToken"], "marker-of-the-mcp-server");
        let tools = [
            "list_problems",
            "query_logs",
            "query_metrics",
            "query_traces",
        ];
        assert_eq!(set(&settings["selectedTools"]), tools.into());
        let investigator = fixture.object("subagents", "observability-investigator");
        let names = tools.map(|tool| format!("observability_{tool}"));
        let names: BTreeSet<_> = names.iter().map(String::as_str).collect();
        assert_eq!(set(&investigator["mcpTools"]), names);
        assert_eq!(investigator["commonPrompts"], json!(["query-discipline"]));
        let skill = fixture.object("skills", "investigate-service");
        assert!(set(&skill["tools"]).is_superset(&names), "{skill}");
        let hook = fixture.object("hooks", "queries-are-bounded");
        assert_eq!(hook["hook"]["matcher"], "observability_.*");
        let repository = fixture.data_plane("/api/v2/repos/shop-api");
        assert_eq!(repository["properties"]["type"], "GitHub");
    },
    change: |fixture| fixture.set("mcp_tools", &json!(["list_problems", "query_logs"])),
    changed: &[
        ("azuresre_data_connector.observability", Action::Update),
        ("azuresre_skill.service_investigation", Action::Update),
        ("azuresre_subagent.investigator", Action::Update),
    ],
    holds_then: |fixture| {
        let settings = &fixture.stored("/connectors/observability")["extendedProperties"];
        assert_eq!(
            set(&settings["selectedTools"]),
            ["list_problems", "query_logs"].into()
        );
        // It is sent with every other change.
        assert_eq!(settings["bearerToken"], "marker-of-the-mcp-server");
        let investigator = fixture.object("subagents", "observability-investigator");
        let names = ["observability_list_problems", "observability_query_logs"];
        assert_eq!(set(&investigator["mcpTools"]), names.into());
    },
};

const SERVICENOW: Case = Case {
    folder: "servicenow",
    agent: "sre-servicenow",
    secrets: &[("servicenow_password", "marker-of-servicenow")],
    holds: |fixture| {
        asks_and_reads_only(fixture);
        assert_eq!(platform(fixture)["type"], "ServiceNow");
        assert_eq!(
            platform(fixture)["connectionUrl"],
            "https://contoso.service-now.com"
        );
        let permissions = &fixture.data_plane("/api/v2/agent/settings/global")["permissions"];
        assert!(
            set(&permissions["allow"]).contains("RunAzCliReadCommands"),
            "{permissions}"
        );
        assert!(
            set(&permissions["ask"]).contains("RunAzCliWriteCommands"),
            "{permissions}"
        );
        let pattern = "RunAzCliWriteCommands(az role *)";
        assert!(set(&permissions["deny"]).contains(pattern), "{permissions}");
        let tool = fixture.object("tools", "ServiceNowRecord");
        assert_eq!(tool["type"], "LinkTool");
        says(
            &tool["template"],
            "https://contoso.service-now.com/nav_to.do?uri={table}.do",
        );
        let analyst = fixture.object("subagents", "incident-analyst");
        assert_eq!(analyst["allowedSkills"], json!(["incident-process"]));
        let major = fixture.object("incidentFilters", "major-incidents");
        assert_eq!(set(&major["priorities"]), ["1", "2"].into());
        assert_eq!(major["handlingAgent"], "incident-analyst");
        only_own_filter(fixture, "major-incidents");
        let indexing = fixture.data_plane("/api/v2/incidents/indexing/servicenow/configuration");
        assert_eq!(indexing["assignmentGroup"], "Claims Platform");
        assert_eq!(indexing["lookbackDays"], 90);
        let hook = fixture.object("hooks", "change-is-recorded");
        assert_eq!(hook["hook"]["failMode"], "Block");
        for document in [
            "configuration-items.md",
            "contacts.md",
            "standard-changes.md",
        ] {
            assert!(document_size(fixture, document) > 0);
        }
    },
    change: |fixture| {
        let permissions = json!({ "allow": ["SearchMemory"], "deny": ["RunInTerminal"] });
        fixture.set("tool_permissions", &permissions);
    },
    changed: &[("azuresre_tool_permissions.this", Action::Update)],
    holds_then: |fixture| {
        let permissions = &fixture.data_plane("/api/v2/agent/settings/global")["permissions"];
        let expected = json!({ "allow": ["SearchMemory"], "ask": [], "deny": ["RunInTerminal"] });
        assert_eq!(permissions, &expected);
    },
};

const PULL_REQUEST_GUARD: Case = Case {
    folder: "pull-request-guard",
    agent: "sre-change-guard",
    secrets: &[("github_token", "marker-of-github")],
    holds: |fixture| {
        asks_and_reads_only(fixture);
        for (name, subagent) in [
            ("pull-request", "change-reviewer"),
            ("deployment", "deployment-watcher"),
        ] {
            let trigger = trigger(fixture, name);
            assert_eq!(trigger["agent"], subagent);
            assert_eq!(trigger["agentMode"], "ReadOnly");
            assert_eq!(call(fixture, &trigger), 202);
            assert_eq!(
                set(&fixture.object("subagents", subagent)["commonPrompts"]).len(),
                2
            );
        }
        let watcher = fixture.object("subagents", "deployment-watcher");
        says(&watcher["instructions"], "for 30 minutes");
        for (repository, branch) in [
            ("payments-api", "main"),
            ("payments-infrastructure", "production"),
        ] {
            let shown = fixture.data_plane(&format!("/api/v2/repos/{repository}"));
            assert_eq!(shown["properties"]["branch"], branch);
            let list = "/api/v1/WorkspaceMemory/list?type=repo-instructions";
            let shown = fixture.data_plane(&format!("{list}&repo={repository}"));
            says(&json!(shown.to_string()), "production.md");
        }
        let hook = fixture.object("hooks", "nothing-is-changed");
        says(&hook["hook"]["command"], r#""decision": "block""#);
    },
    change: |fixture| fixture.set("triggers_enabled", &json!(false)),
    changed: &[
        ("azuresre_http_trigger.this[\"deployment\"]", Action::Update),
        (
            "azuresre_http_trigger.this[\"pull-request\"]",
            Action::Update,
        ),
    ],
    holds_then: |fixture| {
        for name in ["pull-request", "deployment"] {
            assert_eq!(call(fixture, &trigger(fixture, name)), 404);
        }
    },
};

const AWS: Case = Case {
    folder: "aws",
    agent: "sre-two-clouds",
    secrets: &[
        ("aws_access_key_id", "marker-of-the-key-id"),
        ("aws_secret_access_key", "marker-of-the-key"),
    ],
    holds: |fixture| {
        asks_and_reads_only(fixture);
        let settings = &fixture.stored("/connectors/aws-cloudwatch")["extendedProperties"];
        assert_eq!(settings["type"], "stdio");
        assert_eq!(settings["command"], "uvx");
        assert_eq!(settings["envs"]["AWS_REGION"], "eu-north-1");
        assert_eq!(
            settings["envs"]["AWS_SECRET_ACCESS_KEY"],
            "marker-of-the-key"
        );
        let analyst = fixture.object("subagents", "aws-analyst");
        let tools = set(&analyst["mcpTools"]);
        assert!(
            tools.contains("aws-cloudwatch_get_active_alarms"),
            "{analyst}"
        );
        assert!(tools.contains("aws-documentation/*"), "{analyst}");
        says(&analyst["instructions"], "region `eu-north-1`");
        let hook = fixture.object("hooks", "aws-is-read-only");
        assert_eq!(hook["hook"]["failMode"], "Block");
        assert!(document_size(fixture, "workload-map.md") > 0);
    },
    change: |fixture| fixture.set("documentation_endpoint", &Value::Null),
    changed: &[
        ("azuresre_data_connector.documentation[0]", Action::Delete),
        ("azuresre_subagent.aws_analyst", Action::Update),
    ],
    holds_then: |fixture| {
        let tools = &fixture.object("subagents", "aws-analyst")["mcpTools"];
        assert!(!set(tools).contains("aws-documentation/*"), "{tools}");
        assert_eq!(
            fixture.names("connectors"),
            ["aws-cloudwatch".to_owned()].into()
        );
    },
};

/// Asserts what applies to every agent here.
fn asks_and_reads_only(fixture: &Fixture) {
    let action = &fixture.agent()["properties"]["actionConfiguration"];
    assert_eq!(action["mode"], "Review");
    assert_eq!(action["accessLevel"], "Low");
}

fn platform(fixture: &Fixture) -> Value {
    fixture.agent()["properties"]["incidentManagementConfiguration"].clone()
}

/// Asserts that the default plan of the service, which is created when a platform is connected, was
/// removed.
fn only_own_filter(fixture: &Fixture, name: &str) {
    assert_eq!(fixture.names("incidentFilters"), [name.to_owned()].into());
}

fn document_size(fixture: &Fixture, name: &str) -> usize {
    let document = fixture.document(name);
    document["size"].as_u64().unwrap().try_into().unwrap()
}

fn trigger(fixture: &Fixture, name: &str) -> Value {
    let triggers = fixture.data_plane("/api/v1/httptriggers");
    let mut shown = triggers.as_array().unwrap().iter();
    let trigger = shown.find(|trigger| trigger["name"] == name);
    trigger
        .unwrap_or_else(|| panic!("no {name} in {triggers}"))
        .clone()
}

/// Calls a trigger like a pipeline, and returns the status.
fn call(fixture: &Fixture, trigger: &Value) -> u16 {
    let url = trigger["triggerUrl"].as_str().unwrap();
    fixture.post(url, &json!({ "number": "17" }))
}

fn says(text: &Value, part: &str) {
    let said = text.as_str().is_some_and(|text| text.contains(part));
    assert!(said, "no {part:?} in {text}");
}

fn set(list: &Value) -> BTreeSet<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item.as_str().unwrap()).collect()
}
