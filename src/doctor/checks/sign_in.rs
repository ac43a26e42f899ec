//! Checks of the sign-in: the method, the identity, and the audiences of tokens.

use std::time::Duration;

use azure::ClientConfig;
use azure::id::AgentId;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde_json::Value as Json;
use tfplugin::Diagnostics;

use crate::doctor::check::Seen;
use crate::doctor::scene::Scene;
use crate::provider::arguments::{ARGUMENTS, Arguments, Form};
use crate::provider::{settings, sign_in};
use crate::session::Session;

/// The audiences that data planes accept. The service has one application with several names.
const KNOWN_AUDIENCES: [&str; 3] = [
    "https://azuresre.dev",
    "https://azuresre.ai",
    "59f0a04a-b322-4310-adc9-39ac41e9631e",
];

/// The claims about the audience and the identity of a token, with their names in reports.
const CLAIMS: [(&str, &str); 6] = [
    ("aud", "audience"),
    ("tid", "tenant"),
    ("appid", "application"),
    ("oid", "object"),
    ("idtyp", "type"),
    ("xms_mirid", "identity"),
];

/// The time limit for a sign-in, including programs such as `az`.
const SIGN_IN: Duration = Duration::from_secs(45);

/// Checks whether the arguments are valid, and reports where they come from.
pub(super) fn settings(scene: &mut Scene) -> Seen {
    let (config, session) = match session(scene) {
        Ok(session) => session,
        Err(errors) => {
            let texts = errors
                .iter()
                .map(|error| format!("{}: {}", error.summary, error.detail));
            return Seen::failed(texts.collect::<Vec<_>>().join("; "))
                .remedy("correct these arguments, or their environment variables");
        }
    };
    // The plane is known, because no argument comes from a configuration.
    scene.plane = session.plane.unwrap_or(scene.plane);
    let of_agent = scene.agent.as_ref().map(AgentId::subscription_id);
    scene.subscription = of_agent.map(str::to_owned).or(session.subscription_id);
    scene.client = Some(session.client);
    scene.client_config = Some(config);
    let given = given(&scene.arguments());
    let seen = match given.is_empty() {
        true => Seen::passed("all arguments have their default values"),
        false => Seen::passed(format!("set: {}", given.join(", "))),
    };
    match settings::surprises(&scene.arguments()) {
        Some(surprise) => seen.remedy(surprise.detail),
        None => seen,
    }
}

/// Returns the session of the provider, with shorter time limits.
fn session(scene: &Scene) -> Result<(ClientConfig, Session), Diagnostics> {
    let arguments = scene.arguments();
    let mut config = settings::client_config(&arguments, scene.version, "doctor")?;
    Scene::hasten(&mut config);
    let session = settings::session(&arguments, config.clone(), None)?;
    Ok((config, session))
}

/// Returns the arguments that are set, with their environment variables.
fn given(arguments: &Arguments<'_>) -> Vec<String> {
    let told = ARGUMENTS.iter().filter_map(|argument| {
        let is_set = match argument.form {
            Form::Bool => arguments.flag(argument.name, false) == Ok(true),
            Form::List => !arguments.list(argument.name).is_empty(),
            Form::Text | Form::Secret => arguments.text(argument.name).is_some(),
        };
        let variable = arguments
            .text(argument.name)
            .and_then(|given| given.variable);
        match (is_set || variable.is_some(), variable) {
            (false, _) => None,
            (true, None) => Some(argument.name.to_owned()),
            (true, Some(variable)) => Some(format!("{} from {variable}", argument.name)),
        }
    });
    told.collect()
}

/// Reports the method of the sign-in, and the reason for its choice.
pub(super) fn method(scene: &mut Scene) -> Seen {
    let arguments = scene.arguments();
    if let Some(emulator) = arguments.text("emulator") {
        let source = match emulator.variable {
            Some(variable) => format!("{variable} is set"),
            None => "`emulator` is set".to_owned(),
        };
        return Seen::passed(format!("the fixed token of the emulator, because {source}"));
    }
    let Some(config) = &scene.client_config else {
        return Seen::skipped("the arguments are invalid");
    };
    Seen::passed(format!(
        "{}, because {}",
        config.token_source.method_name(),
        sign_in::reason(&arguments)
    ))
}

/// Gets a token for ARM.
pub(super) async fn arm_token(scene: &mut Scene) -> Seen {
    let Some(config) = &scene.client_config else {
        return Seen::skipped("the arguments are invalid");
    };
    let audience = config.arm_audience.clone();
    token(scene, &audience).await
}

/// Gets a token for the agent's data plane.
pub(super) async fn data_plane_token(scene: &mut Scene) -> Seen {
    let Some(config) = &scene.client_config else {
        return Seen::skipped("the arguments are invalid");
    };
    let audience = config.data_plane_audience.clone();
    let seen = token(scene, &audience).await;
    if KNOWN_AUDIENCES.contains(&audience.trim_end_matches('/')) {
        return seen;
    }
    let mut seen = seen.block("data_plane_audience", format!("{:?}", KNOWN_AUDIENCES[0]));
    seen.text
        .push_str("; data planes do not accept tokens for this audience");
    seen
}

async fn token(scene: &mut Scene, audience: &str) -> Seen {
    let Some(config) = &scene.client_config else {
        return Seen::skipped("the arguments are invalid");
    };
    let method = config.token_source.method_name();
    let fetched = tokio::time::timeout(SIGN_IN, config.token_source.token(audience)).await;
    let token = match fetched {
        Ok(Ok(token)) => token,
        Ok(Err(error)) => {
            let seen = Seen::failed(format!(
                "cannot get a token for {audience} with {method}: {error}"
            ));
            let remedy = error.remedy().unwrap_or_else(|| {
                format!("see the guide \"Authentication\" for how to sign in with {method}")
            });
            // Errors of Entra ID itself concern the registration of the application.
            return match error.code().is_some_and(|code| code.starts_with("AADSTS")) {
                true => seen.ask(remedy),
                false => seen.remedy(remedy),
            };
        }
        Err(_) => {
            return Seen::failed(format!(
                "cannot get a token for {audience} with {method} within {} s",
                SIGN_IN.as_secs()
            ))
            .remedy(format!(
                "check whether signing in with {method} waits for user input"
            ));
        }
    };
    let Some(claims) = claims(token.secret.expose_secret()) else {
        return Seen::passed(format!(
            "a token for {audience}, whose contents cannot be read"
        ));
    };
    let text = |name: &str| claims.get(name).and_then(Json::as_str);
    if let Some(caller) = text("oid") {
        scene.caller = Some(caller.to_owned());
    }
    let mut told: Vec<String> = CLAIMS
        .iter()
        .filter_map(|(claim, name)| Some(format!("{name} {}", text(claim)?)))
        .collect();
    if let Some(end) = claims.get("exp").and_then(Json::as_i64) {
        told.push(format!(
            "{} minutes left",
            (end - Timestamp::now().as_second()) / 60
        ));
    }
    Seen::passed(format!("a token for {audience}: {}", told.join(", ")))
}

/// Returns the claims of a token, without validation. Only the audience can validate them.
fn claims(token: &str) -> Option<Json> {
    let part = token.split('.').nth(1)?;
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(part.trim_end_matches('='))
        .ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::claims;

    #[test]
    fn claims_are_read_and_may_be_missing() {
        let token = "e30.eyJ0aWQiOiJ0In0.c2lnbmF0dXJl";
        assert_eq!(claims(token).unwrap()["tid"], "t");
        assert!(claims("azuresre-emulator-token").is_none());
    }
}
