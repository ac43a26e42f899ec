//! Code repositories that an agent reads.

use azure::ListShape;
use serde_json::json;
use tfplugin::schema::Validator;

use crate::kind::{Envelope, Field, Key, Kind, Place, Plane, StoreKind, Timeouts, same};

/// `azuresre_repo`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "repo",
        title: "code repository",
        about: "A code repository that an agent clones and reads.",
        notes: vec![
            "The agent needs access to the host of the repository before it can clone it. The clone is \
             made after the repository is added; `clone_status` shows how far it is.",
            "Destroying it removes the repository from the agent; the repository itself is not touched.",
        ],
        key: Key::Name {
            about: "The name under which the agent knows the repository. A change replaces it.",
            validators: vec![Validator::length(1, 128)],
        },
        segment: "repos",
        aliases: &["repositories"],
        places: vec![Place {
            plane: Plane::DataPlane,
            collection: "/api/v2/repos",
            envelope: Envelope::Extended("CodeRepo"),
            list: ListShape::Value,
            masked: &[],
        }],
        store: StoreKind::Named,
        name_at: None,
        nodes: vec![
            Field::string(
                "url",
                "/url",
                "The full URL, such as `https://github.com/contoso/shop-api`. A change replaces the \
                 repository.",
            )
            .required()
            .replace()
            .check(Validator::pattern("^https://[^\\s/]+/\\S+$", "the full URL of a repository"))
            .into(),
            Field::string("type", "/type", "`GitHub` or `AzureDevOps`.")
                .required()
                .same(same::ignoring_case)
                .check(Validator::known_values(&["GitHub", "AzureDevOps"]))
                .into(),
            Field::string("description", "/description", "What the agent should know of it.")
                .empty_means_absent(json!(""))
                .same(same::prose)
                .into(),
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
            .into(),
            Field::string("clone_status", "/cloneStatus", "How far the clone is.").volatile().into(),
            Field::string("scan_status", "/scanStatus", "How far the scan of the clone is.")
                .volatile()
                .into(),
        ],
        read_only: &["/name"],
        additional_at: "",
        checks: Vec::new(),
        timeouts: Timeouts::CHILD,
        serial: false,
    }
}
