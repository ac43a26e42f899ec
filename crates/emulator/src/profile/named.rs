//! The built-in profiles.

use std::collections::BTreeMap;

use super::{
    Accept, Base64Bodies, Entra, ExecutionShape, HubEvent, ListShape, McpHeaders, MissingType,
    Profile, Role, SkillText, StoreModel, TaskState, Tenant, TurnEnd, UnknownMembers,
    UnknownThread, UnlistedValues, Webhook,
};

impl Default for Profile {
    fn default() -> Self {
        Self {
            comment: None,
            tenant: Tenant::Internal,
            tenant_refusal_status: 400,
            store: StoreModel::One,
            api_versions: ["2025-05-01-preview", "2026-01-01"]
                .map(str::to_owned)
                .into(),
            unknown_members: UnknownMembers::Dropped,
            unlisted_values: UnlistedValues::Stored,
            agent_age: 0,
            agent_polls: 0,
            connector_polls: 0,
            operation_seconds: 60,
            late_conflicts: 0,
            retry_after_seconds: 0,
            operation_conflicts: true,
            connector_conflicts: false,
            visibility_lag: 0,
            mask_connectors: true,
            mask_bearer_tokens: false,
            base64_bodies: Base64Bodies::Completed,
            null_lists: false,
            task_state: TaskState::Status,
            skill_text: SkillText::SkillMdContent,
            mcp_headers: McpHeaders::Kept,
            crlf: false,
            list_glitch: false,
            page_size: 0,
            requests_per_second: 0,
            starting_requests: 0,
            starting_status: 503,
            forbidden_requests: 0,
            platform_polls: 0,
            quickstart_plan: Some("quickstart_handler".to_owned()),
            role: Role::Administrator,
            empty_forbidden: false,
            webhook: Webhook::Bearer,
            accept: Accept::Any,
            lists: ListShape::Enveloped,
            missing_type: MissingType::HooksAndPrompts,
            accept_tool_type: false,
            require_handoffs: false,
            check_handoffs: true,
            workspace_mode: true,
            min_text: 50,
            strict_filters: false,
            v1_filters_405: false,
            v1_filter_conflicts: false,
            handler_conflicts: true,
            plugin_conflicts: false,
            oauth_consent: false,
            silent_drops: true,
            hook_type_immutable: true,
            index_polls: 0,
            memory_page_size: 0,
            memory_delete_405: false,
            unknown_thread: UnknownThread::Refused,
            answers: BTreeMap::new(),
            answer_polls: 0,
            hub_event: HubEvent::MessageUpdate,
            turn_end: TurnEnd::Signal,
            late_turn_end: false,
            approval_first: false,
            clone_polls: 0,
            repo_put_405: false,
            execution_shape: ExecutionShape::Nested,
            entra: Entra::default(),
        }
    }
}

impl Profile {
    /// Returns the slowest and oddest service that a client must handle.
    pub fn acceptance() -> Self {
        Self {
            unlisted_values: UnlistedValues::Refused,
            agent_polls: 2,
            connector_polls: 2,
            connector_conflicts: true,
            visibility_lag: 2,
            crlf: true,
            page_size: 2,
            starting_requests: 2,
            forbidden_requests: 2,
            platform_polls: 2,
            missing_type: MissingType::Refused,
            require_handoffs: true,
            index_polls: 2,
            memory_page_size: 2,
            answer_polls: 2,
            late_turn_end: true,
            clone_polls: 2,
            ..Self::default()
        }
    }

    /// Returns a built-in profile by name: `default` or `acceptance`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::default()),
            "acceptance" => Some(Self::acceptance()),
            _ => None,
        }
    }
}
