//! Code repositories that an agent can read.

use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Field, Kind, Name, Place, Plane, StoreKind, Wait};

/// Returns the kind of `azuresre_repo`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "repo",
        title: "code repository",
        about: "A code repository that an agent clones and reads.",
        notes: vec![
            "The agent must have access to the host of the repository before it can clone the \
             repository. The service clones the repository after you create this resource. \
             `clone_status` shows the progress. Set `wait_for_clone` to wait for the clone.",
            "To create, update or delete this resource, you need the SRE Agent Administrator or \
             SRE Agent Standard User role. Destroying it removes the repository from the agent and \
             does not change the repository itself.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the repository in the agent.",
            validators: vec![shared::name()],
        }),
        segment: "repositories",
        aliases: &["repos"],
        // The data plane is preferred. The type on ARM is known only from templates, and builds may
        // not report the progress of a clone there.
        places: {
            let mut places = Place::extended("repositories", "/api/v2/repos", "CodeRepo");
            places.reverse();
            places
        },
        nodes: vec![
            Field::string(
                "url",
                "/url",
                "URL of the repository, such as `https://github.com/contoso/shop-api`.",
            )
            .required()
            .replace()
            .check(
                Validator::pattern("^https://[^\\s/]+/\\S+$", "an `https://` URL with a path")
                    .of_reference(),
            )
            .into(),
            Field::string(
                "type",
                "/type",
                "Type of the repository host. Known values are `GitHub`, `AzureDevOps` and \
                 `GitLab`.",
            )
            .required()
            .known_values(&["GitHub", "AzureDevOps", "GitLab"])
            .into(),
            shared::description("Description of the repository for the agent."),
            Field::string("branch", "/branch", "Branch to clone.")
                .server_chosen()
                .into(),
            Field::string(
                "auth_connector_name",
                "/authConnectorName",
                "Name of the data connector that signs in to the repository host. Only older \
                 agents use one.",
            )
            .empty_means_absent(json!(""))
            .naming("data_connector")
            .into(),
            Field::bool(
                "wait_for_clone",
                "",
                "Whether the provider waits after a change until the service has cloned the \
                 repository. The provider does not wait on ARM, where some builds of the service \
                 do not show the status of the clone.",
            )
            .default(json!(false))
            .local()
            .into(),
            Field::string("clone_status", "/cloneStatus", "Status of the clone.")
                .volatile()
                .into(),
            Field::string(
                "latest_commit",
                "/latestCommit",
                "Latest commit of the clone.",
            )
            .volatile()
            .into(),
            Field::string(
                "error_message",
                "/errorMessage",
                "Reason why the clone failed, if it failed.",
            )
            .volatile()
            .into(),
            Field::string(
                "scan_status",
                "/scanStatus",
                "Status of the scan of the clone.",
            )
            .volatile()
            .into(),
        ],
        read_only: &["/name"],
        waits: vec![Wait {
            argument: "wait_for_clone",
            what: "the clone",
            plane: Some(Plane::DataPlane),
            at: "/cloneStatus",
            done: &["Ready", "Succeeded", "Cloned", "Completed"],
            failed: &["Failed", "Error", "Canceled"],
            reason_at: Some("/errorMessage"),
        }],
        ..Kind::child()
    }
}
