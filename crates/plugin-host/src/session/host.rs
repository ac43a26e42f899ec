//! The host that a session simulates.

use tfplugin6::tfplugin6::ClientCapabilities;

/// The differences between hosts, as far as a provider can observe them.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// The version that the host reports.
    pub version: String,
    /// Whether the host requests identity schemas and stores identities.
    pub identity: bool,
    /// The capabilities that it reports while it plans, or `None` if it does not send the message.
    pub plan_capabilities: Option<ClientCapabilities>,
    /// The capabilities that it reports while it applies.
    pub apply_capabilities: Option<ClientCapabilities>,
}

impl Host {
    /// Returns Terraform `1.<minor>.0`.
    pub fn terraform(minor: u32) -> Self {
        let plan_capabilities = (minor >= 9).then_some(ClientCapabilities {
            deferral_allowed: false,
            write_only_attributes_allowed: minor >= 11,
            store_planned_private: minor >= 16,
            computed_blocks_allowed: minor >= 16,
        });
        // The apply phase of every release allows deferral, and then refuses each one that was not
        // in the plan.
        let apply_capabilities = plan_capabilities.map(|plan| ClientCapabilities {
            deferral_allowed: true,
            ..plan
        });
        Self {
            version: format!("1.{minor}.0"),
            identity: minor >= 12,
            plan_capabilities,
            apply_capabilities,
        }
    }

    /// Returns OpenTofu `1.<minor>.0`, without the bug in 1.11.0 to 1.11.3.
    pub fn opentofu(minor: u32) -> Self {
        let capabilities = (minor >= 11).then(|| ClientCapabilities {
            write_only_attributes_allowed: true,
            ..ClientCapabilities::default()
        });
        Self {
            version: format!("1.{minor}.0"),
            identity: minor >= 12,
            plan_capabilities: capabilities,
            apply_capabilities: capabilities,
        }
    }

    pub(super) fn capabilities(&self, phase: Phase) -> Option<ClientCapabilities> {
        match phase {
            Phase::Plan => self.plan_capabilities,
            Phase::Apply => self.apply_capabilities,
        }
    }
}

impl Default for Host {
    /// Returns Terraform 1.15.
    fn default() -> Self {
        Self::terraform(15)
    }
}

/// The phase of the host that a call belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Plan,
    Apply,
}
