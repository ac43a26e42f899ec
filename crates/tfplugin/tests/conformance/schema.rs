//! What the provider reports about itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use plugin_host::Plugin;
use prost::Message as _;
use tfplugin::schema::{attributes, problems};
use tfplugin::{Attribute, IdentityAttribute, IdentitySchema, Nesting, Schema, Type};
use tfplugin6::tfplugin6 as proto;

use crate::provider::START;
use crate::support::{Provider, THING, VALUES, launch, no_diagnostics};

async fn schemas(plugin: &Plugin) -> Result<proto::get_provider_schema::Response> {
    let request = proto::get_provider_schema::Request {};
    Ok(plugin
        .client()
        .get_provider_schema(request)
        .await?
        .into_inner())
}

pub(crate) async fn s01_the_schema_is_the_same_whenever_it_is_asked_for() -> Result<()> {
    let plugin = Arc::new(Plugin::start(launch()?).await?);
    let first = schemas(&plugin).await?;
    no_diagnostics(&first.diagnostics)?;
    let provider = first.provider.as_ref().context("no provider schema")?;
    ensure!(provider.block.is_some(), "no provider block");
    for again in try_join_all((0..8).map(|_| schemas(&plugin))).await? {
        ensure!(again == first, "another answer");
    }
    Ok(())
}

pub(crate) async fn s02_the_metadata_agree_with_the_schema() -> Result<()> {
    let plugin = Plugin::start(launch()?).await?;
    let schemas = schemas(&plugin).await?;
    let request = proto::get_metadata::Request {};
    let metadata = plugin.client().get_metadata(request).await?.into_inner();
    ensure!(
        metadata.server_capabilities == schemas.server_capabilities,
        "capabilities"
    );
    let named: BTreeSet<&String> = metadata.resources.iter().map(|r| &r.type_name).collect();
    ensure!(
        named == schemas.resource_schemas.keys().collect(),
        "resources: {named:?}"
    );
    let named: BTreeSet<&String> = metadata.data_sources.iter().map(|d| &d.type_name).collect();
    ensure!(
        named == schemas.data_source_schemas.keys().collect(),
        "data sources: {named:?}"
    );
    let named: BTreeSet<&String> = metadata.functions.iter().map(|f| &f.name).collect();
    ensure!(
        named == schemas.functions.keys().collect(),
        "functions: {named:?}"
    );
    let named = metadata.ephemeral_resources.iter().map(|e| &e.type_name);
    let offered = schemas.ephemeral_resource_schemas.keys();
    ensure!(
        named.collect::<BTreeSet<_>>() == offered.collect(),
        "ephemeral resources"
    );
    let named = metadata.list_resources.iter().map(|l| &l.type_name);
    let offered = schemas.list_resource_schemas.keys();
    ensure!(
        named.collect::<BTreeSet<_>>() == offered.collect(),
        "list resources"
    );
    let named: BTreeSet<&String> = metadata.actions.iter().map(|a| &a.type_name).collect();
    ensure!(
        named == schemas.action_schemas.keys().collect(),
        "actions: {named:?}"
    );
    ensure!(metadata.state_stores.is_empty(), "{metadata:?}");
    Ok(())
}

