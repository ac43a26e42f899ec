//! The ServiceNow incidents that an agent indexes.

use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{
    Alternate, Envelope, Field, Kind, Place, Prerequisite, StoreKind, Wanted, Whose,
};

/// Returns the kind of `azuresre_servicenow_indexing`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "servicenow_indexing",
        title: "ServiceNow indexing",
        about: "The ServiceNow indexing of an agent. It defines the assignment group whose \
                incidents the agent reads, and how far back it reads them.",
        notes: vec![
            "The incident platform of the agent must be ServiceNow, which you set in \
             `incident_management` of `azuresre_agent`. If the platform is changing, the provider \
             waits until the service uses the new one.",
            "Every agent whose platform is ServiceNow has exactly one set of these settings. \
             Creating this resource replaces the existing settings, and a warning shows the \
             previous ones. Destroying this resource empties the assignment group. If the service \
             rejects that, the settings stay, and a warning says so. They have no effect while \
             another platform is connected.",
        ],
        store: StoreKind::Singleton {
            of: Whose::Agent,
            reset: json!({ "assignmentGroup": "", "lookbackDays": 0 }),
            may_stay: true,
        },
        segment: "serviceNowIndexing",
        places: vec![Place::data_plane(
            "/api/v2/incidents/indexing/servicenow/configuration",
            Envelope::Bare,
        )],
        nodes: vec![
            Field::string(
                "assignment_group",
                "/assignmentGroup",
                "Assignment group whose incidents the agent reads, as its `sys_id` or its name in \
                 ServiceNow.",
            )
            .required()
            .check(Validator::not_empty())
            .into(),
            Field::number(
                "lookback_days",
                "/lookbackDays",
                "Number of days before today from which the agent reads incidents.",
            )
            .default(json!(30))
            .check(Validator::between(1, 3_650))
            .into(),
        ],
        alternates: &[Alternate::Sent {
            member: "providerType",
            value: "servicenow",
        }],
        prerequisite: Some(Prerequisite {
            wanted: Wanted::Is("ServiceNow"),
            remedy: "Set `incident_management.type` of the `azuresre_agent` to `ServiceNow`, and \
                     refer to the agent with `azuresre_agent.<name>.id`.",
            ..shared::PLATFORM
        }),
        ..Kind::child()
    }
}
