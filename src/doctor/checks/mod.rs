//! The checks, in the order in which they run. A new check needs only a row here.

mod agent;
mod network;
mod permissions;
mod planes;
mod sign_in;

pub(super) use planes::versions;

use super::check::{Check, Seen};

/// All checks.
pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "settings",
        needs: &[],
        look: |scene| Box::pin(async { sign_in::settings(scene) }),
    },
    Check {
        name: "sign-in",
        needs: &["settings"],
        look: |scene| Box::pin(async { sign_in::method(scene) }),
    },
    Check {
        name: "proxy",
        needs: &["settings"],
        look: |scene| Box::pin(async { network::proxy(scene) }),
    },
    Check {
        name: "reach-entra",
        needs: &["settings"],
        look: |scene| Box::pin(network::entra(scene)),
    },
    Check {
        name: "reach-arm",
        needs: &["settings"],
        look: |scene| Box::pin(network::arm(scene)),
    },
    Check {
        name: "clock",
        needs: &["reach-arm"],
        look: |scene| Box::pin(async { network::clock(scene) }),
    },
    Check {
        name: "token-arm",
        needs: &["sign-in", "reach-entra"],
        look: |scene| Box::pin(sign_in::arm_token(scene)),
    },
    Check {
        name: "token-data-plane",
        needs: &["sign-in", "reach-entra"],
        look: |scene| Box::pin(sign_in::data_plane_token(scene)),
    },
    Check {
        name: "subscription",
        needs: &["reach-arm", "token-arm"],
        look: |scene| Box::pin(agent::subscription(scene)),
    },
    Check {
        name: "api-versions",
        needs: &["subscription"],
        look: |scene| Box::pin(planes::api_versions(scene)),
    },
    Check {
        name: "resource-group",
        needs: &["subscription"],
        look: |scene| Box::pin(agent::resource_group(scene)),
    },
    Check {
        name: "agent",
        needs: &["subscription"],
        look: |scene| Box::pin(agent::agent(scene)),
    },
    Check {
        name: "agent-state",
        needs: &["agent"],
        look: |scene| Box::pin(async { agent::state(scene) }),
    },
    Check {
        name: "rights-arm",
        needs: &["agent"],
        look: |scene| Box::pin(permissions::on_arm(scene)),
    },
    Check {
        name: "reach-agent",
        needs: &["agent"],
        look: |scene| Box::pin(network::agent(scene)),
    },
    Check {
        name: "data-plane",
        needs: &["agent-state", "reach-agent", "token-data-plane"],
        look: |scene| Box::pin(agent::data_plane(scene)),
    },
    Check {
        name: "rights-data-plane",
        needs: &["data-plane"],
        look: |scene| Box::pin(permissions::on_data_plane(scene)),
    },
    Check {
        name: "plane",
        needs: &["agent"],
        look: |scene| Box::pin(planes::children(scene)),
    },
];

/// Returns the result for a failed request, with advice.
fn trouble(what: &str, error: &azure::Error) -> Seen {
    use azure::ErrorKind;
    let seen = Seen::failed(format!("{what}: {error}"));
    let Some(remedy) = error.remedy() else {
        return seen;
    };
    match error.kind() {
        ErrorKind::Forbidden | ErrorKind::NotJson | ErrorKind::Network => seen.ask(remedy),
        _ => seen.remedy(remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::CHECKS;

    #[test]
    fn required_checks_run_first() {
        for (at, check) in CHECKS.iter().enumerate() {
            for needed in check.needs {
                let before = CHECKS[..at].iter().any(|other| other.name == *needed);
                assert!(before, "{} needs {needed}", check.name);
            }
        }
    }
}
