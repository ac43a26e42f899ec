//! Which incidents an agent takes, and who works on them: also called response plans.

use serde_json::json;
use tfplugin::Value;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Companion, Field, Kind, Name, Node, Place, Shape, StoreKind, same};

/// `azuresre_incident_filter`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "incident_filter",
        title: "incident filter",
        about: "An incident filter of an agent, also called response plan: which incidents of the \
                platform it takes, and who works on them.",
        notes: vec![
            "Writing needs the role SRE Agent Administrator or SRE Agent Author. The agent needs the platform of the filter as `incident_management`. The service takes \
             filters only some time after the platform was set; the provider waits for that, up to \
             five minutes, within the timeout.",
            "When several filters fit an incident, which of them gets it is not defined; keep them \
             apart. Connecting a platform makes a filter of the service's own, `quickstart_handler`; \
             `incident_management.remove_quickstart_plan` of the agent removes it.",
            "`custom_instructions` are kept in a second object, an incident handler on the data \
             plane, that the provider makes, changes and deletes with the filter. On ARM it is looked \
             at only if the argument is set.",
        ],
        store: StoreKind::Named(Name {
            about: "The name. A change replaces the filter.",
            validators: vec![shared::name()],
        }),
        segment: "incidentFilters",
        places: Place::extended(
            "incidentFilters",
            "/api/v2/extendedAgent/incidentFilters",
            "IncidentFilter",
        ),
        nodes: [whose(), which(), how()].concat(),
        read_only: &["/id", "/name", "/isDeleted", "/createdAt"],
        prerequisite: Some(shared::PLATFORM),
        companion: Some(Companion {
            attribute: "custom_instructions",
            member: "/customInstructions",
            collection: "/api/v1/incidentPlayground/handlers",
            suffix: "-handler",
            owner: "incidentFilterId",
            lists: &["incidentProcessingGuide", "tools", "incidents"],
        }),
        ..Kind::child()
    }
}

fn whose() -> Vec<Node> {
    vec![
        Field::string(
            "platform",
            "/incidentPlatform",
            "The incident platform: `AzMonitor`, `PagerDuty` or `ServiceNow`. A change replaces the \
             filter.",
        )
        .required()
        .replace()
        .check(Validator::text("another name than `AzureMonitor`", platform))
        .known_values(&["AzMonitor", "PagerDuty", "ServiceNow"])
        .into(),
        Field::bool("enabled", "/isEnabled", "Whether it takes incidents.")
            .default(json!(true))
            .into(),
    ]
}

fn which() -> Vec<Node> {
    let text = |name, at, about| -> Node {
        Field::string(name, at, about)
            .empty_means_absent(json!(""))
            .into()
    };
    let titles = |name, at, about| -> Node {
        Field::string_set(name, at, about)
            .check(Validator::each(Validator::length(1, 1_000)))
            .check(Validator::unique_ignoring_case())
            .into()
    };
    vec![
        Field::string_set(
            "priorities",
            "/priorities",
            "The priorities: `Sev0` to `Sev4` for `AzMonitor`, `P1` to `P5` for `PagerDuty`, `1` to `5` \
             for `ServiceNow`. Name at least one: what an empty list takes differs between builds of \
             the service.",
        )
        .into(),
        text("title_contains", "/titleContains", "A text that the title contains."),
        titles(
            "title_contains_all",
            "/titleContainsAll",
            "Texts that the title contains all of.",
        ),
        titles(
            "title_contains_any",
            "/titleContainsAny",
            "Texts that the title contains at least one of.",
        ),
        titles(
            "title_not_contains",
            "/titleNotContains",
            "Texts that the title contains none of.",
        ),
        text("impacted_service", "/impactedService", "The service that is impacted."),
        text("incident_type", "/incidentType", "The type of the incident."),
        text("alert_id", "/alertId", "The id of the alert."),
        text("owning_team_id", "/owningTeamId", "The id of the team that owns the incident."),
        Field::string_set(
            "owning_team_ids",
            "/owningTeamIds",
            "The ids of teams, one of which owns the incident.",
        )
        .into(),
        Field::object(
            "az_monitor",
            "/azMonitorFilterSettings",
            "What alerts of Azure Monitor are about.",
            vec![
                text(
                    "target_resource_type",
                    "/targetResourceType",
                    "The type of the resource, such as `Microsoft.Web/sites`.",
                ),
                Field::string("target_resource", "/targetResource", "The resource.")
                    .empty_means_absent(json!(""))
                    .same(same::ignoring_case)
                    .into(),
            ],
        )
        .empty_means_absent(json!({}))
        .into(),
    ]
}

fn how() -> Vec<Node> {
    vec![
        Field::string(
            "subagent",
            "/handlingAgent",
            "The subagent that works on the incidents: its name, `meta_agent` for the main agent, or \
             `default`.",
        )
        .default(json!("default"))
        .same(same_agent)
        .naming("subagent")
        .into(),
        Field::new(
            "further_subagents",
            Shape::Strings,
            "/handlingAgents",
            "Further subagents, for builds of the service that know them (`handlingAgents`).",
        )
        .empty_means_absent(json!([]))
        .naming("subagent")
        .into(),
        shared::mode(),
        Field::number(
            "max_automated_investigation_attempts",
            "/maxAutomatedInvestigationAttempts",
            "How often the agent tries by itself. The service chooses if it is not given, and its \
             choice stays when the argument is removed.",
        )
        .server_chosen()
        .check(Validator::between(1, 1_000))
        .into(),
        Field::bool(
            "deep_investigation_enabled",
            "/deepInvestigationEnabled",
            "Whether the agent investigates in depth.",
        )
        .empty_means_absent(json!(false))
        .into(),
        Field::bool(
            "merge_enabled",
            "/mergeEnabled",
            "Whether alerts are merged into incidents, for `AzMonitor`. The service chooses if it is \
             not given, and its choice stays when the argument is removed.",
        )
        .server_chosen()
        .into(),
        Field::number(
            "merge_window_hours",
            "/mergeWindowHours",
            "Within how many hours alerts are merged. The service chooses if it is not given, and its \
             choice stays when the argument is removed.",
        )
        .server_chosen()
        .check(Validator::between(1, 24))
        .into(),
        Field::string(
            "custom_instructions",
            "/customInstructions",
            "What whoever works on the incidents is told besides.",
        )
        .empty_means_absent(json!(""))
        .reset(json!(""))
        .prose()
        .check(Validator::not_empty())
        .into(),
    ]
}

/// The service stores an empty name where scripts write `default`.
fn same_agent(one: &Value, other: &Value) -> bool {
    let name = |value: &Value| match value.as_str() {
        Some("") => Some("default".to_owned()),
        text => text.map(str::to_owned),
    };
    name(one)
        .zip(name(other))
        .is_some_and(|(one, other)| one == other)
}

fn platform(text: &str) -> Result<(), String> {
    match text.eq_ignore_ascii_case("AzureMonitor") {
        true => Err("The platform is called `AzMonitor`.".to_owned()),
        false => Ok(()),
    }
}
