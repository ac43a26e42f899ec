use serde_json::{Value as Json, json};

use crate::json;

use super::{Removal, Row, Samples, Storage, Variant, local, row, secret};

pub(super) fn samples() -> Samples {
    Samples {
        storage: Storage::Objects {
            collection: "/api/v2/extendedAgent/connectors",
            stored: "connectors",
        },
        variants: vec![
            kusto(),
            app_insights(),
            log_analytics(),
            azure_monitor(),
            data_source("monitor_client"),
            data_source("github_oauth"),
            mcp(),
            stdio(),
            outlook(),
            teams(),
            knowledge_file(),
            knowledge_text(),
            knowledge_web_page(),
            other(),
        ],
    }
}

fn identity(default: &str) -> Row {
    let user_assigned = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/\
                         userAssignedIdentities/id-sre";
    row(
        "identity",
        "/identity",
        json!(["none", "system", user_assigned, "System"]),
    )
    .form(|identity| match identity.as_str() {
        Some("none") => json!(""),
        _ => identity.clone(),
    })
    .removal(Removal::Default(json!(default)))
}

fn variant(name: &'static str, minimal: Json, rows: Vec<Row>) -> Variant {
    let rows = rows.into_iter().chain([identity("system")]).collect();
    Variant {
        name,
        minimal,
        rows,
    }
}

fn knowledge(name: &'static str, minimal: Json, rows: Vec<Row>) -> Variant {
    let rows = rows.into_iter().map(Row::masked).chain([identity("")]);
    Variant {
        name,
        minimal,
        rows: rows.collect(),
    }
}

fn kusto() -> Variant {
    let url = |database: &str| format!("https://shop.swedencentral.kusto.windows.net/{database}");
    let rows = vec![
        row(
            "kusto.url",
            "/dataSource",
            json!([url("orders"), url("carts")]),
        )
        .masked()
        .removal(Removal::Never),
        local("wait_for_provisioning", json!([false, true])),
    ];
    variant("kusto", json!({ "kusto": { "url": url("") } }), rows)
}

fn component(kind: &str, name: &str) -> String {
    format!("/subscriptions/s/resourceGroups/rg/providers/{kind}/{name}")
}

fn app_insights() -> Variant {
    let id = |name| component("Microsoft.Insights/components", name);
    let rows = vec![
        row(
            "app_insights.resource_id",
            "/dataSource",
            json!([id("a"), id("b")]),
        )
        .masked()
        .removal(Removal::Never),
        row(
            "app_insights.app_id",
            "/extendedProperties/appId",
            json!(["1", "2"]),
        )
        .masked(),
        row(
            "app_insights.resource_name",
            "/extendedProperties/resource/name",
            json!(["shop", "web"]),
        )
        .masked(),
    ];
    let minimal = json!({ "app_insights": { "resource_id": id("c") } });
    variant("app_insights", minimal, rows)
}

fn log_analytics() -> Variant {
    let id = |name| component("Microsoft.OperationalInsights/workspaces", name);
    let rows = vec![
        row(
            "log_analytics.resource_id",
            "/dataSource",
            json!([id("a"), id("b")]),
        )
        .masked()
        .removal(Removal::Never),
        row(
            "log_analytics.resource_name",
            "/extendedProperties/resource/name",
            json!(["shop", "web"]),
        )
        .masked(),
    ];
    let minimal = json!({ "log_analytics": { "resource_id": id("c") } });
    variant("log_analytics", minimal, rows)
}

