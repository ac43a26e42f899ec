//! The api-versions, the types in each of them, and the members that it supports.

use serde_json::{Map, Value};

use crate::context::Context;
use crate::http::{Failure, Refusal};
use crate::kinds::{ArmForm, KINDS};
use crate::profile::UnknownMembers;

/// Members of an agent that exist only in previews, and in no typed version, as JSON pointers below
/// `properties`.
const PREVIEW: [&str; 5] = [
    "/monthlyAgentUnitLimit",
    "/mcpServers",
    "/experimentalSettings",
    "/logConfiguration/logAnalyticsConfiguration",
    "/logConfiguration/applicationInsightsConfiguration/applicationInsightsResourceId",
];
/// Members that exist in typed versions after the first.
const NETWORK: [&str; 2] = ["/vnetConfiguration", "/sandboxConfiguration"];
/// The first typed version.
const FIRST_TYPED: &str = "2026-01-01";

/// Returns the version of a request, which every type requires.
pub(super) fn required(cx: Context<'_>) -> Result<String, Refusal> {
    cx.call
        .query("api-version")
        .filter(|version| !version.is_empty())
        .ok_or_else(|| {
            Refusal::bad_request(
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        })
}

/// Refuses a request for an agent or its contents if the profile does not have its version.
pub(super) fn check(cx: Context<'_>) -> Result<(), Refusal> {
    let version = required(cx)?;
    if cx.profile.api_versions.contains(&version) {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "InvalidApiVersionParameter",
        format!(
            "The api-version '{version}' is invalid. The supported versions are '{}'.",
            cx.profile.api_versions.join(",")
        ),
    ))
}

/// Refuses a request for types that exist only in previews: children other than connectors,
/// connectors under their older name, and usages.
pub(super) fn check_preview(cx: Context<'_>) -> Result<(), Failure> {
    check(cx)?;
    if is_preview(&required(cx)?) {
        Ok(())
    } else {
        Err(super::unknown_type(cx))
    }
}

/// Returns the types of agents and their contents, with their versions, newest first.
pub(super) fn types(cx: Context<'_>) -> Vec<(String, Vec<&String>)> {
    let mut all: Vec<&String> = cx.profile.api_versions.iter().collect();
    all.sort_by(|one, other| other.cmp(one));
    let previews: Vec<&String> = all
        .iter()
        .copied()
        .filter(|version| is_preview(version))
        .collect();
    let mut types = vec![
        ("agents".to_owned(), all.clone()),
        ("agents/connectors".to_owned(), all),
        ("agents/DataConnectors".to_owned(), previews.clone()),
    ];
    let children = KINDS.iter().filter(|kind| kind.arm == ArmForm::Base64);
    types.extend(children.map(|kind| (format!("agents/{}", kind.collection()), previews.clone())));
    types
}

/// Removes from a sent agent's properties the members that do not exist in the request's version,
/// or refuses or keeps them, depending on the profile.
pub(super) fn read_in(cx: Context<'_>, properties: &mut Map<String, Value>) -> Result<(), Refusal> {
    match cx.profile.unknown_members {
        UnknownMembers::Kept => Ok(()),
        UnknownMembers::Dropped => {
            cut(cx, properties);
            Ok(())
        }
        UnknownMembers::Refused => {
            let document = Value::Object(properties.clone());
            let unknown = unknown(cx);
            let sent = unknown
                .iter()
                .find(|pointer| document.pointer(pointer).is_some());
            sent.map_or(Ok(()), |pointer| {
                Err(Refusal::bad_request(
                    "InvalidRequestContent",
                    format!(
                        "The request content was invalid: the member '{}' could not be found on an \
                         object of api-version '{}'.",
                        pointer.trim_start_matches('/').replace('/', "."),
                        required(cx).unwrap_or_default()
                    ),
                ))
            })
        }
    }
}

/// Removes from a returned agent's properties the members that do not exist in the request's
/// version.
pub(super) fn read_out(cx: Context<'_>, properties: &mut Map<String, Value>) {
    if cx.profile.unknown_members != UnknownMembers::Kept {
        cut(cx, properties);
    }
}

fn cut(cx: Context<'_>, properties: &mut Map<String, Value>) {
    for pointer in unknown(cx) {
        let mut names = pointer.split('/').skip(1).peekable();
        let mut parent = &mut *properties;
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                parent.shift_remove(name);
                break;
            }
            match parent.get_mut(name) {
                Some(Value::Object(inner)) => parent = inner,
                _ => break,
            }
        }
    }
}

/// Returns the members that do not exist in the request's version.
fn unknown(cx: Context<'_>) -> Vec<&'static str> {
    let version = required(cx).unwrap_or_default();
    if version.is_empty() || is_preview(&version) {
        return Vec::new();
    }
    let mut unknown = PREVIEW.to_vec();
    if version == FIRST_TYPED {
        unknown.extend(NETWORK);
    }
    unknown
}

fn is_preview(version: &str) -> bool {
    version.ends_with("-preview")
}
