//! Values on the wire, byte by byte.
//!
//! A plan repeats what is configured, so a configuration goes in, and the same value comes out as
//! the framework writes it.

use anyhow::{Context as _, Result, ensure};
use plugin_host::Launch;
use plugin_host::value::{json as host_json, unknown};
use serde_json::{Value as Json, json};
use tfplugin::Type;
use tfplugin6::tfplugin6 as proto;

use crate::support::{
    ECHO, OLD, Provider, VALUES, errors, launch, no_diagnostics, one_error, shown,
};

const NULL: &[u8] = &[0xc0];
const UNKNOWN: &[u8] = &[0xd4, 0, 0];

struct Wire(Provider);

impl Wire {
    async fn start() -> Result<Self> {
        Self::launched(launch()?).await
    }

    async fn launched(launch: Launch) -> Result<Self> {
        Provider::unconfigured(launch).await.map(Self)
    }

    /// Returns an object of the type with one attribute that is not null, as the host writes it.
    fn object(&self, attribute: &str, value: &[u8]) -> Result<Vec<u8>> {
        let names = self.0.schema(VALUES)?.block.attributes.keys();
        let members =
            names.map(|name| (name.as_str(), if name == attribute { value } else { NULL }));
        object(members)
    }

    async fn plan(
        &self,
        config: Option<proto::DynamicValue>,
    ) -> Result<proto::plan_resource_change::Response> {
        let request = proto::plan_resource_change::Request {
            type_name: VALUES.into(),
            config,
            ..Default::default()
        };
        Ok(self
            .0
            .client()
            .plan_resource_change(request)
            .await?
            .into_inner())
    }

    /// Sends one attribute, and fails unless it is returned in this form.
    async fn becomes(&self, attribute: &str, sent: &[u8], wanted: &[u8]) -> Result<()> {
        let response = self
            .plan(Some(msgpack(self.object(attribute, sent)?)))
            .await?;
        no_diagnostics(&response.diagnostics)
            .with_context(|| format!("{attribute} {sent:02x?}"))?;
        let found = response.planned_state.context("no plan")?.msgpack;
        let wanted = self.object(attribute, wanted)?;
        ensure!(
            found == wanted,
            "{attribute} {sent:02x?} became {found:02x?}, not {wanted:02x?}"
        );
        Ok(())
    }

    /// Sends one attribute, and fails unless it is returned in the same form.
    async fn stays(&self, attribute: &str, bytes: &[u8]) -> Result<()> {
        self.becomes(attribute, bytes, bytes).await
    }

    /// Sends a whole object, and fails unless it is refused with a diagnostic.
    async fn refused(&self, object: Vec<u8>) -> Result<()> {
        let response = self.plan(Some(msgpack(object.clone()))).await?;
        ensure!(
            !errors(&response.diagnostics)?.is_empty(),
            "accepted {object:02x?}"
        );
        Ok(())
    }
}

fn msgpack(msgpack: Vec<u8>) -> proto::DynamicValue {
    proto::DynamicValue {
        msgpack,
        json: Vec::new(),
    }
}

/// Returns a map of fewer than 16 members with short names.
fn object<'a>(members: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>> {
    let members: Vec<_> = members.into_iter().collect();
    let mut bytes = vec![0x80 | u8::try_from(members.len())?];
    for (name, value) in members {
        bytes.extend(text(name)?);
        bytes.extend_from_slice(value);
    }
    Ok(bytes)
}

/// Returns a string of fewer than 256 bytes.
fn text(text: &str) -> Result<Vec<u8>> {
    let length = u8::try_from(text.len())?;
    let head = if length < 32 {
        vec![0xa0 | length]
    } else {
        vec![0xd9, length]
    };
    Ok([&head, text.as_bytes()].concat())
}

/// Returns a dynamic value: its type as JSON, and the value.
fn dynamic(ty: &str, value: &[u8]) -> Result<Vec<u8>> {
    Ok([&[0x92, 0xc4, u8::try_from(ty.len())?], ty.as_bytes(), value].concat())
}

