use serde_json::{Value as Json, json};

use super::{Removal, Row, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Objects {
            collection: "/api/v2/extendedAgent/hooks",
            stored: "hooks",
        },
        variants: vec![prompt(), command()],
    }
}

fn prompt() -> Variant {
    let mut rows = common();
    rows.extend([
        row(
            "prompt.prompt",
            "/hook/prompt",
            json!(["Deny prod.", "Deny\r\nall.\n"]),
        )
        .removal(Removal::Never),
        row(
            "prompt.model",
            "/hook/model",
            json!(["ReasoningFast", "ReasoningHeavy"]),
        )
        .removal(Removal::Keeps),
    ]);
    Variant {
        name: "prompt",
        minimal: minimal(json!({ "prompt": { "prompt": "Deny deletion of production." } })),
        rows,
    }
}

fn command() -> Variant {
    let mut rows = common();
    rows.extend([
        row("command.command", "/hook/command", json!(["true", "false"])).removal(Removal::Never),
        row(
            "command.script",
            "/hook/script",
            json!(["#!/bin/sh\ntrue", "#!/bin/sh\nfalse\n"]),
        )
        .with(json!({ "command": { "command": null } }))
        .alone()
        .bound(),
    ]);
    Variant {
        name: "command",
        minimal: minimal(json!({ "command": { "command": "exit 0" } })),
        rows,
    }
}

fn minimal(how: Json) -> Json {
    crate::json::merged(
        &json!({ "event_type": "PostToolUse", "matcher": "*" }),
        &how,
    )
}

fn common() -> Vec<Row> {
    vec![
        row(
            "event_type",
            "/eventType",
            json!(["PreToolUse", "Stop", "Start", "PostToolUse", "stop"]),
        )
        .removal(Removal::Never),
        row(
            "activation_mode",
            "/activationMode",
            json!(["onDemand", "always", "on-demand"]),
        )
        .removal(Removal::Default(json!("always"))),
        row("description", "/description", json!(["One.", "Two."])),
        row(
            "permission_decision",
            "/permissionDecision",
            json!(["deny", "allow"]),
        )
        .dropped(),
        row("enabled", "/enabled", json!([false, true]))
            .removal(Removal::Default(json!(true)))
            .dropped(),
        row(
            "matcher",
            "/hook/matcher",
            json!(["^(delete_).*", "(?s:.*)"]),
        )
        .removal(Removal::Never),
        row("timeout_seconds", "/hook/timeout", json!([1, 300]))
            .removal(Removal::Default(json!(30))),
        row(
            "fail_mode",
            "/hook/failMode",
            json!(["Block", "Allow", "block"]),
        )
        .removal(Removal::Default(json!("Allow"))),
        row("max_rejections", "/hook/maxRejections", json!([1, 25]))
            .removal(Removal::Default(json!(3))),
    ]
}