fn mcp() -> Variant {
    let mut rows = vec![
        row(
            "mcp.transport",
            "/extendedProperties/type",
            json!(["http", "sse"]),
        )
        .masked()
        .removal(Removal::Never),
        row(
            "mcp.endpoint",
            "/extendedProperties/endpoint",
            json!(["https://a.example.net/mcp", "https://b.example.net/mcp"]),
        )
        .masked()
        .removal(Removal::Never),
        row(
            "mcp.auth_type",
            "/extendedProperties/authType",
            json!([
                "BearerToken",
                "CustomHeaders",
                "ManagedIdentity",
                "OAuth",
                "None"
            ]),
        )
        .masked(),
        row(
            "mcp.selected_tools",
            "/extendedProperties/selectedTools",
            json!([["b", "a"], ["*"], []]),
        )
        .masked(),
        row(
            "mcp.tools_visible_to_meta_agent",
            "/extendedProperties/toolsVisibleToMetaAgent",
            json!([["b", "a"], ["*"], []]),
        )
        .masked(),
        row(
            "mcp.partner_type",
            "/extendedProperties/partnerType",
            json!(["DynatraceMcp", "DatadogMcp"]),
        )
        .masked(),
    ];
    rows.push(
        row("mcp.data_source", "/dataSource", json!(["one", "two"]))
            .masked()
            .removal(Removal::Default(json!("placeholder"))),
    );
    rows.extend(secret(
        [
            "mcp.bearer_token",
            "mcp.bearer_token_wo",
            "mcp.bearer_token_wo_version",
        ],
        "/extendedProperties/bearerToken",
        json!(["secret-bearer-1", "secret-bearer-2"]),
    ));
    rows.extend(secret(
        ["mcp.headers", "mcp.headers_wo", "mcp.headers_wo_version"],
        "/extendedProperties/X-Key",
        json!([{ "X-Key": "secret-header-1" }, { "X-Key": "secret-header-2", "Y": "secret-y" }]),
    )
    .map(|row| row.form(|headers| headers["X-Key"].clone())));
    let minimal =
        json!({ "mcp": { "transport": "http", "endpoint": "https://mcp.example.net/mcp" } });
    variant("mcp", minimal, rows)
}

fn stdio() -> Variant {
    let mut rows = vec![
        row(
            "mcp.transport",
            "/extendedProperties/type",
            json!(["stdio"]),
        )
        .masked()
        .removal(Removal::Never),
        row(
            "mcp.command",
            "/extendedProperties/command",
            json!(["npx", "uvx"]),
        )
        .masked()
        .removal(Removal::Never),
        row(
            "mcp.args",
            "/extendedProperties/args",
            json!([["-y", "aws-mcp"], ["aws-mcp"], []]),
        )
        .masked(),
    ];
    rows.extend(secret(
        [
            "mcp.environment",
            "mcp.environment_wo",
            "mcp.environment_wo_version",
        ],
        "/extendedProperties/envs",
        json!([{ "KEY": "secret-env-1" }, { "KEY": "secret-env-2" }]),
    ));
    variant(
        "stdio",
        json!({ "mcp": { "transport": "stdio", "command": "sh" } }),
        rows,
    )
}

fn azure_monitor() -> Variant {
    let subscription = |name: &str| format!("/subscriptions/{name}");
    let rows = vec![
        row(
            "azure_monitor.resource_id",
            "/dataSource",
            json!([subscription("a"), subscription("b")]),
        )
        .masked()
        .removal(Removal::Never),
        row(
            "azure_monitor.lookback_days",
            "/extendedProperties/lookbackDays",
            json!([7, 30]),
        )
        .masked(),
    ];
    let minimal = json!({ "azure_monitor": { "resource_id": subscription("c") } });
    variant("azure_monitor", minimal, rows)
}

fn data_source(name: &'static str) -> Variant {
    let (path, default) = match name {
        "monitor_client" => ("monitor_client.data_source", "n/a"),
        _ => ("github_oauth.data_source", "github-oauth"),
    };
    let rows = vec![
        row(path, "/dataSource", json!(["one", "two"]))
            .masked()
            .removal(Removal::Default(json!(default))),
    ];
    variant(name, json::at(name, '.', json!({})), rows)
}

