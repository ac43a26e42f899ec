//! Tests that write and read documents of real kinds.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tfplugin::plan::{Defaults, plan};
use tfplugin::{Type, Value};

use super::{Absence, Inputs, default_value, parse_duration, read, write};
use crate::kind::walk::{Descend, Part, walk};
use crate::kind::{Envelope, Field, Kind, OneOf, Place, Plane, Presence, Variant};
use crate::resources::kinds;

fn with_kind<T>(name: &str, test: impl FnOnce(&Kind) -> T) -> T {
    let kinds = kinds();
    test(kinds.iter().find(|kind| kind.name == name).unwrap())
}

/// Returns a configuration or state with these members, and null elsewhere.
fn object(kind: &Kind, members: &[(&str, Value)]) -> Value {
    let mut object = Value::map(
        kind.resource_schema()
            .attributes
            .keys()
            .map(|name| (name.as_str(), Value::Null)),
    );
    members
        .iter()
        .for_each(|(name, value)| object.set(name, value.clone()));
    object
}

fn nested(kind: &Kind, name: &str, members: &[(&str, Value)]) -> Value {
    let schema = kind.resource_schema();
    let Type::Object { attributes, .. } = schema.attributes[name].ty() else {
        panic!("{name}")
    };
    let mut object = Value::map(attributes.keys().map(|name| (name.as_str(), Value::Null)));
    members
        .iter()
        .for_each(|(name, value)| object.set(name, value.clone()));
    object
}

fn written(kind: &Kind, plane: Plane, current: Json, config: &Value, prior: &Value) -> Json {
    let mut document = current;
    let inputs = Inputs {
        planned: config,
        config,
        prior,
    };
    write(kind, kind.place(plane).unwrap(), &mut document, inputs);
    document
}

fn texts(items: &[&str]) -> Value {
    Value::set_of(items.iter().map(|item| Value::from(*item)))
}

fn skill(kind: &Kind, more: &[(&str, Value)]) -> Value {
    let mut skill = object(
        kind,
        &[
            ("name", "triage".into()),
            ("description", "d".into()),
            ("content", "c".into()),
            ("tools", texts(&["a"])),
            ("additional_files", Value::list([])),
        ],
    );
    more.iter()
        .for_each(|(name, value)| skill.set(name, value.clone()));
    skill
}

#[test]
fn every_schema_loads_and_every_default_fits() {
    for kind in kinds() {
        let (resource, identity) = (kind.resource_schema(), kind.identity_schema());
        let problems = tfplugin::schema::problems(resource, Some(&identity));
        assert_eq!(problems, Vec::<String>::new(), "{}", kind.name);
        let lists = kind.list_schema().into_iter();
        for schema in lists.chain([kind.data_source_schema()]) {
            let problems = tfplugin::schema::problems(&schema, None);
            assert_eq!(problems, Vec::<String>::new(), "{}", kind.name);
        }
        walk(&kind.nodes, (), |visit| {
            if let Part::Field(field) = visit.part
                && let Presence::Default(default) = &field.presence
            {
                let value = default_value(&field.shape, default);
                assert!(
                    !value.is_null(),
                    "{}: the default does not fit",
                    visit.path()
                );
            }
            Descend::Inside
        });
    }
    for lookup in crate::data_sources::lookups() {
        let problems = tfplugin::schema::problems(&lookup.schema(), None);
        assert_eq!(problems, Vec::<String>::new(), "{}", lookup.name);
    }
}

#[test]
fn written_documents_are_read_back() {
    with_kind("skill", |kind| {
        let files = Value::list([Value::map([
            ("path", "a.md".into()),
            ("content", "x".into()),
        ])]);
        let config = skill(kind, &[("additional_files", files)]);
        let document = written(kind, Plane::Arm, json!({}), &config, &Value::Null);
        assert_eq!(
            document,
            json!({
                "name": "triage", "description": "d", "skillContent": "c", "tools": ["a"],
                "additionalFiles": [{"filePath": "a.md", "content": "x"}],
            })
        );
        let state = read(kind, &kind.places[0], &document, &config, Absence::Null).unwrap();
        for name in ["description", "content", "tools", "additional_files"] {
            assert_eq!(state.get(name), config.get(name), "{name}");
        }
    });
}

