//! Functions.

use anyhow::{Context as _, Result, ensure};
use plugin_host::value::unknown;
use plugin_host::{FunctionError, ProviderClient};
use serde_json::{Value as Json, json};
use tfplugin6::tfplugin6 as proto;

use crate::support::{Provider, launch};

async fn start() -> Result<Provider> {
    Provider::unconfigured(launch()?).await
}

/// Calls a function with string arguments only, unlike any host.
async fn call(
    client: &mut ProviderClient,
    name: &str,
    arguments: &[&[u8]],
) -> Result<proto::call_function::Response> {
    let arguments = arguments.iter().map(|msgpack| proto::DynamicValue {
        msgpack: msgpack.to_vec(),
        json: Vec::new(),
    });
    let request = proto::call_function::Request {
        name: name.to_owned(),
        arguments: arguments.collect(),
    };
    Ok(client.call_function(request).await?.into_inner())
}

async fn error(provider: &Provider, name: &str, arguments: &[Json]) -> Result<FunctionError> {
    let failed = provider.session.call_function(name, arguments).await;
    failed
        .err()
        .context("it succeeded")?
        .downcast()
        .context("another error")
}

pub(crate) async fn f01_functions_give_the_same_result_unconfigured() -> Result<()> {
    let provider = start().await?;
    let arguments = [json!("-"), json!("a"), json!("b")];
    // The session calls twice and compares.
    let before = provider.session.call_function("join", &arguments).await?;
    provider
        .session
        .configure(json!({ "label": "test" }))
        .await?;
    let after = provider.session.call_function("join", &arguments).await?;
    ensure!(before == "a-b" && after == before, "{before} {after}");
    Ok(())
}

pub(crate) async fn f02_nulls_and_unknowns_are_as_declared() -> Result<()> {
    let provider = start().await?;
    let session = &provider.session;
    for (argument, wanted) in [
        (Json::Null, "null"),
        (unknown(), "unknown"),
        (json!(1), "known"),
    ] {
        let result = session.call_function("describe", &[argument]).await?;
        ensure!(result == wanted, "{wanted}: {result}");
    }
    // OpenTofu does not check before it calls, and sends no bytes for a null.
    let mut client = provider.client();
    for null in [&b"\xc0"[..], b""] {
        let answer = call(&mut client, "join", &[b"\xa1-", null]).await?;
        let error = answer.error.context("null was taken")?;
        ensure!(
            error.function_argument == Some(1) && answer.result.is_none(),
            "{error:?}"
        );
        let answer = call(&mut client, "describe", &[null]).await?;
        ensure!(answer.error.is_none(), "{answer:?}");
    }
    let answer = call(&mut client, "join", &[b"\xa1-", b"\xd4\0\0"]).await?;
    let result = answer.result.context("no result")?;
    ensure!(result.msgpack == b"\xd4\0\0", "{result:?}");
    Ok(())
}

pub(crate) async fn f03_a_variadic_parameter_takes_any_number_of_arguments() -> Result<()> {
    let provider = start().await?;
    let between = json!("-");
    for count in 0..4 {
        let parts = vec![json!("a"); count];
        let arguments: Vec<Json> = std::iter::once(between.clone()).chain(parts).collect();
        let result = provider.session.call_function("join", &arguments).await?;
        ensure!(result == vec!["a"; count].join("-"), "{count}: {result}");
    }
    let mut client = provider.client();
    for (name, arguments) in [("join", &[][..]), ("trap", &[&b"\xa1a"[..], b"\xa1b"])] {
        let answer = call(&mut client, name, arguments).await?;
        let error = answer.error.with_context(|| format!("{name} was called"))?;
        ensure!(error.text.contains("1 arguments are required"), "{error:?}");
    }
    Ok(())
}

pub(crate) async fn f04_an_error_names_its_argument_and_ends_without_a_stop() -> Result<()> {
    let provider = start().await?;
    let arguments = [json!("-"), json!("a"), json!("")];
    let found = error(&provider, "join", &arguments).await?;
    ensure!(found.text == "it is empty", "{found:?}");
    ensure!(found.parameter.as_deref() == Some("parts"), "{found:?}");
    let mut client = provider.client();
    let answer = call(&mut client, "join", &[b"\xa1-", b"\xa1a", b"\xa0"]).await?;
    let found = answer.error.context("no error")?;
    ensure!(found.function_argument == Some(2), "{found:?}");
    // An argument of another type.
    let answer = call(&mut client, "join", &[b"\xa1-", b"\x90"]).await?;
    let found = answer.error.context("no error")?;
    ensure!(found.function_argument == Some(1), "{found:?}");
    Ok(())
}

pub(crate) async fn f05_a_panic_or_a_wrong_result_is_an_error_of_the_call() -> Result<()> {
    let provider = start().await?;
    let crashed = error(&provider, "trap", &[json!("panic")]).await?;
    ensure!(
        crashed.text.contains("panic at") && !crashed.text.contains("secret"),
        "{crashed:?}"
    );
    let wrong = error(&provider, "trap", &[json!("list")]).await?;
    ensure!(wrong.text.contains("bug in the provider"), "{wrong:?}");
    let answer = call(&mut provider.client(), "none", &[]).await?;
    let unknown = answer.error.context("no error")?;
    ensure!(unknown.text.contains("no function"), "{unknown:?}");
    Ok(())
}
