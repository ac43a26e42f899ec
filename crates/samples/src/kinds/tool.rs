use serde_json::{Value as Json, json};

use super::{Removal, Row, Samples, Storage, Variant, row};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Objects {
            collection: "/api/v2/extendedAgent/tools",
            stored: "tools",
        },
        variants: vec![kusto(), python(), link(), http_client(), other()],
    }
}

fn kusto() -> Variant {
    let mut rows = common();
    rows.extend([
        row("kusto.connector", "/connector", json!(["adx", "adx-2"])).removal(Removal::Never),
        row("kusto.database", "/database", json!(["logs", "metrics"])),
        row(
            "kusto.mode",
            "/mode",
            json!(["Query", "Function", "Script"]),
        )
        .removal(Removal::Keeps),
        row(
            "kusto.query",
            "/query",
            json!(["Errors | take 2", "Errors\r\n| take 3"]),
        )
        .removal(Removal::Never),
        row(
            "kusto.function",
            "/function",
            json!(["Errors()", "Faults()"]),
        )
        .with(json!({ "kusto": { "query": null, "mode": "Function" } }))
        .alone(),
        row("kusto.file", "/file", json!(["errors.kql", "faults.kql"]))
            .with(json!({ "kusto": { "query": null, "mode": "Script" } }))
            .alone(),
    ]);
    Variant {
        name: "kusto",
        minimal: minimal(json!({ "kusto": { "connector": "shop", "query": "Errors | take 1" } })),
        rows,
    }
}

fn python() -> Variant {
    let mut rows = common();
    rows.extend([
        row(
            "python.code",
            "/functionCode",
            json!(["def main(a):\n  return a\n", "def main(): pass"]),
        )
        .removal(Removal::Never),
        row("python.timeout_seconds", "/timeoutSeconds", json!([5, 900]))
            .removal(Removal::Default(json!(120))),
        row(
            "python.dependencies",
            "/dependencies",
            json!([["b", "a"], ["a"], []]),
        ),
        row(
            "python.auth_scopes",
            "/authScopes",
            json!([["https://a/.default"], ["https://b/.default"]]),
        )
        .bound(),
    ]);
    Variant {
        name: "python",
        minimal: minimal(json!({ "python": { "code": "def main():\n  return 1\n" } })),
        rows,
    }
}

fn link() -> Variant {
    let mut rows = common();
    rows.push(
        row(
            "link.template",
            "/template",
            json!(["https://a/{id}", "https://b/{id}"]),
        )
        .removal(Removal::Never),
    );
    Variant {
        name: "link",
        minimal: minimal(json!({ "link": { "template": "https://contoso.com/{id}" } })),
        rows,
    }
}

fn http_client() -> Variant {
    let mut rows = common();
    rows.push(
        row(
            "http_client.settings",
            "/url",
            json!([
                { "url": "https://a", "method": "GET" },
                { "url": "https://b", "headers": { "x": "y" } },
            ]),
        )
        .form(|settings| settings["url"].clone())
        .removal(Removal::Never)
        .own(),
    );
    Variant {
        name: "http_client",
        minimal: minimal(
            json!({ "http_client": { "settings": { "url": "https://contoso.com" } } }),
        ),
        rows,
    }
}

fn other() -> Variant {
    let mut rows = common();
    rows.extend([
        row("other.type", "/type", json!(["FutureTool", "NewTool"]))
            .removal(Removal::Never)
            .replaces(),
        row(
            "other.settings",
            "/a",
            json!([{ "a": 1 }, { "a": 2, "b": { "c": [1, "x"] } }]),
        )
        .form(|settings| settings["a"].clone())
        .own(),
    ]);
    Variant {
        name: "other",
        minimal: minimal(json!({ "other": { "type": "SomeTool" } })),
        rows,
    }
}

fn minimal(how: Json) -> Json {
    crate::json::merged(&json!({ "description": "Errors of an order." }), &how)
}

fn common() -> Vec<Row> {
    vec![
        row(
            "description",
            "/description",
            json!(["One.", "Two\nlines."]),
        )
        .removal(Removal::Never),
        row("tool_mode", "/toolMode", json!(["Manual", "Auto"])).removal(Removal::Keeps),
        row(
            "parameters",
            "/parameters",
            json!([
                [{ "name": "id", "description": "The id.", "required": true }],
                [{ "name": "id" }, { "name": "n", "type": "integer", "target": "direct" }],
                [],
            ]),
        )
        .form(|parameters| {
            let parameters = parameters.as_array().into_iter().flatten();
            let defaults = json!({ "type": "string", "required": false });
            parameters
                .map(|parameter| crate::json::merged(&defaults, parameter))
                .collect()
        }),
    ]
}