#[test]
fn foreign_members_survive_and_read_only_members_are_not_sent() {
    with_kind("skill", |kind| {
        let current = json!({
            "description": "old", "skillContent": "c", "tools": [], "owner": "somebody",
            "nothing": null, "sourcePluginInstallation": {"id": 1},
        });
        let config = skill(kind, &[]);
        let document = written(kind, Plane::DataPlane, current, &config, &config);
        assert_eq!(document["owner"], "somebody");
        assert_eq!(document["description"], "d");
        assert!(document.get("nothing").is_none());
        assert!(document.get("sourcePluginInstallation").is_none());
    });
}

#[test]
fn missing_and_null_members_are_defaults() {
    with_kind("skill", |kind| {
        let document = json!({"description": "d", "skillContent": "c", "tools": null});
        let state = read(
            kind,
            &kind.places[0],
            &document,
            &Value::Null,
            Absence::Null,
        )
        .unwrap();
        assert_eq!(state.get("tools"), &texts(&[]));
        assert_eq!(state.get("additional_files"), &Value::list([]));
    });
}

#[test]
fn invalid_document_is_an_error_that_names_the_attribute() {
    with_kind("skill", |kind| {
        let files = json!({"description": "d", "additionalFiles": [{"filePath": 1}]});
        let misfit = read(kind, &kind.places[0], &files, &Value::Null, Absence::Null).unwrap_err();
        assert_eq!(misfit.path.to_string(), "additional_files[0].path");
        let tools = json!({"description": "d", "tools": 7});
        let misfit = read(kind, &kind.places[0], &tools, &Value::Null, Absence::Null).unwrap_err();
        let message = misfit.message.to_string();
        assert_eq!(message, "expected a list of strings, found a number");
    });
}

fn mcp(kind: &Kind, more: &[(&str, Value)]) -> Value {
    let mut members = vec![
        ("transport", "http".into()),
        ("endpoint", "https://mcp.example.net".into()),
        ("args", Value::list([])),
        ("data_source", "placeholder".into()),
        ("selected_tools", texts(&["*"])),
        ("tools_visible_to_meta_agent", texts(&[])),
    ];
    members.extend(more.iter().cloned());
    let mcp = nested(kind, "mcp", &members);
    object(
        kind,
        &[
            ("name", "obs".into()),
            ("identity", "system".into()),
            ("mcp", mcp),
        ],
    )
}

#[test]
fn choice_writes_its_tag_and_members() {
    with_kind("data_connector", |kind| {
        let config = mcp(kind, &[("bearer_token_wo", "s3cret".into())]);
        let document = written(kind, Plane::Arm, json!({}), &config, &Value::Null);
        assert_eq!(document["dataConnectorType"], "Mcp");
        assert_eq!(document["dataSource"], "placeholder");
        assert_eq!(document["extendedProperties"]["bearerToken"], "s3cret");
        assert_eq!(document["extendedProperties"]["type"], "http");
    });
}

#[test]
fn masked_members_are_neither_read_nor_written_back() {
    with_kind("data_connector", |kind| {
        let prior = mcp(kind, &[]);
        let masked = json!({
            "dataConnectorType": "Mcp", "dataSource": null, "identity": "system",
            "extendedProperties": {"type": "http", "endpoint": null, "stranger": "x"},
        });
        let state = read(kind, &kind.places[0], &masked, &prior, Absence::Null).unwrap();
        assert_eq!(state.get("mcp"), prior.get("mcp"));
        let document = written(kind, Plane::Arm, masked, &prior, &prior);
        assert_eq!(
            document["extendedProperties"]["endpoint"],
            "https://mcp.example.net"
        );
        assert!(document["extendedProperties"].get("stranger").is_none());
    });
}

#[test]
fn removed_secret_is_cleared() {
    with_kind("data_connector", |kind| {
        let prior = mcp(kind, &[("bearer_token_wo_version", 1.into())]);
        let config = mcp(kind, &[]);
        let document = written(kind, Plane::Arm, json!({}), &config, &prior);
        assert_eq!(document["extendedProperties"]["bearerToken"], Json::Null);
        let document = written(kind, Plane::Arm, json!({}), &config, &config);
        assert!(document["extendedProperties"].get("bearerToken").is_none());
    });
}

