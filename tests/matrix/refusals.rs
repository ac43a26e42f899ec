//! Errors in a configuration are reported before anything is sent, with their path.

use anyhow::{Context as _, Result, ensure};
use plugin_host::{Diagnostic, Failure, Severity};
use serde_json::{Value as Json, json};
use tfplugin::schema::{Finding, Validator};
use tfplugin::value::{Surplus, from_json};
use tfplugin::{Attribute, Severity as Grade, Type};

use crate::declared;
use crate::json;
use crate::kinds::agent_id;
use crate::kinds::{self, Kind, Row, Variant, per_kind};
use crate::world::World;

per_kind!(values_that_a_check_refuses_are_reported);

async fn values_that_a_check_refuses_are_reported(kind: &Kind) -> Result<()> {
    let world = World::new().await?;
    for (path, attribute) in declared::attributes(kind) {
        for validator in attribute.validators() {
            let rule = || format!("{path}: {}", validator.description());
            let (value, finding) = wrong_value(kind, &path, &attribute, validator)
                .with_context(|| format!("no bad value: {}", rule()))?;
            let config = configuration(kind, &path, value).with_context(rule)?;
            let said = diagnostics(&world, kind, config).await.with_context(rule)?;
            let severity = match finding.severity {
                Grade::Error => Severity::Error,
                _ => Severity::Warning,
            };
            let place = path.replace("[]", "[0]");
            let found = said.iter().any(|one| {
                let at = one.path.as_ref().map(ToString::to_string);
                one.severity == severity && at.is_some_and(|at| at.starts_with(&place))
            });
            ensure!(found, "{}: but all that is said is {said:?}", rule());
        }
    }
    let sent = world.take_requests();
    ensure!(sent.is_empty(), "{sent:?} were sent");
    Ok(())
}

/// Returns a value that a check refuses.
fn wrong_value(
    kind: &Kind,
    path: &str,
    attribute: &Attribute,
    validator: &Validator,
) -> Option<(Json, Finding)> {
    let ty = attribute.ty();
    // The names in the rule are allowed or forbidden values. Also try similar ones.
    let named = validator.description().split('`').skip(1).step_by(2);
    let named = named.flat_map(|value| [value.to_owned(), format!("{value}x")]);
    let texts = ["", "a", "\u{1}", "a b", "%", ".", "-1-"].map(str::to_owned);
    let texts = texts.into_iter().chain(named).chain([
        "a".repeat(301),
        "a".repeat(70_000),
        "a\r\nb".to_owned(),
    ]);
    let candidates: Vec<Json> = match &ty {
        Type::String => texts.map(Json::from).collect(),
        Type::Number => [json!(-1_000_000_000_000_i64), json!(1e15), json!(0.5)].into(),
        Type::List(element) | Type::Set(element) if **element == Type::String => {
            let many = (0..5000).map(|n| format!("a{n}")).collect::<Vec<_>>();
            let twice = json!(["a", "A"]);
            let single = texts.map(|text| json!([text]));
            single.chain([json!(many), twice]).collect()
        }
        Type::Map(element) if **element == Type::String => texts
            .flat_map(|text| [json!({ "a": text }), json!({ text: "a" })])
            .collect(),
        // Too many valid elements.
        _ => {
            let (_, row) = sample(kind, path)?;
            vec![Json::Array(vec![row.values[0][0].clone(); 5000])]
        }
    };
    candidates.into_iter().find_map(|candidate| {
        let value = from_json(&candidate, &ty, Surplus::Refuse).ok()?;
        Some((candidate, validator.check(&value).err()?))
    })
}

/// Returns a configuration that is valid except for one value.
fn configuration(kind: &Kind, path: &str, value: Json) -> Result<Json> {
    let key = kind.key(&agent_id("shop"), "wrong", kind.planes[0]);
    let mut config = match sample(kind, path) {
        Some((variant, row)) => json::merged(&variant.minimal, &row.config(0)),
        None => kind.minimal().clone(),
    };
    json::merge(&mut config, &key);
    let pointer = format!("/{}", path.replace("[]", ".0").replace('.', "/"));
    json::set(&mut config, &pointer, value);
    Ok(config)
}

/// Returns the sample of an attribute, or of the list that contains it.
fn sample<'a>(kind: &'a Kind, path: &str) -> Option<(&'a Variant, &'a Row)> {
    let path = path.split("[]").next().unwrap_or_default();
    kind.variants.iter().find_map(|variant| {
        let mut rows = variant.rows.iter();
        Some((variant, rows.find(|row| row.path == path)?))
    })
}

/// Returns the diagnostics of the provider for a configuration.
async fn diagnostics(world: &World, kind: &Kind, config: Json) -> Result<Vec<Diagnostic>> {
    let resource = world.resource(kind.type_name)?;
    match resource.plan(config).await {
        Ok(plan) => Ok(plan.diagnostics),
        failed => Ok(Failure::of(failed)?.diagnostics),
    }
}

#[tokio::test]
async fn exactly_one_choice_must_be_set() -> Result<()> {
    let world = World::new().await?;
    for kind in kinds::all() {
        let choices = declared::choices(&kind);
        let key = kind.key(&agent_id("shop"), "wrong", kind.planes[0]);
        let of = |choice: &str| {
            let has = |variant: &&Variant| variant.minimal.get(choice).is_some();
            let variant = kind.variants.iter().find(has);
            variant.with_context(|| format!("{} has no sample of {choice}", kind.noun()))
        };
        for pair in choices.windows(2) {
            let (one, other) = (of(&pair[0])?, of(&pair[1])?);
            let mut none = json::merged(&one.minimal, &key);
            json::set(&mut none, &format!("/{}", pair[0]), Json::Null);
            let both = json::merged(&json::merged(&one.minimal, &other.minimal), &key);
            for config in [none, both] {
                let said = diagnostics(&world, &kind, config.clone()).await?;
                ensure!(
                    said.iter().any(|one| one.severity == Severity::Error),
                    "{config} is taken: {said:?}"
                );
            }
        }
    }
    let sent = world.take_requests();
    ensure!(sent.is_empty(), "{sent:?} were sent");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn misspelled_tool_is_not_waited_for() -> Result<()> {
    let world = World::new().await?;
    let agent = world.agent("tools").await?;
    let config = json!({ "agent_id": agent });
    let tools = world
        .session
        .read_data_source("azuresre_available_tools", config)
        .await?;
    let tool = tools["tools"][0]["name"]
        .as_str()
        .context("no tool")?
        .to_owned();
    let start = tokio::time::Instant::now();
    let mut resource = world.resource("azuresre_tool_enablement")?;
    let config = json!({ "agent_id": agent, "name": tool.to_uppercase(), "enabled": true });
    let failure = Failure::of(resource.apply(config).await)?;
    ensure!(
        failure
            .to_string()
            .contains(&format!("Did you mean [{tool:?}]")),
        "{failure}"
    );
    ensure!(start.elapsed().as_secs() < 3, "{:?}", start.elapsed());
    let config = json!({ "agent_id": agent, "name": "nothing_of_the_kind", "enabled": true });
    let failure = Failure::of(resource.apply(config).await)?;
    ensure!(
        failure.to_string().contains("azuresre_available_tools"),
        "{failure}"
    );
    ensure!(!failure.to_string().contains("timeouts"), "{failure}");
    Ok(())
}
