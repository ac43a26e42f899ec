//! The life of a hook.

use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};

const FULL: &str = r#"
  name                = "guard"
  event_type          = "PreToolUse"
  activation_mode     = "onDemand"
  description         = "Guards what cannot be undone."
  permission_decision = "deny"
  enabled             = false
  command             = { command = "python3 guard.py" }
  matcher             = "(delete|remove)_.*"
  timeout_seconds     = 60
  fail_mode           = "Block"
  max_rejections      = 5
  additional_properties = { owner = { team = "shop" } }
"#;
const BARE: &str = r##"
  name       = "guard"
  event_type = "Stop"
  command    = { script = "#!/bin/bash\nexit 0\n" }
"##;
const QUESTION: &str = r#"
  prompt = {
    prompt = "Is this safe? $ARGUMENTS"
    model  = "ReasoningFast"
  }
"#;

pub(super) fn life() -> Life {
    let command = "command             = { command = \"python3 guard.py\" }";
    Life {
        kind: "hook",
        key: "/hooks/guard",
        collection: "/api/v2/extendedAgent/hooks",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("PreToolUse", "Stop")
                .replace(
                    "command = \"python3 guard.py\"",
                    "script = \"#!/bin/bash\\nexit 0\\n\"",
                )
                .replace("= 60", "= 90"),
            &[
                "command.command",
                "command.script",
                "event_type",
                "timeout_seconds",
            ],
        ),
        writes: &[("PUT", "/hooks/guard")],
        drift: |world| {
            let hook = json!({
                "script": "#!/bin/bash\nexit 2\n",
                "matcher": "*",
                "timeout": 5,
                "failMode": "Allow",
                "maxRejections": 1,
            });
            let change = json!({
                "eventType": "Start",
                "activationMode": "always",
                "description": "Another one.",
                "hook": hook,
                "owner": { "team": "another" },
            });
            world.change_members("/api/v2/extendedAgent/hooks/guard", &change);
        },
        seen: &[
            "activation_mode",
            "additional_properties.owner.team",
            "command.script",
            "description",
            "event_type",
            "fail_mode",
            "matcher",
            "max_rejections",
            "timeout_seconds",
        ],
        repaired: vec![
            ("/properties/eventType", json!("Stop")),
            ("/properties/hook/failMode", json!("Block")),
            ("/properties/unmanaged", json!("kept")),
        ],
        bare: (
            BARE.to_owned(),
            &[
                "activation_mode",
                "additional_properties",
                "description",
                "enabled",
                "fail_mode",
                "matcher",
                "max_rejections",
                "permission_decision",
                "timeout_seconds",
            ],
        ),
        emptied: vec![
            ("/properties/activationMode", json!("always")),
            ("/properties/description", Value::Null),
            ("/properties/hook/matcher", Value::Null),
            ("/properties/hook/timeout", json!(30)),
            ("/properties/hook/maxRejections", json!(3)),
            ("/properties/owner", Value::Null),
        ],
        // The service keeps the type for good.
        replacement: Replacement::Of(FULL.replace(command, QUESTION), &["command", "prompt"]),
        // This build of the service loses whether the hook is on, and what it decides.
        unreadable: &["additional_properties", "enabled", "permission_decision"],
        vanish: Vanish::Deleted,
        left: vec![],
    }
}