/// An object that stays as `{"type": "None"}` loses the secrets at every level of it.
#[test]
fn secrets_inside_an_object_that_stays_are_cleared() {
    let secret = |name, at| Field::secret(name, at, "").into();
    let inner = Field::object("inner", "/inner", "", vec![secret("key", "/key")]);
    let basic = Variant::new(
        "basic",
        Some("Basic"),
        "",
        vec![secret("password", "/password")],
    );
    let auth = vec![
        secret("token", "/token"),
        inner.into(),
        OneOf {
            title: "type",
            tag: "/type".into(),
            variants: vec![basic],
            replace: false,
        }
        .into(),
    ];
    let auth = Field::object("auth", "/auth", "", auth).reset(json!({"type": "None"}));
    let kind = Kind {
        places: vec![Place::data_plane("/api/things", Envelope::Bare)],
        nodes: vec![auth.into()],
        ..Kind::child()
    };
    let sent = |name: &str| (name.to_owned(), Value::from(1));
    let prior = Value::map([(
        "auth",
        Value::map([
            sent("token_wo_version"),
            ("inner".to_owned(), Value::map([sent("key_wo_version")])),
            (
                "basic".to_owned(),
                Value::map([sent("password_wo_version")]),
            ),
        ]),
    )]);
    let current = json!({"auth": {"type": "Basic", "inner": {"theirs": 1}}});
    let document = written(
        &kind,
        Plane::DataPlane,
        current,
        &Value::map::<&str>([]),
        &prior,
    );
    assert_eq!(
        document,
        json!({"auth": {
            "type": "None",
            "inner": {"theirs": 1, "key": null},
            "token": null,
            "password": null,
        }})
    );
}

#[test]
fn both_forms_of_a_secret_map_are_sent_as_one() {
    with_kind("data_connector", |kind| {
        let map = |key: &str| Value::map([(key, Value::from("v"))]);
        let config = mcp(kind, &[("headers", map("a")), ("headers_wo", map("b"))]);
        let document = written(kind, Plane::Arm, json!({}), &config, &Value::Null);
        assert_eq!(
            document["extendedProperties"]["$headers"],
            json!({"a": "v", "b": "v"})
        );
        // The service gets both next to the other settings.
        let place = kind.place(Plane::Arm).unwrap();
        let body = crate::document::wrap(kind, place, "mcp", document);
        let sent = &body["properties"]["extendedProperties"];
        assert_eq!((&sent["a"], &sent["b"]), (&json!("v"), &json!("v")));
        assert_eq!(sent.get("$headers"), None);
    });
}

#[test]
fn unknown_tag_is_read_into_the_free_form() {
    with_kind("data_connector", |kind| {
        let place = kind.place(Plane::DataPlane).unwrap();
        let document = json!({
            "dataConnectorType": "KustoUser", "dataSource": "x", "extendedProperties": {"a": 1},
        });
        let state = read(kind, place, &document, &Value::Null, Absence::Null).unwrap();
        assert_eq!(state.get("other").get("type"), &"KustoUser".into());
        assert!(state.get("kusto").is_null());
        // An object that was written in the free form stays in it, even if a typed form exists.
        let kusto = json!({"dataConnectorType": "Kusto", "dataSource": "https://x"});
        let prior = object(
            kind,
            &[("other", nested(kind, "other", &[("type", "Kusto".into())]))],
        );
        let state = read(kind, place, &kusto, &prior, Absence::Null).unwrap();
        assert_eq!(state.get("other").get("data_source"), &"https://x".into());
        assert!(state.get("kusto").is_null());
    });
}

