//! The switches, for behavior in which the real services differ by tenant, build or moment, or in
//! which the public sources contradict each other.
//!
//! A profile is a JSON object. Every member is optional, and an unknown one is an error that names
//! it. Delays are counted in polls, reads or requests, not in seconds, so that tests are exact.
//! Only `requests_per_second` and `operation_seconds` depend on the clock.

mod choices;
mod entra;
mod named;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use choices::{
    Accept, Base64Bodies, ExecutionShape, HubEvent, ListShape, McpHeaders, MissingType, Role,
    SkillText, StoreModel, TaskState, Tenant, TurnEnd, UnknownMembers, UnknownThread,
    UnlistedValues, Webhook,
};
pub use entra::{Application, Certificate, Entra, FederatedCredential, ManagedIdentity, User};
pub(crate) use entra::{DEVOPS_ISSUER, GITHUB_ISSUER};

/// All switches. [`Profile::default`] is a fast and permissive service. [`Profile::acceptance`] has
/// every delay and oddity that a client must handle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// A comment of the author. It has no effect.
    #[serde(rename = "$comment", skip_serializing_if = "Option::is_none")]
    pub comment: Option<Value>,

    /// Whether ARM accepts children other than connectors (`internal`), or refuses them and lists
    /// none (`external`, as in most tenants). Default: `internal`.
    pub tenant: Tenant,
    /// The status of that refusal, which no source records. Default: 400.
    pub tenant_refusal_status: u16,
    /// Whether both planes share the same children (`one`) or have separate ones (`two`).
    /// Connectors are always shared. Default: `one`.
    pub store: StoreModel,
    /// The api-versions that ARM supports. Children other than connectors exist only in previews.
    /// Default: the two released ones, `2025-05-01-preview` and `2026-01-01`.
    pub api_versions: Vec<String>,
    /// What happens to members of an agent that do not exist in the version of a request. Default:
    /// `dropped`.
    pub unknown_members: UnknownMembers,
    /// What happens to values of an agent's members that are not in the list of the typed API. The
    /// behavior of the service is unknown. Default: `stored`.
    pub unlisted_values: UnlistedValues,

    /// The age in seconds that a new agent reports. Clients give young agents time. Default: 0.
    pub agent_age: u32,
    /// How many polls see an operation on an agent running. A poll of the operation, a read of the
    /// agent, and a write refused because of the operation count. Default: 0.
    pub agent_polls: u32,
    /// How many polls see an operation on a connector running. Default: 0.
    pub connector_polls: u32,
    /// The number of seconds after which an operation ends without further polls, for clients that
    /// only wait for a while. Never, if 0. Default: 60.
    pub operation_seconds: u32,
    /// How many PATCHes of a new agent are refused with 409 `OperationConflict` although its
    /// creation has succeeded. Default: 0.
    pub late_conflicts: u32,
    /// The value of `Retry-After` for operations. Default: 0.
    pub retry_after_seconds: u32,
    /// Whether a write to an agent is refused (409 `OperationConflict`) while an operation on it
    /// is running. Default: true.
    pub operation_conflicts: bool,
    /// Whether connector operations of the same agent also exclude each other. Default: false.
    pub connector_conflicts: bool,

    /// How many reads of a child still return the previous state after a write, for ten seconds at
    /// most. Default: 0.
    pub visibility_lag: u32,
    /// Whether ARM returns connectors with `dataSource` and all `extendedProperties` set to null.
    /// Default: true.
    pub mask_connectors: bool,
    /// Whether data planes return the bearer tokens of connectors as null. Default: false.
    pub mask_bearer_tokens: bool,
    /// How a base64 body is returned: completed with nulls and defaults, or as sent. The behavior
    /// of the service is unknown. Default: `completed`.
    pub base64_bodies: Base64Bodies,
    /// Whether empty lists are returned as null. Default: false.
    pub null_lists: bool,
    /// The member that enables a scheduled task. Live documents have `status`, and older builds
    /// had `isEnabled`. Default: `status`.
    pub task_state: TaskState,
    /// The member that returns the text of a skill. Both are accepted. Current builds have
    /// `skillMdContent`, and older ones `skillContent`. Default: `skill_md_content`.
    pub skill_text: SkillText,
    /// Whether the map `headers` of a connector to an MCP server is kept, or lost like an unknown
    /// member. Headers with their own members are always kept. Default: `kept`.
    pub mcp_headers: McpHeaders,
    /// Whether long texts are returned with CRLF line ends. Default: false.
    pub crlf: bool,
    /// Whether the first ARM list of a kind after a write lacks `value`. Default: false.
    pub list_glitch: bool,
    /// The number of items on a page of an ARM list. Unlimited if 0. Default: 0.
    pub page_size: u32,

    /// The number of requests to ARM and the data planes that are answered per second. Others get
    /// 429 with `Retry-After: 1`. Unlimited if 0. Default: 0.
    pub requests_per_second: u32,
    /// How many requests a data plane refuses after its agent was created or started. Default: 0.
    pub starting_requests: u32,
    /// The status of these refusals (404, 429 or 5xx; the body is not JSON). Default: 503.
    pub starting_status: u16,
    /// How many requests a new agent's data plane answers with 403, until the caller's role takes
    /// effect. Default: 0.
    pub forbidden_requests: u32,
    /// How many requests see the old incident platform after it was changed. Default: 0.
    pub platform_polls: u32,
    /// The incident filter that appears when a platform is connected; `null` for none. Sources
    /// also name `quickstart_response_plan`. Default: `quickstart_handler`.
    pub quickstart_plan: Option<String>,

    /// The role of callers on data planes, unless their application has its own. Default:
    /// `administrator`.
    pub role: Role,
    /// Whether 403 has no body. Default: false.
    pub empty_forbidden: bool,
    /// Who may call the webhook of an HTTP trigger: callers with a token (`bearer`, as in the
    /// product's documentation) or anyone (`none`, as in the API reference). Default: `bearer`.
    pub webhook: Webhook,
    /// What a data-plane request must accept to reach the API rather than the portal: `json`
    /// explicitly, as in one build, or `any` type except HTML, including no header. Default:
    /// `any`.
    pub accept: Accept,

    /// Whether lists of the data plane's second version have an envelope, `{value, nextLink}`, or
    /// are bare arrays, as in older builds. Default: `enveloped`.
    pub lists: ListShape,

    /// Kinds for which a missing envelope `type` is refused. A wrong one is always refused.
    /// Default: `hooks_and_prompts`.
    pub missing_type: MissingType,
    /// Whether the envelope type `Tool` is accepted for tools. Default: false.
    pub accept_tool_type: bool,
    /// Whether a subagent without `handoffs` is refused. An explicit null is always refused.
    /// Default: false.
    pub require_handoffs: bool,
    /// Whether a handoff to a subagent that does not exist is refused. Default: true.
    pub check_handoffs: bool,
    /// Whether an agent with the experimental setting `EnableV2AgentLoop` refuses new handoffs.
    /// Default: true.
    pub workspace_mode: bool,
    /// The minimum length, in characters, of a subagent's `instructions` and a skill's
    /// `skillContent`. Default: 50.
    pub min_text: u32,
    /// Whether incident filters refuse members that builds of mid-2026 did not know. Default:
    /// false.
    pub strict_filters: bool,
    /// Whether the first version's incident filters refuse writes, with 405. Default: false.
    pub v1_filters_405: bool,
    /// Whether PUT of an existing incident filter of the first version answers 409, so that only
    /// POST updates it. Default: false.
    pub v1_filter_conflicts: bool,
    /// Whether PUT of an existing incident handler answers 409, so that only POST updates it.
    /// Default: true.
    pub handler_conflicts: bool,
    /// Whether POST of an existing plugin marketplace or installation answers 409 rather than
    /// replacing it. Default: false.
    pub plugin_conflicts: bool,
    /// Whether a user has signed in for connections that use OAuth. Default: false.
    pub oauth_consent: bool,
    /// Whether members that the service is known to accept and lose are lost. Default: true.
    pub silent_drops: bool,
    /// Whether the type of an existing hook never changes. Default: true.
    pub hook_type_immutable: bool,

    /// How many reads of the agent's files see a document as not indexed. Default: 0.
    pub index_polls: u32,
    /// The number of files on a page of the agent's memory. Unlimited if 0. Default: 0.
    pub memory_page_size: u32,
    /// Whether the agent's memory refuses deletion, with 405. Default: false.
    pub memory_delete_405: bool,

    /// What happens to a message to a thread that does not exist. Default: `refused`.
    pub unknown_thread: UnknownThread,
    /// The agent's answers to messages that contain these texts, instead of its script. Default:
    /// none.
    pub answers: BTreeMap<String, String>,
    /// How many reads of a thread see each answer of the agent unfinished. Default: 0.
    pub answer_polls: u32,
    /// The name of the call by which the hub sends messages. Default: `MessageUpdate`.
    pub hub_event: HubEvent,
    /// How the hub ends a turn. Default: `signal`.
    pub turn_end: TurnEnd,
    /// Whether the end of a turn is sent again after the next one has begun. Default: false.
    pub late_turn_end: bool,
    /// Whether the agent asks to approve a tool before there is a command, so that only the
    /// approval can be decided. Default: false.
    pub approval_first: bool,
    /// How many reads see a repository as not cloned. Default: 0.
    pub clone_polls: u32,
    /// Whether PUT of a repository answers 405 although it was stored. Default: false.
    pub repo_put_405: bool,
    /// The shape of the answer to a fired trigger. Default: `nested`.
    pub execution_shape: ExecutionShape,

    /// The tenant's applications and identities.
    pub entra: Entra,
}

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// A member is unknown or has the wrong type; the message names it.
    #[error("the profile is not valid: {0}")]
    Invalid(#[from] serde_json::Error),
    /// A status code is not valid.
    #[error(
        "the profile is not valid: `{member}` is {status}, which is no status of an error; use 400 to 599"
    )]
    Status {
        /// The member of the profile.
        member: &'static str,
        /// Its value.
        status: u16,
    },
}

