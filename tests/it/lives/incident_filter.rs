//! The life of an incident filter, with the instructions that are kept beside it.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};
use crate::world::World;

const FULL: &str = r#"
  name                                 = "severe"
  platform                             = "AzMonitor"
  enabled                              = false
  priorities                           = ["Sev0", "Sev1"]
  title_contains                       = "shop"
  title_contains_all                   = ["a"]
  title_contains_any                   = ["b"]
  title_not_contains                   = ["c"]
  impacted_service                     = "shop"
  incident_type                        = "LiveSite"
  alert_id                             = "alert"
  owning_team_id                       = "team"
  owning_team_ids                      = ["team"]
  subagent                             = "triage"
  further_subagents                    = ["helper"]
  mode                                 = "Review"
  max_automated_investigation_attempts = 5
  deep_investigation_enabled           = true
  merge_enabled                        = false
  merge_window_hours                   = 6
  custom_instructions                  = "Look at the shop first.\nThen at the rest.\n"
  az_monitor = {
    target_resource_type = "Microsoft.Web/sites"
    target_resource      = "/subscriptions/s/shop"
  }
  additional_properties = { owner = { team = "shop" } }
"#;
const BARE: &str = r#"
  name     = "severe"
  platform = "AzMonitor"
"#;

pub(super) fn life() -> Life {
    Life {
        kind: "incident_filter",
        key: "/incidentFilters/severe",
        collection: "/api/v2/extendedAgent/incidentFilters",
        prepare: World::connect_platform,
        full: FULL.to_owned(),
        update: (
            FULL.replace(", \"Sev1\"", "")
                .replace("at the shop", "at the cart")
                .replace("= 6\n", "= 7\n"),
            &["custom_instructions", "merge_window_hours", "priorities"],
        ),
        writes: &[
            ("PUT", "/incidentFilters/severe"),
            ("POST", "/handlers/severe-handler"),
        ],
        drift,
        seen: &[
            "additional_properties.owner.team",
            "alert_id",
            "az_monitor.target_resource",
            "az_monitor.target_resource_type",
            "custom_instructions",
            "deep_investigation_enabled",
            "enabled",
            "further_subagents",
            "impacted_service",
            "incident_type",
            "max_automated_investigation_attempts",
            "merge_enabled",
            "merge_window_hours",
            "mode",
            "owning_team_id",
            "owning_team_ids",
            "priorities",
            "subagent",
            "title_contains",
            "title_contains_all",
            "title_contains_any",
            "title_not_contains",
        ],
        repaired: vec![
            ("/properties/priorities", json!(["Sev0"])),
            ("/properties/mergeWindowHours", json!(7)),
            ("/properties/unmanaged", json!("kept")),
        ],
        bare: (
            BARE.to_owned(),
            &[
                "additional_properties",
                "alert_id",
                "az_monitor",
                "custom_instructions",
                "deep_investigation_enabled",
                "enabled",
                "further_subagents",
                "impacted_service",
                "incident_type",
                "owning_team_id",
                "owning_team_ids",
                "priorities",
                "subagent",
                "title_contains",
                "title_contains_all",
                "title_contains_any",
                "title_not_contains",
            ],
        ),
        emptied: vec![
            ("/properties/isEnabled", json!(true)),
            ("/properties/priorities", json!([])),
            ("/properties/owner", Value::Null),
            ("/properties/unmanaged", json!("kept")),
            // What the service chooses where nothing is given stays.
            ("/properties/agentMode", json!("Review")),
            ("/properties/mergeWindowHours", json!(7)),
        ],
        replacement: Replacement::Of(FULL.replace("\"severe\"", "\"worst\""), &["name"]),
        unreadable: &["additional_properties"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}

fn drift(world: &World) {
    let path = "/api/v1/incidentPlayground/handlers/severe-handler";
    let (_, mut handler) = world.data_plane("GET", path, &Value::Null);
    handler["customInstructions"] = json!("Do as you like.");
    assert_eq!(world.data_plane("POST", path, &handler).0, 200);
    let change = json!({
        "isEnabled": true,
        "priorities": ["Sev4"],
        "titleContains": "another",
        "titleContainsAll": [],
        "titleContainsAny": ["another"],
        "titleNotContains": ["another"],
        "impactedService": "another",
        "incidentType": "another",
        "alertId": "another",
        "owningTeamId": "another",
        "owningTeamIds": [],
        "azMonitorFilterSettings": {
            "targetResourceType": "another", "targetResource": "another",
        },
        "handlingAgent": "another",
        "handlingAgents": ["another"],
        "agentMode": "Autonomous",
        "maxAutomatedInvestigationAttempts": 1,
        "deepInvestigationEnabled": false,
        "mergeEnabled": true,
        "mergeWindowHours": 24,
        "owner": { "team": "another" },
    });
    world.change_members("/api/v2/extendedAgent/incidentFilters/severe", &change);
}