#[test]
fn explicit_absence_is_read_as_null() {
    with_kind("agent", |kind| {
        let document = json!({
            "location": "swedencentral",
            "identity": {"type": "none"},
            "properties": {
                "incidentManagementConfiguration": {"type": "None", "connectionName": "x"},
                "experimentalSettings": {},
            },
        });
        let state = read(
            kind,
            &kind.places[0],
            &document,
            &Value::Null,
            Absence::Null,
        )
        .unwrap();
        for name in ["identity", "incident_management", "experimental_settings"] {
            assert_eq!(state.get(name), &Value::Null, "{name}");
        }
        assert_eq!(state.get("tags"), &Value::map::<String>([]));
        // The state of an import contains the defaults of arguments, too.
        let spelled_out = json!({ "mode": "review", "accessLevel": "Low", "identity": "" });
        for action in [Json::Null, spelled_out] {
            let document = json!({ "properties": { "actionConfiguration": action } });
            let read = read(
                kind,
                &kind.places[0],
                &document,
                &Value::Null,
                Absence::Null,
            );
            let action = read.unwrap().get("action").clone();
            assert_eq!(action.get("access_level"), &"Low".into());
            assert_eq!(action.get("identity_id"), &Value::Null);
        }
    });
}

#[test]
fn setting_by_others_is_read_and_reset() {
    with_kind("agent", |kind| {
        let current = json!({
            "properties": {"actionConfiguration": {"mode": "Autonomous", "accessLevel": "High"}},
        });
        let state = read(kind, &kind.places[0], &current, &Value::Null, Absence::Null).unwrap();
        assert_eq!(state.get("action").get("mode"), &"Autonomous".into());
        let attributes = &kind.resource_schema().attributes;
        let config = object(kind, &[("location", "swedencentral".into())]);
        let planned = plan(attributes, &Defaults::new(), &config, &state);
        let document = written(kind, Plane::Arm, current, &planned, &state);
        assert_eq!(
            document["properties"]["actionConfiguration"],
            json!({"mode": "Review", "accessLevel": "Low"})
        );
    });
}

#[test]
fn tags_of_the_portal_are_kept_and_hidden() {
    with_kind("agent", |kind| {
        let current = json!({"location": "x", "tags": {"hidden-link:a": "1", "env": "dev"}});
        let state = read(kind, &kind.places[0], &current, &Value::Null, Absence::Null).unwrap();
        let tags = Value::map([("env", Value::from("dev"))]);
        assert_eq!(state.get("tags"), &tags);
        let config = object(
            kind,
            &[("tags", Value::map([("env", Value::from("prod"))]))],
        );
        let document = written(kind, Plane::Arm, current, &config, &state);
        assert_eq!(
            document["tags"],
            json!({"hidden-link:a": "1", "env": "prod"})
        );
    });
}

#[test]
fn additional_properties_are_added_removed_and_read_back() {
    with_kind("skill", |kind| {
        let additional = |json: &Json| super::from_plain(json, &Value::Null);
        let prior = skill(
            kind,
            &[(
                "additional_properties",
                additional(&json!({"x": {"a": 1, "b": 2}, "y": 1})),
            )],
        );
        let config = skill(
            kind,
            &[("additional_properties", additional(&json!({"x": {"a": 3}})))],
        );
        let current = json!({"x": {"a": 1, "b": 2, "theirs": 9}, "y": 1});
        let document = written(kind, Plane::Arm, current, &config, &prior);
        assert_eq!(document["x"], json!({"a": 3, "theirs": 9}));
        assert!(document.get("y").is_none());
        let state = read(kind, &kind.places[0], &document, &config, Absence::Null).unwrap();
        assert_eq!(
            state.get("additional_properties"),
            config.get("additional_properties")
        );
    });
}

#[test]
fn computed_members_are_not_sent() {
    with_kind("http_trigger", |kind| {
        let current =
            json!({"id": "1", "name": "n", "triggerUrl": "u", "enabled": true, "more": 1});
        let config = object(kind, &[("name", "n".into()), ("prompt", "p".into())]);
        let document = written(kind, Plane::DataPlane, current, &config, &config);
        assert_eq!(
            document,
            json!({"name": "n", "agentPrompt": "p", "more": 1})
        );
    });
}

#[test]
fn durations_have_the_format_of_go() {
    assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5_400)));
    assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
    for text in ["", "90", "-5m", "0s", "soon"] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
}