impl Profile {
    /// Parses a profile from JSON text. Omitted members have their defaults.
    pub fn from_json(text: &str) -> Result<Self, ProfileError> {
        serde_json::from_str::<Self>(text)?.checked()
    }

    /// Returns this profile with the members of `change` merged into it, recursively for objects.
    pub fn merged(&self, change: &Value) -> Result<Self, ProfileError> {
        let mut document = serde_json::to_value(self)?;
        crate::documents::merge(&mut document, change, crate::documents::Nulls::Keep);
        serde_json::from_value::<Self>(document)?.checked()
    }

    fn checked(self) -> Result<Self, ProfileError> {
        for (member, status) in [
            ("starting_status", self.starting_status),
            ("tenant_refusal_status", self.tenant_refusal_status),
        ] {
            if !(400..600).contains(&status) {
                return Err(ProfileError::Status { member, status });
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Profile, Tenant};

    #[test]
    fn unknown_members_are_named() {
        let error = Profile::from_json(r#"{"agent_pols": 2}"#).unwrap_err();
        assert!(error.to_string().contains("agent_pols"), "{error}");
        let error = Profile::from_json(r#"{"entra": {"tenant": "x"}}"#).unwrap_err();
        assert!(error.to_string().contains("`tenant`"), "{error}");
    }

    #[test]
    fn comment_of_a_profile_has_no_effect() {
        let text = r#"{"$comment": {"crlf": "seen: 3 texts have CRLF"}, "crlf": true}"#;
        let commented = Profile::from_json(text).unwrap();
        assert!(commented.comment.is_some() && commented.crlf);
        let uncommented = Profile {
            comment: None,
            ..commented
        };
        assert_eq!(
            Profile::from_json(r#"{"crlf": true}"#).unwrap(),
            uncommented
        );
    }

    #[test]
    fn merging_changes_only_the_given_members() {
        let before = Profile::acceptance();
        let after = before
            .merged(&json!({"tenant": "external", "quickstart_plan": null}))
            .unwrap();
        assert_eq!(after.tenant, Tenant::External);
        assert_eq!(after.quickstart_plan, None);
        assert_eq!(
            Profile {
                tenant: before.tenant,
                quickstart_plan: before.quickstart_plan.clone(),
                ..after
            },
            before
        );
    }

    #[test]
    fn profiles_round_trip_through_json() {
        for profile in [Profile::default(), Profile::acceptance()] {
            let text = serde_json::to_string(&profile).unwrap();
            assert_eq!(Profile::from_json(&text).unwrap(), profile);
        }
    }

    #[test]
    fn status_that_is_not_an_error_is_refused() {
        let error = Profile::from_json(r#"{"starting_status": 200}"#).unwrap_err();
        assert!(error.to_string().contains("starting_status"), "{error}");
    }
}
