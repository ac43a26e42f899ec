//! Members of an agent whose values the typed API lists, and the handling of unlisted values.

use serde_json::{Map, Value};

use crate::http::Refusal;
use crate::profile::{Profile, UnlistedValues};

/// A member with a list of values.
struct Listed {
    /// Its position below `properties`, in which `*` stands for each item of a list.
    at: &'static str,
    values: &'static [&'static str],
    /// Whether the service compares the values case-sensitively.
    case_matters: bool,
}

/// The lists of the typed API. It also lists modes of actions, but leaves that list open.
const LISTED: [Listed; 6] = [
    in_any_case("/actionConfiguration/accessLevel", &["Low", "High"]),
    in_any_case("/upgradeChannel", &["Stable", "Preview"]),
    in_any_case(
        "/sandboxConfiguration/egress/mode",
        &["Unrestricted", "Limited", "AzureVNet"],
    ),
    in_any_case(
        "/sandboxConfiguration/egress/allowedRegistries/*",
        &["pypi", "npmjs", "nuget-org", "ubuntu"],
    ),
    exactly(
        "/sandboxConfiguration/egress/allowedCodeRepositories/*",
        &["Github", "GithubEnterprise", "AzureDevOps", "GitLab"],
    ),
    exactly(
        "/sandboxConfiguration/packages/*/packageManager",
        &["pip", "npm", "nuget"],
    ),
];

const fn in_any_case(at: &'static str, values: &'static [&'static str]) -> Listed {
    Listed {
        at,
        values,
        case_matters: false,
    }
}

const fn exactly(at: &'static str, values: &'static [&'static str]) -> Listed {
    Listed {
        at,
        values,
        case_matters: true,
    }
}

/// Refuses unlisted values, if the profile says so.
pub(super) fn check(profile: &Profile, properties: &Map<String, Value>) -> Result<(), Refusal> {
    match profile.unlisted_values {
        UnlistedValues::Stored => Ok(()),
        UnlistedValues::Refused => match LISTED.iter().find_map(|listed| listed.misses(properties))
        {
            Some(message) => Err(Refusal::bad_request("InvalidRequestContent", message)),
            None => Ok(()),
        },
    }
}

impl Listed {
    /// Returns an error for the first value that is not in the list.
    fn misses(&self, properties: &Map<String, Value>) -> Option<String> {
        let knows = |text: &str| {
            self.values.iter().any(|value| match self.case_matters {
                true => *value == text,
                false => value.eq_ignore_ascii_case(text),
            })
        };
        let (first, rest) = self
            .at
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or((self.at.trim_start_matches('/'), ""));
        let found = at(properties.get(first)?, rest);
        let text = found
            .into_iter()
            .filter_map(Value::as_str)
            .find(|text| !knows(text))?;
        Some(format!(
            "The value '{text}' of the member 'properties{}' is not one of '{}'.",
            self.at.replace("/*", "[]").replace('/', "."),
            self.values.join(", ")
        ))
    }
}

/// Returns the values at a pointer in which `*` stands for each item of a list.
fn at<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for name in pointer.split('/').filter(|name| !name.is_empty()) {
        found = found
            .into_iter()
            .flat_map(|value| match (name, value) {
                ("*", Value::Array(items)) => items.iter().collect(),
                (name, value) => value.get(name).into_iter().collect::<Vec<_>>(),
            })
            .collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::{LISTED, check};
    use crate::profile::{Profile, UnlistedValues};

    #[rstest]
    #[case(json!({ "upgradeChannel": "stable" }), None)]
    #[case(
        json!({ "upgradeChannel": "Nightly" }),
        Some("'properties.upgradeChannel' is not one of 'Stable, Preview'")
    )]
    #[case(json!({ "upgradeChannel": null, "sandboxConfiguration": null }), None)]
    #[case(
        json!({ "sandboxConfiguration": { "egress": { "allowedRegistries": ["PyPI"] } } }),
        None
    )]
    #[case(
        json!({ "sandboxConfiguration": { "egress": { "allowedCodeRepositories": ["Github", "github"] } } }),
        Some("'github' of the member 'properties.sandboxConfiguration.egress.allowedCodeRepositories[]'")
    )]
    #[case(
        json!({ "sandboxConfiguration": { "packages": [{ "name": "x", "packageManager": "Pip" }] } }),
        Some("'properties.sandboxConfiguration.packages[].packageManager'")
    )]
    #[case(json!({ "actionConfiguration": { "mode": "Anything" } }), None)]
    fn unlisted_values_are_refused(#[case] properties: Value, #[case] expected: Option<&str>) {
        let Value::Object(properties) = properties else {
            panic!("properties are an object");
        };
        let found = LISTED.iter().find_map(|listed| listed.misses(&properties));
        match (expected, &found) {
            (None, None) => {}
            (Some(expected), Some(found)) => assert!(found.contains(expected), "{found}"),
            _ => panic!("{found:?}"),
        }
        let strict = Profile {
            unlisted_values: UnlistedValues::Refused,
            ..Profile::default()
        };
        assert_eq!(check(&strict, &properties).is_err(), expected.is_some());
        assert!(check(&Profile::default(), &properties).is_ok());
    }
}
