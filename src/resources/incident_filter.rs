//! Incident filters, also called response plans: the incidents that an agent handles, and how.

use serde_json::json;
use tfplugin::Value;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Companion, Field, Kind, Name, Node, Place, Shape, StoreKind, equality};

/// Returns the kind of `azuresre_incident_filter`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "incident_filter",
        title: "incident filter",
        about: "An incident filter of an agent, also called a response plan. It selects incidents \
                of the incident platform and defines how the agent handles them.",
        notes: vec![
            "To create, update or delete an incident filter, you need the SRE Agent Administrator \
             or SRE Agent Author role.",
            "The agent must be connected to the platform of the filter through \
             `incident_management`. The service accepts filters only some time after the platform \
             is connected. The provider waits up to five minutes for this, within the timeout of \
             the operation.",
            "If several filters match an incident, the service does not define which filter \
             handles it. Write filters that do not overlap. When you connect a platform, the \
             service creates the filter `quickstart_handler`. To remove it, set \
             `incident_management.remove_quickstart_plan` on the agent.",
            "The service stores `custom_instructions` in a second object on the data plane, an \
             incident handler. The provider creates, updates and deletes this object together with \
             the filter. For a filter on ARM, the provider reads it only if you set the argument.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the filter.",
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
            "Incident platform of the filter. Known values are `AzMonitor`, `PagerDuty` and \
             `ServiceNow`.",
        )
        .required()
        .replace()
        .check(Validator::text("Must not be `AzureMonitor`.", platform))
        .known_values(&["AzMonitor", "PagerDuty", "ServiceNow"])
        .into(),
        Field::bool("enabled", "/isEnabled", "Whether the filter is enabled.")
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
            "Priorities of the incidents: `Sev0` to `Sev4` for `AzMonitor`, `P1` to `P5` for \
             `PagerDuty`, and `1` to `5` for `ServiceNow`.",
        )
        .when_set(
            "Set at least one priority. Builds of the service differ in which incidents match an \
             empty list.",
        )
        .into(),
        text(
            "title_contains",
            "/titleContains",
            "Text that the title must contain.",
        ),
        titles(
            "title_contains_all",
            "/titleContainsAll",
            "Texts, all of which the title must contain.",
        ),
        titles(
            "title_contains_any",
            "/titleContainsAny",
            "Texts, at least one of which the title must contain.",
        ),
        titles(
            "title_not_contains",
            "/titleNotContains",
            "Texts that the title must not contain.",
        ),
        text(
            "impacted_service",
            "/impactedService",
            "Service that the incident affects.",
        ),
        text("incident_type", "/incidentType", "Type of the incident."),
        text("alert_id", "/alertId", "ID of the alert."),
        text(
            "owning_team_id",
            "/owningTeamId",
            "ID of the team that owns the incident.",
        ),
        Field::string_set(
            "owning_team_ids",
            "/owningTeamIds",
            "IDs of teams, one of which must own the incident.",
        )
        .into(),
        Field::object(
            "az_monitor",
            "/azMonitorFilterSettings",
            "Conditions for Azure Monitor alerts.",
            vec![
                text(
                    "target_resource_type",
                    "/targetResourceType",
                    "Type of the resource that the alert is about, such as `Microsoft.Web/sites`.",
                ),
                Field::string(
                    "target_resource",
                    "/targetResource",
                    "Resource that the alert is about.",
                )
                .empty_means_absent(json!(""))
                .semantic_equality(equality::ignoring_case)
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
            "Name of the subagent that handles the incidents. `meta_agent` and `default` stand for \
             the main agent.",
        )
        .default(json!("default"))
        .semantic_equality(same_agent)
        .naming("subagent")
        .into(),
        Field::new(
            "further_subagents",
            Shape::StringList,
            "/handlingAgents",
            "Names of additional subagents that handle the incidents. Only builds of the service \
             that support `handlingAgents` use them.",
        )
        .empty_means_absent(json!([]))
        .naming("subagent")
        .into(),
        shared::mode(),
        Field::number(
            "max_automated_investigation_attempts",
            "/maxAutomatedInvestigationAttempts",
            "Maximum number of attempts that the agent makes to investigate an incident on its \
             own.",
        )
        .server_chosen()
        .check(Validator::between(1, 1_000))
        .into(),
        Field::bool(
            "deep_investigation_enabled",
            "/deepInvestigationEnabled",
            "Whether the agent runs a deep investigation.",
        )
        .empty_means_absent(json!(false))
        .into(),
        Field::bool(
            "merge_enabled",
            "/mergeEnabled",
            "Whether the service merges alerts into incidents. Only applies to `AzMonitor`.",
        )
        .server_chosen()
        .into(),
        Field::number(
            "merge_window_hours",
            "/mergeWindowHours",
            "Time window in which the service merges alerts, in hours.",
        )
        .server_chosen()
        .check(Validator::between(1, 24))
        .into(),
        Field::string(
            "custom_instructions",
            "/customInstructions",
            "Additional instructions for the subagent that handles the incidents.",
        )
        .empty_means_absent(json!(""))
        .reset(json!(""))
        .prose()
        .check(Validator::not_empty())
        .into(),
    ]
}

/// Compares subagents. The service stores an empty name where scripts write `default`.
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
        true => Err("Use `AzMonitor` instead.".to_owned()),
        false => Ok(()),
    }
}