pub(crate) async fn v01_what_terraform_sends_comes_back_as_the_same_bytes() -> Result<()> {
    let wire = Wire::start().await?;
    wire.stays("text", UNKNOWN).await?;
    // Refinements are only hints that the framework does not use. A plain unknown value is always
    // correct.
    let prefix = b"\xc7\x09\x0c\x82\x01\xc2\x02\xa4pre-";
    wire.becomes("text", prefix, UNKNOWN).await?;
    wire.becomes(
        "number",
        b"\xc7\x07\x0c\x82\x01\xc2\x03\x92\x00\xc3",
        UNKNOWN,
    )
    .await?;
    wire.stays("any", &dynamic(r#""string""#, UNKNOWN)?).await?;
    let numbers = [
        b"\x9a\xcb\x3f\xe0\0\0\0\0\0\0\x01\xcf\x7f\xff\xff\xff\xff\xff\xff\xff".as_slice(),
        &text("9223372036854775808")?,
        &text("100000000000000000000")?,
        &text("0.1")?,
        &text("0.00000015")?,
        b"\xfd\x03",
        &text("12345678901234567890.123")?,
    ];
    wire.stays("numbers", &numbers.concat()).await?;
    let ty = r#"["object",{"q":["tuple",["number","string"]],"r":"dynamic"}]"#;
    wire.stays("any", &dynamic(ty, b"\x82\xa1q\x92\x01\xa1a\xa1r\xc0")?)
        .await
}

pub(crate) async fn v02_every_form_of_a_number_is_read_without_loss() -> Result<()> {
    let wire = Wire::start().await?;
    let forms: [&[u8]; 12] = [
        b"\x2a",
        b"\xcc\x2a",
        b"\xcd\0\x2a",
        b"\xce\0\0\0\x2a",
        b"\xcf\0\0\0\0\0\0\0\x2a",
        b"\xd0\x2a",
        b"\xd1\0\x2a",
        b"\xd2\0\0\0\x2a",
        b"\xd3\0\0\0\0\0\0\0\x2a",
        b"\xca\x42\x28\0\0",
        b"\xcb\x40\x45\0\0\0\0\0\0",
        b"\xa242",
    ];
    for form in forms {
        wire.becomes("number", form, b"\x2a").await?;
    }
    for exact in [
        "9223372036854775808",
        "100000000000000000000",
        "12345678901234567890.123",
        "0.1",
    ] {
        wire.stays("number", &text(exact)?).await?;
    }
    wire.becomes(
        "number",
        b"\xcf\x80\0\0\0\0\0\0\0",
        &text("9223372036854775808")?,
    )
    .await?;
    wire.becomes("number", &text("1e20")?, &text("100000000000000000000")?)
        .await?;
    // The host decodes a double as the shortest text that names it.
    wire.becomes(
        "number",
        b"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a",
        &text("0.1")?,
    )
    .await
}

pub(crate) async fn v03_integers_are_integers_and_nothing_is_not_a_number() -> Result<()> {
    let wire = Wire::start().await?;
    wire.becomes("number", b"\xcb\x40\x08\0\0\0\0\0\0", b"\x03")
        .await?;
    wire.becomes("number", b"\xa53.000", b"\x03").await?;
    wire.becomes("number", b"\xcb\x80\0\0\0\0\0\0\0", b"\x00")
        .await?;
    for not_finite in [
        b"\x7f\xf8\0\0\0\0\0\0",
        b"\x7f\xf0\0\0\0\0\0\0",
        b"\xff\xf0\0\0\0\0\0\0",
    ] {
        wire.refused(wire.object("number", &[b"\xcb".as_slice(), not_finite].concat())?)
            .await?;
    }
    wire.refused(wire.object("number", b"\xca\x7f\xc0\0\0")?)
        .await?;
    wire.refused(wire.object("number", b"\xa3NaN")?).await
}

pub(crate) async fn v04_every_extension_is_an_unknown_value() -> Result<()> {
    let wire = Wire::start().await?;
    let payload = [0x5a; 16];
    for code in [0, 1, 12, 0x7f, 0xff] {
        for (marker, length) in [(0xd4, 1), (0xd5, 2), (0xd6, 4), (0xd7, 8), (0xd8, 16)] {
            let bytes = [&[marker, code], &payload[..length]].concat();
            wire.becomes("text", &bytes, UNKNOWN).await?;
        }
        for head in [b"\xc7\x03".as_slice(), b"\xc8\0\x03", b"\xc9\0\0\0\x03"] {
            let bytes = [head, &[code], &payload[..3]].concat();
            wire.becomes("list", &bytes, UNKNOWN).await?;
        }
    }
    Ok(())
}

pub(crate) async fn v05_refinements_of_a_later_version_are_read() -> Result<()> {
    let wire = Wire::start().await?;
    // {1: false, 99: "later"}
    let refined = b"\xc7\x0a\x0c\x82\x01\xc2\x63\xa5later";
    for attribute in ["text", "number", "list", "any"] {
        wire.becomes(attribute, refined, UNKNOWN).await?;
    }
    Ok(())
}

pub(crate) async fn v06_objects_have_exactly_the_attributes_of_the_schema() -> Result<()> {
    let wire = Wire::start().await?;
    let names: Vec<&String> = wire.0.schema(VALUES)?.block.attributes.keys().collect();
    let all = || names.iter().map(|name| (name.as_str(), NULL));
    // Every other test compares the answer with all keys.
    wire.stays("text", NULL).await?;
    wire.refused(object(all().skip(1))?).await?;
    wire.refused(object(all().chain([("surplus", NULL)]))?)
        .await?;
    wire.refused(object(all().skip(1).chain([("surplus", NULL)]))?)
        .await?;
    wire.refused(object(all().skip(1).chain([("text", NULL)]))?)
        .await?;
    wire.stays("text", b"\xa1a").await
}

pub(crate) async fn v07_null_unknown_and_empty_are_three_values() -> Result<()> {
    let wire = Wire::start().await?;
    for (attribute, empty) in [("list", b"\x90"), ("set", b"\x90"), ("map", b"\x80")] {
        wire.stays(attribute, NULL).await?;
        wire.stays(attribute, UNKNOWN).await?;
        wire.stays(attribute, empty).await?;
        // A change from null to empty, and back, is a change.
        let empty = if attribute == "map" {
            json!({})
        } else {
            json!([])
        };
        for (prior, config) in [(json!(null), empty.clone()), (empty, json!(null))] {
            let (prior, config) = (json!({ attribute: prior }), json!({ attribute: config }));
            let planned = wire.0.plan(VALUES, &prior, &config).await?;
            ensure!(
                shown(&planned.value)[attribute] == config[attribute],
                "{attribute}"
            );
        }
    }
    Ok(())
}

pub(crate) async fn v08_absent_empty_and_null_values_are_the_same() -> Result<()> {
    let wire = Wire::start().await?;
    let config = wire.object("text", b"\xa1a")?;
    let mut answers = Vec::new();
    for prior in [
        None,
        Some(proto::DynamicValue::default()),
        Some(msgpack(NULL.into())),
    ] {
        let request = proto::plan_resource_change::Request {
            type_name: VALUES.into(),
            prior_state: prior,
            config: Some(msgpack(config.clone())),
            ..Default::default()
        };
        answers.push(
            wire.0
                .client()
                .plan_resource_change(request)
                .await?
                .into_inner(),
        );
    }
    ensure!(
        answers.windows(2).all(|pair| pair[0] == pair[1]),
        "{answers:?}"
    );
    no_diagnostics(&answers[0].diagnostics)
}

pub(crate) async fn v09_dynamic_values_keep_their_type() -> Result<()> {
    let wire = Wire::start().await?;
    wire.stays("any", NULL).await?;
    wire.stays("any", UNKNOWN).await?;
    wire.stays("any", &dynamic(r#""bool""#, b"\xc3")?).await?;
    wire.stays("any", &dynamic(r#"["list","number"]"#, NULL)?)
        .await?;
    wire.stays("any", &dynamic(r#"["list","number"]"#, UNKNOWN)?)
        .await?;
    wire.stays(
        "any",
        &dynamic(r#"["list","number"]"#, &[b"\x92\x01", UNKNOWN].concat())?,
    )
    .await?;
    // A dynamic value inside a dynamic value.
    let inner = dynamic(r#""string""#, b"\xa1a")?;
    let outer = [b"\x91".as_slice(), &inner].concat();
    wire.stays("any", &dynamic(r#"["tuple",["dynamic"]]"#, &outer)?)
        .await?;
    wire.stays("tuple", &[b"\x92\xa1a".as_slice(), &inner].concat())
        .await?;
    // A type as a string is accepted, and written as bytes.
    let as_text = [b"\x92".as_slice(), &text(r#""bool""#)?, b"\xc3"].concat();
    wire.becomes("any", &as_text, &dynamic(r#""bool""#, b"\xc3")?)
        .await
}

pub(crate) async fn v11_sets_have_no_order_and_no_duplicates() -> Result<()> {
    let wire = Wire::start().await?;
    let sorted = b"\x92\xa1a\xa1b";
    for order in [
        b"\x92\xa1a\xa1b".as_slice(),
        b"\x92\xa1b\xa1a",
        b"\x93\xa1b\xa1a\xa1b",
    ] {
        wire.becomes("set", order, sorted).await?;
    }
    let prior = json!({ "set": ["a", "b"] });
    let planned = wire
        .0
        .plan(VALUES, &prior, &json!({ "set": ["b", "a"] }))
        .await?;
    ensure!(
        shown(&planned.value) == full(&wire.0, &prior)?,
        "another order is a change"
    );
    Ok(())
}

pub(crate) async fn v12_json_is_read_where_there_is_no_msgpack() -> Result<()> {
    let wire = Wire::start().await?;
    let json = json!({ "text": "a", "numbers": [0.1, 1], "set": ["b", "a"], "flag": true,
        "any": { "type": ["tuple", ["string"]], "value": ["x"] } });
    let config = proto::DynamicValue {
        msgpack: Vec::new(),
        json: serde_json::to_vec(&json)?,
    };
    let response = wire.plan(Some(config)).await?;
    no_diagnostics(&response.diagnostics)?;
    let planned = shown(&wire.0.value(VALUES, response.planned_state)?);
    ensure!(
        planned["text"] == "a" && planned["any"] == json!(["x"]),
        "{planned}"
    );
    ensure!(digits(&planned["numbers"]) == "[0.1,1]", "{planned}");
    let broken = proto::DynamicValue {
        msgpack: Vec::new(),
        json: b"{".into(),
    };
    one_error(
        &wire.plan(Some(broken)).await?.diagnostics,
        "Unreadable value",
    )
}

pub(crate) async fn v13_the_json_of_states_is_read_leniently_and_exactly() -> Result<()> {
    let wire = Wire::start().await?;
    let state = r#"{
        "any": { "type": ["list", "number"], "value": [9007199254740993, 1e30] },
        "gone": { "since": "version 0" },
        "size": 12345678901234567890.123,
        "names": [ "b", "a" ],
        "title": "t"
    }"#;
    let response = wire.0.upgrade(OLD, 2, state).await?;
    no_diagnostics(&response.diagnostics)?;
    let upgraded = wire.0.value(OLD, response.upgraded_state)?;
    let ty = &wire.0.schema(OLD)?.ty;
    let found = host_json::to_state_json(&upgraded, ty)?;
    ensure!(
        digits(&found["size"]) == "12345678901234567890.123",
        "{found}"
    );
    ensure!(
        digits(&found["any"]["value"][0]) == "9007199254740993",
        "{found}"
    );
    ensure!(
        digits(&found["any"]["value"][1]) == format!("1{}", "0".repeat(30)),
        "{found}"
    );
    ensure!(found["any"]["type"] == json!(["list", "number"]), "{found}");
    ensure!(
        found["names"] == json!(["a", "b"]) && found["id"].is_null(),
        "{found}"
    );
    Ok(())
}

pub(crate) async fn v14_text_is_in_normal_form_c() -> Result<()> {
    let wire = Wire::start().await?;
    let (decomposed, composed) = (text("cafe\u{301} \u{1f980}")?, text("caf\u{e9} \u{1f980}")?);
    wire.becomes("text", &decomposed, &composed).await?;
    wire.becomes(
        "list",
        &[b"\x91", &decomposed[..]].concat(),
        &[b"\x91", &composed[..]].concat(),
    )
    .await?;
    let map = |key: &[u8]| [b"\x81", key, b"\xa1x"].concat();
    wire.becomes("map", &map(&decomposed), &map(&composed))
        .await?;
    // The same applies to text from a state.
    let response = wire.0.upgrade(OLD, 2, "{\"title\":\"e\u{301}\"}").await?;
    let upgraded = wire.0.value(OLD, response.upgraded_state.clone())?;
    ensure!(shown(&upgraded)["title"] == "\u{e9}", "{upgraded:?}");
    let bytes = response.upgraded_state.context("no state")?.msgpack;
    let composed = bytes.windows(3).any(|window| window == b"\xa2\xc3\xa9");
    ensure!(
        composed,
        "the text was composed by the reader: {bytes:02x?}"
    );
    // It also applies to text that a provider creates.
    let echo = wire
        .0
        .session
        .read_data_source(ECHO, json!({ "text": "e\u{301}" }))
        .await?;
    ensure!(echo["length"] == 2, "{echo}");
    Ok(())
}

pub(crate) async fn v15_types_round_trip_as_json() -> Result<()> {
    let wire = Wire::start().await?;
    let schemas = wire.0.session.schemas();
    let block = schemas.resource_schemas[VALUES]
        .block
        .as_ref()
        .context("no block")?;
    let sent = |name: &str| -> Result<Json> {
        let attribute = block
            .attributes
            .iter()
            .find(|attribute| attribute.name == name);
        Ok(serde_json::from_slice(
            &attribute.context("no attribute")?.r#type,
        )?)
    };
    let object = json!(["object", { "a": "string", "b": ["list", "number"] }]);
    let expected = [
        ("any", json!("dynamic")),
        ("flag", json!("bool")),
        ("list", json!(["list", "string"])),
        ("map", json!(["map", "string"])),
        ("number", json!("number")),
        ("numbers", json!(["list", "number"])),
        ("object", object.clone()),
        (
            "optional",
            json!(["object", { "a": "string", "b": "bool" }, ["b"]]),
        ),
        ("set", json!(["set", "string"])),
        ("text", json!("string")),
        ("tuple", json!(["tuple", ["string", "dynamic"]])),
    ];
    for (name, wanted) in expected {
        ensure!(sent(name)? == wanted, "{name}: {}", sent(name)?);
        ensure!(Type::from_json(&wanted)?.to_json() == wanted, "{wanted}");
    }
    // A dynamic value keeps its type.
    for ty in [
        object,
        json!(["set", ["map", "bool"]]),
        json!(["tuple", []]),
    ] {
        wire.stays("any", &dynamic(&ty.to_string(), NULL)?).await?;
    }
    let unknown = wire
        .0
        .plan(VALUES, &Json::Null, &json!({ "any": unknown() }))
        .await?;
    no_diagnostics(&unknown.response.diagnostics)
}

/// Returns the object with all of its attributes.
fn full(provider: &Provider, object: &Json) -> Result<Json> {
    Ok(shown(&provider.schema(VALUES)?.block.config(object)?))
}

/// Returns numbers as written. As doubles, many of them would be equal.
fn digits(json: &Json) -> String {
    json.to_string()
}
