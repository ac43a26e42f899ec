//! Tools that users make.

use serde_json::json;
use tfplugin::schema::Validator;
use tfplugin::{Diagnostic, Diagnostics, Path, Value};

use crate::kind::{Field, Kind, Name, Node, OneOf, Place, Shape, StoreKind, Variant, same};

/// Members that have arguments of their own, so that free settings cannot hold them.
const TYPED: [&str; 6] = [
    "name",
    "type",
    "toolType",
    "description",
    "toolMode",
    "parameters",
];

/// `azuresre_tool`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "tool",
        title: "tool",
        about: "A custom tool of an agent: a query, a Python function, a link or an HTTP request that \
                skills and subagents use by its name.",
        notes: vec![
            "The service publishes no schema for HTTP client tools: their `settings` are sent as they \
             are, by the names that the portal shows for such a tool.",
            "Writing needs the role SRE Agent Administrator or SRE Agent Author. Destroying a tool takes it from the subagents that name it.",
        ],
        store: StoreKind::Named(Name {
            about: "The name, by which skills and subagents refer to it. A change replaces the tool.",
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
                "What the tool does: the text by which an agent chooses it.",
            )
            .required()
            .prose()
            .check(Validator::not_empty())
            .into(),
            Field::string(
                "tool_mode",
                "/toolMode",
                "The mode of the tool, such as `Auto`.",
            )
            .server_chosen()
            .same(same::ignoring_case)
            .into(),
            parameters(),
            Node::OneOf(OneOf {
                title: "tool type",
                tag: "/type",
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
        "What the tool is called with.",
        vec![
            Field::string("name", "/name", "The name.")
                .required()
                .check(Validator::length(1, 128))
                .into(),
            Field::string("type", "/type", "The type: `string`, `integer`, `number` or `boolean`.")
                .default(json!("string"))
                .into(),
            Field::string("description", "/description", "What to give.")
                .empty_means_absent(json!(""))
                .prose()
                .into(),
            Field::bool("required", "/required", "Whether it must be given.")
                .default(json!(false))
                .into(),
            Field::string(
                "target",
                "/target",
                "Where the value goes, such as `direct` or `dictionary:args`. The service chooses if \
                 it is not given.",
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
            .empty_means_absent(json!(""))
            .prose()
            .into()
    };
    let nodes = vec![
        Field::string(
            "connector",
            "/connector",
            "The name of the `azuresre_data_connector` with the cluster.",
        )
        .required()
        .naming("data_connector")
        .check(Validator::length(1, 128))
        .into(),
        Field::string("database", "/database", "The database.")
            .empty_means_absent(json!(""))
            .into(),
        Field::string(
            "mode",
            "/mode",
            "`Query`, `Function` or `Script`. The service chooses if it is \
                       not given, and its choice stays when the argument is removed.",
        )
        .server_chosen()
        .known_values(&["Query", "Function", "Script"])
        .into(),
        text(
            "query",
            "/query",
            "The query; `##name##` stands for a parameter.",
        ),
        text(
            "function",
            "/function",
            "The function to call, in mode `Function`.",
        ),
        text("file", "/file", "The script to run, in mode `Script`."),
    ];
    Variant::new(
        "kusto",
        Some("KustoTool"),
        "A query of an Azure Data Explorer database.",
        nodes,
    )
}

fn python() -> Variant {
    let nodes =
        vec![
        Field::string(
            "code",
            "/functionCode",
            "The code, with a function `main` that takes the parameters and returns JSON, such as \
             `file(\"tools/restart.py\")`. It is stored in state; keep secrets out of it.",
        )
        .required()
        .code()
        .check(Validator::not_empty())
        .into(),
        Field::number(
            "timeout_seconds",
            "/timeoutSeconds",
            "How long a call may take, from 5 to 900 seconds.",
        )
        .default(json!(120))
        .check(Validator::between(5, 900))
        .into(),
        Field::string_set("dependencies", "/dependencies", "Packages to install with pip.").into(),
        Field::string_set(
            "auth_scopes",
            "/authScopes",
            "Scopes that the code gets tokens for.",
        )
        .may_be_dropped()
        .into(),
    ];
    Variant {
        aliases: &["PythonFunctionTool"],
        // The service wants the member for every type, and this one uses none.
        fixed: vec![("/connector", json!(""))],
        ..Variant::new("python", Some("PythonTool"), "A Python function.", nodes)
    }
}

fn link() -> Variant {
    let nodes = vec![
        Field::string(
            "template",
            "/template",
            "The URL; `{name}` stands for a parameter.",
        )
        .required()
        .check(Validator::length(1, 10_000))
        .into(),
    ];
    Variant::new(
        "link",
        Some("LinkTool"),
        "A link that is made from parameters.",
        nodes,
    )
}

fn http_client() -> Variant {
    let about = "An HTTP request.";
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
            "The type, as the service calls it. A change replaces the tool.",
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
        "A tool of a type that the provider has no argument for.",
        nodes,
    )
}

fn settings(required: bool) -> Node {
    let field = Field::new(
        "settings",
        Shape::OwnJson,
        "",
        "Its members as an object. Only the members given here are read back; secret ones go into \
         `additional_properties_wo`.",
    );
    match required {
        true => field.required_unread().into(),
        false => field.into(),
    }
}

/// What a query tool runs must be given in one way.
fn check_kusto(config: &Value, diagnostics: &mut Diagnostics) {
    let kusto = config.get("kusto");
    if !kusto.is_known() {
        return;
    }
    let ways = ["query", "function", "file"];
    let given = ways.iter().filter(|way| !kusto.get(way).is_null()).count();
    if given != 1 {
        let detail = "Set exactly one of `query`, `function` and `file`.";
        diagnostics.push(Diagnostic::error("What the tool runs is not clear", detail).at("kusto"));
    }
}

fn check_settings(config: &Value, diagnostics: &mut Diagnostics) {
    for variant in ["http_client", "other"] {
        let settings = config.get(variant).get("settings");
        let path = Path::from(variant).attribute("settings");
        super::shared::check_settings(settings, &TYPED, path, diagnostics);
    }
}