pub(crate) async fn s03_a_schema_that_no_host_would_load_is_refused_at_start() -> Result<()> {
    let output = launch()?.env(START, "invalid").output().await?;
    ensure!(
        !output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    for wanted in [
        "conformance_invalid: count:",
        "conformance_invalid: secret:",
    ] {
        ensure!(output.stderr.contains(wanted), "{}", output.stderr);
    }
    for (what, schema, identity) in unsound() {
        ensure!(
            !problems(&schema, identity.as_ref()).is_empty(),
            "{what} was accepted"
        );
    }
    Ok(())
}

/// Returns an invalid schema for each rule of the host that a schema of the framework can violate.
fn unsound() -> Vec<(&'static str, Schema, Option<IdentitySchema>)> {
    let text = || Attribute::string("Text.");
    let with = |name: &'static str, attribute| Schema::from([(name, attribute)]);
    let nested = |nesting, attribute: Attribute| {
        Attribute::nested(nesting, attributes([("a", attribute)]), "Objects.")
    };
    let any = |ty| Attribute::new(ty, "Anything.");
    let identity = |ty| IdentitySchema {
        version: 0,
        attributes: [(
            "a".into(),
            IdentityAttribute {
                ty,
                required_for_import: true,
                description: "A part.".into(),
            },
        )]
        .into(),
    };
    let set_of_any = || Type::set(Type::Dynamic);
    let mut found = vec![
        ("a name with capitals", with("Name", text()), None),
        (
            "a nested name with a dash",
            {
                let inner = attributes([("a-b", text())]);
                with("a", Attribute::nested(Nesting::List, inner, "Objects."))
            },
            None,
        ),
        (
            "a negative version",
            Schema {
                version: -1,
                ..Schema::default()
            },
            None,
        ),
        (
            "a computed secret",
            with("a", text().computed().write_only()),
            None,
        ),
        (
            "an optional and computed secret",
            { with("a", text().optional_computed().write_only()) },
            None,
        ),
        (
            "a secret in a set",
            with("a", nested(Nesting::Set, text().write_only())),
            None,
        ),
        (
            "a secret in a list in a set",
            {
                with(
                    "a",
                    nested(Nesting::Set, nested(Nesting::List, text().write_only())),
                )
            },
            None,
        ),
        (
            "an open secret object",
            with("a", nested(Nesting::Single, text()).write_only()),
            None,
        ),
        ("a set of anything", with("a", any(set_of_any())), None),
        (
            "a list of sets of anything",
            with("a", any(Type::list(set_of_any()))),
            None,
        ),
        (
            "an object with a set of anything",
            { with("a", any(Type::object([("b", set_of_any())]))) },
            None,
        ),
        (
            "anything in a nested set",
            with("a", nested(Nesting::Set, any(Type::Dynamic))),
            None,
        ),
        (
            "a map as identity",
            Schema::default(),
            Some(identity(Type::map(Type::String))),
        ),
        (
            "a set as identity",
            Schema::default(),
            Some(identity(Type::set(Type::String))),
        ),
        (
            "an object as identity",
            Schema::default(),
            Some(identity(Type::object([("b", Type::Bool)]))),
        ),
        (
            "anything as identity",
            Schema::default(),
            Some(identity(Type::Dynamic)),
        ),
        (
            "a version of an identity that foreign ones have",
            Schema::default(),
            {
                Some(IdentitySchema {
                    version: 0,
                    ..IdentitySchema::default()
                })
            },
        ),
    ];
    let reserved = [
        "count",
        "for_each",
        "provider",
        "depends_on",
        "lifecycle",
        "connection",
        "provisioner",
    ];
    found.extend(reserved.map(|name| ("a reserved name", with(name, text()), None)));
    found
}

pub(crate) async fn s04_the_schema_is_small_enough() -> Result<()> {
    let plugin = Plugin::start(launch()?).await?;
    let size = schemas(&plugin).await?.encoded_len();
    ensure!(size < 64 << 20, "{size} bytes");
    Ok(())
}

pub(crate) async fn s05_functions_have_a_result_and_distinct_parameters() -> Result<()> {
    let plugin = Plugin::start(launch()?).await?;
    let offered = schemas(&plugin).await?.functions;
    ensure!(offered.len() == 3, "{offered:?}");
    for (name, function) in &offered {
        ensure!(function.r#return.is_some(), "{name} gives nothing");
        let parameters = function
            .parameters
            .iter()
            .chain(&function.variadic_parameter);
        let names: Vec<&String> = parameters.map(|parameter| &parameter.name).collect();
        let distinct: BTreeSet<_> = names.iter().collect();
        ensure!(distinct.len() == names.len(), "{name}: {names:?}");
    }
    // OpenTofu asks again.
    let request = proto::get_functions::Request {};
    let answer = plugin.client().get_functions(request).await?.into_inner();
    ensure!(
        answer.functions == offered && answer.diagnostics.is_empty(),
        "{answer:?}"
    );
    refused(&["invalid: same: there are two parameters of this name"]).await
}

pub(crate) async fn s06_list_resources_belong_to_a_resource_with_identity() -> Result<()> {
    let provider = Provider::start().await?;
    let lists = &provider.session.schemas().list_resource_schemas;
    ensure!(lists.keys().eq([THING]), "{lists:?}");
    refused(&[
        "conformance_nothing: there is no resource type with identity",
        "conformance_nothing: made: nothing is computed",
    ])
    .await
}

/// Fails unless a provider with these problems refuses to start.
async fn refused(problems: &[&str]) -> Result<()> {
    let output = launch()?.env(START, "invalid").output().await?;
    let told = &output.stderr;
    ensure!(!output.status.success(), "{told}");
    for problem in problems {
        ensure!(told.contains(problem), "no {problem:?} in: {told}");
    }
    Ok(())
}

pub(crate) async fn s07_the_schema_need_not_be_asked_for() -> Result<()> {
    // The message is encoded with the schemas of another process.
    let other = Provider::start().await?;
    let plugin = Plugin::start(launch()?).await?;
    let provider = Provider {
        session: other.session.clone(),
        plugin,
    };
    let request = proto::configure_provider::Request {
        config: Some(proto::DynamicValue {
            msgpack: b"\x82\xa5label\xa1x\xa5token\xc0".into(),
            json: Vec::new(),
        }),
        ..Default::default()
    };
    let configured = provider
        .client()
        .configure_provider(request)
        .await?
        .into_inner();
    no_diagnostics(&configured.diagnostics)?;
    let config = serde_json::json!({ "text": "a" });
    let planned = provider
        .plan(VALUES, &serde_json::Value::Null, &config)
        .await?;
    no_diagnostics(&planned.response.diagnostics)?;
    let applied = provider
        .apply(VALUES, &serde_json::Value::Null, &config, &config)
        .await?;
    no_diagnostics(&applied.diagnostics)?;
    no_diagnostics(&provider.read(VALUES, &config).await?.diagnostics)?;
    let capabilities = other
        .session
        .schemas()
        .server_capabilities
        .context("no capabilities")?;
    ensure!(
        capabilities.get_provider_schema_optional,
        "not told to the host"
    );
    Ok(())
}
