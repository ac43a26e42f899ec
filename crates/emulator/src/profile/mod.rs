//! The switches: how the emulated services behave where the real ones differ by tenant, build or
//! moment, or where the public sources contradict each other.
//!
//! A profile is a JSON object. Every member is optional; an unknown one is an error that names it.
//! Delays are counted in polls, reads or requests, never in seconds, so that tests are exact; only
//! `requests_per_second` and `operation_seconds` go by the clock.

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

/// All switches. [`Profile::default`] is a fast and permissive service; [`Profile::acceptance`] is
/// one with every delay and oddity that a client has to survive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// What whoever has written the profile wants to say of it. Nothing reads it.
    #[serde(rename = "$comment", skip_serializing_if = "Option::is_none")]
    pub comment: Option<Value>,

    /// Whether ARM accepts children other than connectors (`internal`) or refuses them, listing
    /// none (`external`, as in most tenants). Default: `internal`.
    pub tenant: Tenant,
    /// The status of that refusal; no source records it. Default: 400.
    pub tenant_refusal_status: u16,
    /// Whether both planes see the same children (`one`) or each its own (`two`). Connectors are
    /// always shared. Default: `one`.
    pub store: StoreModel,
    /// The api-versions that ARM knows; children other than connectors exist only in previews.
    /// Default: the two that are released, `2025-05-01-preview` and `2026-01-01`.
    pub api_versions: Vec<String>,
    /// What becomes of members of an agent that the version of a request does not know. Default:
    /// `dropped`.
    pub unknown_members: UnknownMembers,
    /// What becomes of values of an agent's members that the typed API has a list for, and which are not in
    /// it. Nobody has seen which. Default: `stored`.
    pub unlisted_values: UnlistedValues,

    /// How many seconds ago an agent says that it was created when it is. Clients give young agents time.
    /// Default: 0.
    pub agent_age: u32,
    /// How often an operation on an agent is seen running before it ends. A poll of the operation,
    /// a read of the agent, and a write refused because of the operation count. Default: 0.
    pub agent_polls: u32,
    /// The same for connectors. Default: 0.
    pub connector_polls: u32,
    /// After how many seconds an operation ends that nobody looks at, as clients do that only wait
    /// for a while; 0 is never. Default: 60.
    pub operation_seconds: u32,
    /// How many PATCHes of a new agent are refused with 409 `OperationConflict` although its
    /// creation has succeeded. Default: 0.
    pub late_conflicts: u32,
    /// The value of `Retry-After` on operations. Default: 0.
    pub retry_after_seconds: u32,
    /// Whether a write to an agent is refused (409 `OperationConflict`) while an operation on it
    /// runs. Default: true.
    pub operation_conflicts: bool,
    /// Whether connector operations of the same agent exclude each other too. Default: false.
    pub connector_conflicts: bool,

    /// How many reads of a child still show what was there before a write, for ten seconds at most.
    /// Default: 0.
    pub visibility_lag: u32,
    /// Whether ARM answers connectors with `dataSource` and all `extendedProperties` nulled.
    /// Default: true.
    pub mask_connectors: bool,
    /// Whether data planes show the bearer tokens of connectors as null. Default: false.
    pub mask_bearer_tokens: bool,
    /// What a body in base64 comes back as: completed with nulls and defaults, or as it was sent;
    /// nobody has seen which. Default: `completed`.
    pub base64_bodies: Base64Bodies,
    /// Whether empty lists come back as null. Default: false.
    pub null_lists: bool,
    /// The member that switches a scheduled task on and off. Live documents have `status`, older
    /// builds had `isEnabled`. Default: `status`.
    pub task_state: TaskState,
    /// The member that a skill comes back with; either is taken. Current builds have
    /// `skillMdContent`, older ones `skillContent`. Default: `skill_md_content`.
    pub skill_text: SkillText,
    /// Whether the map `headers` of a connector to an MCP server is kept, or lost as something
    /// unknown beside the headers that are members of their own. Default: `kept`.
    pub mcp_headers: McpHeaders,
    /// Whether line ends of long texts come back as CRLF. Default: false.
    pub crlf: bool,
    /// Whether the first ARM list of a kind after a write lacks `value`. Default: false.
    pub list_glitch: bool,
    /// How many items a page of an ARM list has; 0 is no limit. Default: 0.
    pub page_size: u32,

    /// How many requests to ARM and the data planes are answered in a second; others get 429 with
    /// `Retry-After: 1`. 0 is no limit. Default: 0.
    pub requests_per_second: u32,
    /// How many requests a data plane refuses after its agent was created or started. Default: 0.
    pub starting_requests: u32,
    /// The status of these refusals (404, 429 or 5xx; the body is not JSON). Default: 503.
    pub starting_status: u16,
    /// How many requests a new agent's data plane answers with 403, until the caller's role has
    /// arrived. Default: 0.
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
    /// Who may call the webhook of an HTTP trigger: holders of a token (`bearer`, as the product's
    /// documentation says) or anyone (`none`, as the API reference says). Default: `bearer`.
    pub webhook: Webhook,
    /// What a data-plane request must accept to reach the API rather than the portal: `json` by
    /// name, as one build had it, or `any` type but a page, also by saying nothing. Default: `any`.
    pub accept: Accept,

    /// Whether lists of the data plane's second version have an envelope, `{value, nextLink}`, or
    /// are bare arrays, as older builds had them. Default: `enveloped`.
    pub lists: ListShape,

    /// Kinds for which a missing envelope `type` is refused; a wrong one always is. Default:
    /// `hooks_and_prompts`.
    pub missing_type: MissingType,
    /// Whether the envelope type `Tool` is accepted for tools. Default: false.
    pub accept_tool_type: bool,
    /// Whether a subagent without `handoffs` is refused; an explicit null always is. Default: false.
    pub require_handoffs: bool,
    /// Whether a handoff to a subagent that does not exist is refused. Default: true.
    pub check_handoffs: bool,
    /// Whether an agent with the experimental setting `EnableV2AgentLoop` refuses new handoffs.
    /// Default: true.
    pub workspace_mode: bool,
    /// The least length, in characters, of a subagent's `instructions` and a skill's
    /// `skillContent`. Default: 50.
    pub min_text: u32,
    /// Whether incident filters refuse the members that mid-2026 builds did not know. Default:
    /// false.
    pub strict_filters: bool,
    /// Whether the first version's incident filters refuse writes, with 405. Default: false.
    pub v1_filters_405: bool,
    /// Whether PUT of an incident filter of the first version that is there answers 409, so that
    /// only POST updates it. Default: false.
    pub v1_filter_conflicts: bool,
    /// Whether PUT of an incident handler that is there answers 409, so that only POST updates it.
    /// Default: true.
    pub handler_conflicts: bool,
    /// Whether POST of a plugin marketplace or installation that is there answers 409 rather than
    /// replacing it. Default: false.
    pub plugin_conflicts: bool,
    /// Whether somebody has signed in for connections by OAuth. Default: false.
    pub oauth_consent: bool,
    /// Whether members the service is known to accept and lose are lost. Default: true.
    pub silent_drops: bool,
    /// Whether the type of an existing hook stays whatever is sent. Default: true.
    pub hook_type_immutable: bool,

    /// How many looks at the agent's files see a document not yet indexed. Default: 0.
    pub index_polls: u32,
    /// How many files a page of the agent's memory has; 0 is no limit. Default: 0.
    pub memory_page_size: u32,
    /// Whether the agent's memory refuses to delete, with 405. Default: false.
    pub memory_delete_405: bool,

    /// What becomes of a message to a thread that is not there. Default: `refused`.
    pub unknown_thread: UnknownThread,
    /// What the agent answers to messages that have these texts in them, in place of its script. Default:
    /// none.
    pub answers: BTreeMap<String, String>,
    /// How many looks at a thread see each answer of the agent unfinished. Default: 0.
    pub answer_polls: u32,
    /// The name of the call by which the hub tells of messages. Default: `MessageUpdate`.
    pub hub_event: HubEvent,
    /// How the hub ends a turn. Default: `signal`.
    pub turn_end: TurnEnd,
    /// Whether the end of a turn comes once more when the next one has begun. Default: false.
    pub late_turn_end: bool,
    /// Whether the agent asks leave for a tool before there is a command of it, so that the approval alone
    /// can be decided. Default: false.
    pub approval_first: bool,
    /// How many reads see a repository not yet cloned. Default: 0.
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
    /// A status code that is none.
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
    /// A profile from JSON text; members that are left out have their defaults.
    pub fn from_json(text: &str) -> Result<Self, ProfileError> {
        serde_json::from_str::<Self>(text)?.checked()
    }

    /// This profile with the members of `change` put over it, objects member by member.
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
    fn what_people_say_of_a_profile_changes_nothing() {
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
    fn merging_changes_only_what_is_named() {
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
    fn profiles_survive_json() {
        for profile in [Profile::default(), Profile::acceptance()] {
            let text = serde_json::to_string(&profile).unwrap();
            assert_eq!(Profile::from_json(&text).unwrap(), profile);
        }
    }

    #[test]
    fn a_status_that_is_no_error_is_refused() {
        let error = Profile::from_json(r#"{"starting_status": 200}"#).unwrap_err();
        assert!(error.to_string().contains("starting_status"), "{error}");
    }
}
