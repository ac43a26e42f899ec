//! Connections of an agent to the APIs of the service's catalogue.

use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind, same};

/// `azuresre_managed_connection`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "managed_connection",
        title: "managed connection",
        about: "A connection of an agent to an API of the catalogue of managed connectors, such as Jira, Slack or \
                Microsoft Teams. `azuresre_managed_mcp_server` offers its operations to the agent as tools.",
        notes: vec![
            "The data source `azuresre_managed_apis` lists the catalogue. Most of its APIs sign in by OAuth, which \
             takes a person and a browser: the connection is `Unauthenticated` until somebody has signed in in the \
             portal, and stays the same object when they do.",
            "The service documents no way to delete a connection but the portal. If it refuses, the error says so; \
             delete the connection there and remove it from the state with `terraform state rm`.",
        ],
        store: StoreKind::Named(Name {
            about: "The name. Changing this forces a new connection to be created.",
            validators: vec![shared::name()],
        }),
        segment: "managedConnections",
        aliases: &["connections"],
        places: vec![Place::data_plane(
            "/api/v2/connectorV2/connections",
            Envelope::Flattened,
        )],
        nodes: vec![
            Field::string(
                "api_name",
                "/connectorName",
                "The name of the API in the catalogue, such as `jira`.",
            )
            .required()
            .replace()
            .same(same::ignoring_case)
            .check(Validator::not_empty())
            .into(),
            Field::string(
                "display_name",
                "/displayName",
                "The name that the portal shows. The service takes `name` if it is not given, and its choice stays \
                 when the argument is removed.",
            )
            .server_chosen()
            .into(),
            Field::secret_map(
                "parameter_values",
                "/parameterValues",
                "The parameters of an API that does not sign in by OAuth, such as an API key, by their names in the \
                 catalogue.",
            )
            .into(),
            Field::object(
                "parameter_value_set",
                "/parameterValueSet",
                "The parameters of an API that has several ways to sign in.",
                vec![
                    Field::string(
                        "name",
                        "/name",
                        "The name of the way to sign in, as the catalogue calls it.",
                    )
                    .required()
                    .check(Validator::not_empty())
                    .into(),
                    Field::secret_map("values", "/values", "The parameters by name.").into(),
                ],
            )
            .into(),
            Field::string(
                "status",
                "/overallStatus",
                "The status of the connection: `Connected`, `Error` or `Unauthenticated`.",
            )
            .volatile()
            .into(),
        ],
        ..Kind::child()
    }
}