fn outlook() -> Variant {
    let id = |name| component("Microsoft.Web/connections", name);
    let rows = vec![
        row(
            "outlook.connection_id",
            "/dataSource",
            json!([id("a"), id("b")]),
        )
        .masked()
        .removal(Removal::Never),
    ];
    variant(
        "outlook",
        json!({ "outlook": { "connection_id": id("c") } }),
        rows,
    )
}

fn teams() -> Variant {
    let url = |channel: &str| format!("https://teams.microsoft.com/l/channel/{channel}");
    let rows = vec![
        row(
            "teams.channel_url",
            "/dataSource",
            json!([url("a"), url("b")]),
        )
        .masked()
        .removal(Removal::Never),
    ];
    variant(
        "teams",
        json!({ "teams": { "channel_url": url("c") } }),
        rows,
    )
}

fn knowledge_file() -> Variant {
    let rows = vec![
        row(
            "knowledge_file.content_base64",
            "/extendedProperties/fileContent",
            json!(["IyBSZXN0YXJ0Cg==", "IyBTdG9wCg=="]),
        )
        .removal(Removal::Never),
        row(
            "knowledge_file.file_name",
            "/extendedProperties/fileName",
            json!(["restart.md", "stop.txt"]),
        )
        .removal(Removal::Never),
        row(
            "knowledge_file.content_type",
            "/extendedProperties/contentType",
            json!(["text/markdown", "text/plain"]),
        )
        .removal(Removal::Never),
        row(
            "knowledge_file.display_name",
            "/extendedProperties/displayName",
            json!(["Restart", "Stop"]),
        )
        .removal(Removal::Never),
    ];
    let minimal = json!({ "knowledge_file": {
        "content_base64": "IyBTdGFydAo=",
        "file_name": "start.md",
        "content_type": "text/markdown",
        "display_name": "Start",
    } });
    knowledge("knowledge_file", minimal, rows)
}

fn knowledge_text() -> Variant {
    let rows = vec![
        row(
            "knowledge_text.content",
            "/extendedProperties/content",
            json!(["Restart the front end.", "Stop\nthe front end.\n"]),
        )
        .removal(Removal::Never),
        row(
            "knowledge_text.display_name",
            "/extendedProperties/displayName",
            json!(["Restart", "Stop"]),
        )
        .removal(Removal::Never),
        row(
            "knowledge_text.description",
            "/extendedProperties/description",
            json!(["How to restart.", "How to stop."]),
        ),
    ];
    let minimal = json!({ "knowledge_text": { "content": "Start it.", "display_name": "Start" } });
    knowledge("knowledge_text", minimal, rows)
}

fn knowledge_web_page() -> Variant {
    let rows = vec![
        row(
            "knowledge_web_page.url",
            "/extendedProperties/url",
            json!(["https://example.net/restart", "https://example.net/stop"]),
        )
        .removal(Removal::Never),
        row(
            "knowledge_web_page.display_name",
            "/extendedProperties/displayName",
            json!(["Restart", "Stop"]),
        )
        .removal(Removal::Never),
        row(
            "knowledge_web_page.description",
            "/extendedProperties/description",
            json!(["How to restart.", "How to stop."]),
        ),
    ];
    let minimal = json!({
        "knowledge_web_page": { "url": "https://example.net/start", "display_name": "Start" }
    });
    knowledge("knowledge_web_page", minimal, rows)
}

fn other() -> Variant {
    let rows = vec![
        row(
            "other.type",
            "/dataConnectorType",
            json!(["Datadog", "Grafana"]),
        )
        .removal(Removal::Never)
        .replaces(),
        row(
            "other.data_source",
            "/dataSource",
            json!(["n/a", "secret-source"]),
        )
        .masked()
        .removal(Removal::Keeps),
        row(
            "other.settings",
            "/extendedProperties",
            json!([{ "lookbackDays": 7, "deep": { "flag": true } }, { "list": [1, "a"] }]),
        )
        .own()
        .masked(),
    ];
    variant("other", json!({ "other": { "type": "Datadog" } }), rows)
}
