//! Custom tools.

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::{Field, Kind, Name, Node, OneOf, Place, Shape, StoreKind, Variant, equality};

/// The members that have their own arguments, so that free settings must not contain them.
const TYPED: [&str; 6] = [
    "name",
    "type",
    "toolType",
    "description",
    "toolMode",
    "parameters",
];

/// Returns the kind of `azuresre_tool`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "tool",
        title: "tool",
        about: "A custom tool of an agent: a query, a Python function, a link or an HTTP request \
                that skills and subagents use by its name.",
        notes: vec![
            "The service publishes no schema for HTTP client tools. The provider sends their \
             `settings` unchanged. Use the names that the portal shows for such a tool.",
            "To create, update or delete a tool, you need the SRE Agent Administrator or SRE \
             Agent Author role. Subagents that list a tool lose it when you destroy it.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the tool. Skills and subagents refer to the tool by this name.",
            validators: vec![
                Validator::length(1, 64),
                Validator::pattern(
                    "^[A-Za-z][-A-Za-z0-9_]*$",
                    "letters, digits, hyphens and underscores, beginning with a letter",
                ),
            ],
        }),
        segment: "tools",
        places: Place::extended("tools", "/api/v2/extendedAgent/tools", "ExtendedAgentTool"),
        name_at: Some("/name"),
        nodes: vec![
            Field::string(
                "description",
                "/description",
                "Description of the tool. The agent uses it to decide when to use the tool.",
            )
            .required()
            .prose()
            .check(Validator::not_empty())
            .into(),
            Field::string(
                "tool_mode",
                "/toolMode",
                "Mode of the tool, such as `Auto`.",
            )
            .server_chosen()
            .semantic_equality(equality::ignoring_case)
            .into(),
            parameters(),
            Node::OneOf(OneOf {
                title: "tool type",
                tag: "/type".into(),
                variants: vec![kusto(), python(), link(), http_client(), other()],
                replace: true,
            }),
        ],
        read_only: &["/id", "/createdAt"],
        checks: vec![check_kusto, check_settings],
        ..Kind::child()
    }
}

fn parameters() -> Node {
    Field::objects(
        "parameters",
        "/parameters",
        "Parameters of the tool.",
        vec![
            Field::string("name", "/name", "Name of the parameter.")
                .required()
                .check(Validator::length(1, 128))
                .into(),
            Field::string(
                "type",
                "/type",
                "Type of the parameter: `string`, `integer`, `number` or `boolean`.",
            )
            .default(json!("string"))
            .into(),
            Field::string(
                "description",
                "/description",
                "Description of the parameter.",
            )
            .empty_means_absent(json!(""))
            .prose()
            .into(),
            Field::bool(
                "required",
                "/required",
                "Whether the parameter is required.",
            )
            .default(json!(false))
            .into(),
            Field::string(
                "target",
                "/target",
                "Destination of the value, such as `direct` or `dictionary:args`.",
            )
            .server_chosen()
            .into(),
        ],
    )
    .keyed_by(&["name"])
    .into()
}

fn kusto() -> Variant {
    let text = |name, at, about| -> Node {
        Field::string(name, at, about)
            .when_set("Exactly one of `query`, `function` and `file` must be set.")
            .empty_means_absent(json!(""))
            .prose()
            .into()
    };
    let nodes = vec![
        Field::string(
            "connector",
            "/connector",
            "Name of the `azuresre_data_connector` for the cluster.",
        )
        .required()
        .naming("data_connector")
        .check(Validator::length(1, 128))
        .into(),
        Field::string("database", "/database", "Name of the database.")
            .empty_means_absent(json!(""))
            .into(),
        Field::string(
            "mode",
            "/mode",
            "Mode of the tool. Known values are `Query`, `Function` and `Script`.",
        )
        .server_chosen()
        .known_values(&["Query", "Function", "Script"])
        .into(),
        text(
            "query",
            "/query",
            "Query to run. Use `##name##` to insert the parameter `name`.",
        ),
        text(
            "function",
            "/function",
            "Function to call in the `Function` mode.",
        ),
        text("file", "/file", "Script to run in the `Script` mode."),
    ];
    Variant::new(
        "kusto",
        Some("KustoTool"),
        "Tool that queries an Azure Data Explorer database.",
        nodes,
    )
}

fn python() -> Variant {
    let nodes = vec![
        Field::string(
            "code",
            "/functionCode",
            "Code of the tool, such as `file(\"tools/restart.py\")`. It must define a function \
             `main` that takes the parameters and returns JSON. Terraform stores the code in \
             state, so do not put secrets into it.",
        )
        .required()
        .code()
        .check(Validator::not_empty())
        .into(),
        Field::number(
            "timeout_seconds",
            "/timeoutSeconds",
            "Timeout of a call, in seconds.",
        )
        .default(json!(120))
        .check(Validator::between(5, 900))
        .into(),
        Field::string_set(
            "dependencies",
            "/dependencies",
            "Packages that the service installs with pip.",
        )
        .into(),
        Field::string_set(
            "auth_scopes",
            "/authScopes",
            "Scopes for which the code gets access tokens.",
        )
        .may_be_dropped()
        .into(),
    ];
    Variant {
        aliases: &["PythonFunctionTool"],
        // The service requires this member for every type, although this type does not use it.
        fixed: vec![("/connector".into(), json!(""))],
        ..Variant::new(
            "python",
            Some("PythonTool"),
            "Tool that runs a Python function.",
            nodes,
        )
    }
}

fn link() -> Variant {
    let nodes = vec![
        Field::string(
            "template",
            "/template",
            "URL of the link. Use `{name}` to insert the parameter `name`.",
        )
        .required()
        .check(Validator::length(1, 10_000))
        .into(),
    ];
    Variant::new(
        "link",
        Some("LinkTool"),
        "Tool that builds a link from its parameters.",
        nodes,
    )
}

fn http_client() -> Variant {
    let about = "Tool that sends an HTTP request.";
    Variant::new(
        "http_client",
        Some("HttpClientTool"),
        about,
        vec![settings(true)],
    )
}

fn other() -> Variant {
    let nodes = vec![
        Field::string(
            "type",
            "/type",
            "Type of the tool, as the service names it.",
        )
        .required()
        .replace()
        .check(Validator::length(1, 128))
        .into(),
        settings(false),
    ];
    Variant::new(
        "other",
        None,
        "Tool of a type that the provider has no argument for.",
        nodes,
    )
}

fn settings(required: bool) -> Node {
    let field = Field::new(
        "settings",
        Shape::PartialJson,
        "",
        "Object with the properties of the tool.",
    )
    .when_set(
        "The provider reads back only the properties that you set here. Set secret properties in \
         `additional_properties_wo`.",
    );
    match required {
        true => field.required_unread().into(),
        false => field.into(),
    }
}

/// Checks that exactly one source of the query is set.
fn check_kusto(config: &Value, diagnostics: &mut Diagnostics) {
    let kusto = config.get("kusto");
    if !kusto.is_known() {
        return;
    }
    let ways = ["query", "function", "file"];
    let given = ways.iter().filter(|way| !kusto.get(way).is_null()).count();
    if given != 1 {
        let detail = "Set exactly one of `query`, `function` and `file`.";
        diagnostics.push(Diagnostic::error("Invalid combination of arguments", detail).at("kusto"));
    }
}

fn check_settings(config: &Value, diagnostics: &mut Diagnostics) {
    for variant in ["http_client", "other"] {
        let settings = config.get(variant).get("settings");
        let path = Path::from(variant).attribute("settings");
        super::shared::check_settings(settings, &TYPED, path, diagnostics);
    }
}
