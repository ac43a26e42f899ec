//! The life of a scheduled task.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

const FULL: &str = r#"
  name            = "morning"
  description     = "A look at the night."
  cron_expression = "0 7 * * 1-5"
  prompt          = "Report what happened in the night."
  subagent        = "reporter"
  mode            = "ReadOnly"
  enabled         = false
  max_executions  = 100
  model_tier      = "GeneralPurpose"
  additional_properties = { owner = { team = "shop" } }
"#;
const BARE: &str = r#"
  name            = "morning"
  cron_expression = "30 6 * * 1-5"
  prompt          = "Report what happened in the night."
"#;

pub(super) fn life() -> Life {
    Life {
        kind: "scheduled_task",
        key: "/scheduledTasks/morning",
        collection: "/api/v2/extendedAgent/scheduledtasks",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("0 7 ", "30 6 ")
                .replace("= 100", "= 200")
                .replace("\"ReadOnly\"", "\"Review\""),
            &["cron_expression", "max_executions", "mode"],
        ),
        writes: &[("PUT", "/morning")],
        drift: |world| {
            let change = json!({
                "description": "Another one.",
                "cronExpression": "0 0 1 1 *",
                "agentPrompt": "Do something else.",
                "agent": "another",
                "agentMode": "Autonomous",
                "isEnabled": true,
                "maxExecutions": 1,
                "modelTier": "Another",
                "owner": { "team": "another" },
            });
            world.change_members("/api/v2/extendedAgent/scheduledtasks/morning", &change);
        },
        seen: &[
            "additional_properties.owner.team",
            "cron_expression",
            "description",
            "enabled",
            "max_executions",
            "mode",
            "model_tier",
            "prompt",
            "subagent",
        ],
        repaired: vec![
            ("/properties/isEnabled", json!(false)),
            ("/properties/maxExecutions", json!(200)),
            ("/properties/unmanaged", json!("kept")),
        ],
        bare: (
            BARE.to_owned(),
            &[
                "additional_properties",
                "description",
                "enabled",
                "max_executions",
                "subagent",
            ],
        ),
        emptied: vec![
            ("/properties/isEnabled", json!(true)),
            ("/properties/maxExecutions", Value::Null),
            ("/properties/owner", Value::Null),
            // What the service chooses where nothing is given stays.
            ("/properties/agentMode", json!("Review")),
            ("/properties/modelTier", json!("GeneralPurpose")),
        ],
        replacement: Replacement::Of(FULL.replace("\"morning\"", "\"evening\""), &["name"]),
        unreadable: &["additional_properties"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}
