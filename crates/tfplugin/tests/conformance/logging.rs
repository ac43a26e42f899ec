//! Logs on standard error.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use plugin_host::value::unknown;
use serde_json::{Value as Json, json};

use crate::provider::START;
use crate::support::{Bare, Provider, launch};

/// Returns everything that the provider logs when it logs messages that are hard to log.
async fn log(variables: &[(&str, &str)]) -> Result<Vec<String>> {
    let provider = Bare::start(|command| {
        command.envs(variables.iter().copied());
    })
    .await?;
    let session = provider.session().await?;
    session.configure(json!({})).await?;
    session
        .read_data_source("conformance_log", json!({}))
        .await?;
    drop(session);
    let output = provider.finish().await?;
    let text = String::from_utf8(output.stderr)?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn levels(lines: &[String]) -> Result<BTreeSet<String>> {
    let level = |line: &String| {
        let line: Json = serde_json::from_str(line)?;
        Ok(line["@level"].as_str().context("no level")?.to_owned())
    };
    lines.iter().map(level).collect()
}

pub(crate) async fn l01_every_line_is_a_json_object_with_level_message_and_time() -> Result<()> {
    let lines = log(&[("TF_LOG", "TRACE")]).await?;
    ensure!(!lines.is_empty(), "nothing was logged");
    let time = regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$")?;
    let levels = ["trace", "debug", "info", "warn", "error"];
    for line in lines {
        let json: Json = serde_json::from_str(&line).with_context(|| line.clone())?;
        ensure!(
            json["@level"]
                .as_str()
                .is_some_and(|level| levels.contains(&level)),
            "{line}"
        );
        ensure!(json["@message"].is_string(), "{line}");
        ensure!(
            json["@timestamp"]
                .as_str()
                .is_some_and(|text| time.is_match(text)),
            "{line}"
        );
    }
    Ok(())
}

pub(crate) async fn l02_level_and_message_are_strings_whatever_is_logged() -> Result<()> {
    let lines = log(&[("TF_LOG", "TRACE")]).await?;
    let all: Result<Vec<Json>, _> = lines
        .iter()
        .map(|line| serde_json::from_str(line))
        .collect();
    let all = all?;
    let find = |message: &str| {
        let found = all.iter().find(|line| line["@message"] == message);
        found.with_context(|| format!("{message:?} was not logged"))
    };
    for line in &all {
        ensure!(
            line["@level"].is_string() && line["@message"].is_string(),
            "{line}"
        );
    }
    let values = find("values")?;
    for name in ["number", "double", "yes", "none"] {
        ensure!(!values[name].is_null(), "{name} is missing: {values}");
    }
    ensure!(
        find("more values")?["text"] == "line\nbreak \"quoted\" \u{0}",
        "text was changed"
    );
    // A message that is a number, and fields with the names of the line's own fields.
    find("7")?;
    ensure!(
        find("reserved names")?["@level"] == "info",
        "the level was replaced"
    );
    Ok(())
}

pub(crate) async fn l03_no_line_is_longer_than_the_host_reads() -> Result<()> {
    let lines = log(&[("TF_LOG", "TRACE")]).await?;
    let longest = lines
        .iter()
        .map(String::len)
        .max()
        .context("nothing was logged")?;
    ensure!(longest > 4096, "the long line was not logged: {longest}");
    ensure!(longest < 64 << 10, "{longest} bytes");
    Ok(())
}

pub(crate) async fn l04_the_level_follows_the_variables() -> Result<()> {
    let all = ["error", "warn", "info", "debug", "trace"];
    let cases: [(&[(&str, &str)], usize); 7] = [
        (&[], 0),
        (&[("TF_LOG", "OFF")], 0),
        (&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "OFF")], 0),
        (&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "ERROR")], 1),
        (&[("TF_LOG", "WARN")], 2),
        (&[("TF_LOG_PROVIDER", "debug")], 4),
        (&[("TF_LOG", "JSON")], 5),
    ];
    for (variables, count) in cases {
        let lines = log(variables).await?;
        let wanted: BTreeSet<String> = all[..count].iter().map(|&level| level.into()).collect();
        let found = levels(&lines)?;
        ensure!(found == wanted, "{variables:?}: {found:?}");
    }
    Ok(())
}

pub(crate) async fn l05_secrets_are_never_logged() -> Result<()> {
    let provider = Provider::launched(launch()?.env("TF_LOG", "TRACE")).await?;
    provider
        .session
        .configure(json!({ "token": "s3cr3t" }))
        .await?;
    let config = |version: u32| {
        json!({ "name": "a", "password": "s3cr3t", "password_wo": "s3cr3t",
            "password_wo_version": version, "settings": { "token": "s3cr3t" },
            "single": { "key": "k", "secret_wo": "s3cr3t" } })
    };
    let mut thing = provider.thing()?;
    thing.apply(config(1)).await?;
    thing.apply(config(2)).await?;
    thing.refresh().await?;
    // Values tend to leak in failures: a panic, a refused value, a value that cannot be parsed.
    let traps = ["panic", "fail_with_state", "another"];
    for create in traps {
        let config = json!({ "name": "s3cr3t", "secret_wo": "s3cr3t", "create": create });
        ensure!(
            provider.trap()?.apply(config).await.is_err(),
            "{create} succeeded"
        );
    }
    provider
        .validate("conformance_thing", &json!({ "name": "a", "id": "s3cr3t" }))
        .await?;
    provider
        .upgrade("conformance_thing", 0, r#"{"enabled":"s3cr3t"}"#)
        .await?;
    thing.destroy().await?;
    let log = provider.plugin.stderr().context("no log")?;
    provider.plugin.shutdown().await?;
    log.find(crate::support::LIMIT, |line| line.contains("goodbye"))
        .await?;
    for line in log.all() {
        ensure!(
            !line.contains("s3cr3t") && !line.contains("a secret"),
            "{line}"
        );
    }
    Ok(())
}

pub(crate) async fn l06_a_fatal_panic_is_told_in_the_form_that_hosts_show() -> Result<()> {
    let output = launch()?.env(START, "panic").output().await?;
    ensure!(
        !output.status.success() && output.stdout.is_empty(),
        "{output:?}"
    );
    ensure!(
        output
            .stderr
            .lines()
            .any(|line| line.starts_with("panic: ")),
        "{}",
        output.stderr
    );
    // A panic within a call is reported as a diagnostic, and the process keeps running.
    let provider = Provider::start().await?;
    let trap = provider.trap()?;
    ensure!(
        trap.plan(json!({ "name": "a", "plan": "panic" }))
            .await
            .is_err(),
        "no error"
    );
    trap.plan(json!({ "name": unknown() })).await?;
    let log = provider.plugin.stderr().context("no log")?;
    ensure!(
        !log.all().iter().any(|line| line.starts_with("panic: ")),
        "{:?}",
        log.all()
    );
    Ok(())
}
