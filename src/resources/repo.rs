//! Code repositories that an agent reads.

use serde_json::json;
use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Field, Kind, Name, Place, Plane, StoreKind, Wait};

/// `azuresre_repo`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "repo",
        title: "code repository",
        about: "A code repository that an agent clones and reads.",
        notes: vec![
            "The agent needs access to the host of the repository before it can clone it. The clone is \
             made after the repository is added; `clone_status` shows how far it is, and \
             `wait_for_clone` waits for it.",
            "Writing needs the role SRE Agent Administrator or SRE Agent Standard User. Destroying it removes the repository from the agent; the repository itself is not touched.",
        ],
        store: StoreKind::Named(Name {
            about: "The name under which the agent knows the repository. A change replaces it.",
            validators: vec![shared::name()],
        }),
        segment: "repositories",
        aliases: &["repos"],
        // On ARM it is known from templates only, and builds need not tell there how far a clone is.
        places: {
            let mut places = Place::extended("repositories", "/api/v2/repos", "CodeRepo");
            places.reverse();
            places
        },
        nodes: vec![
            Field::string(
                "url",
                "/url",
                "The full URL, such as `https://github.com/contoso/shop-api`. A change replaces the \
                 repository.",
            )
            .required()
            .replace()
            .check(Validator::pattern("^https://[^\\s/]+/\\S+$", "the full URL of a repository").of_reference())
            .into(),
            Field::string("type", "/type", "`GitHub`, `AzureDevOps` or `GitLab`.")
                .required()
                .known_values(&["GitHub", "AzureDevOps", "GitLab"])
                .into(),
            shared::description("What the agent should know of it."),
            Field::string(
                "branch",
                "/branch",
                "The branch. The service chooses if it is not given, and its choice stays when the \
                 argument is removed.",
            )
            .server_chosen()
            .into(),
            Field::string(
                "auth_connector_name",
                "/authConnectorName",
                "The connector to sign in with, for agents that still use one.",
            )
            .empty_means_absent(json!(""))
            .naming("data_connector")
            .into(),
            Field::bool(
                "wait_for_clone",
                "",
                "Whether to wait after a change until the repository is cloned. On ARM, builds of the service \
                 need not show how far a clone is, so that nothing waits there.",
            )
            .default(json!(false))
            .local()
            .into(),
            Field::string("clone_status", "/cloneStatus", "How far the clone is.").volatile().into(),
            Field::string("latest_commit", "/latestCommit", "The commit that the clone is at.")
                .volatile()
                .into(),
            Field::string("error_message", "/errorMessage", "Why the clone failed, if it did.")
                .volatile()
                .into(),
            Field::string("scan_status", "/scanStatus", "How far the scan of the clone is.")
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
