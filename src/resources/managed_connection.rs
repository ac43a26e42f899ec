//! Connections of an agent to APIs from the catalog of the service.

use tfplugin::schema::Validator;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind, equality};

/// Returns the kind of `azuresre_managed_connection`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "managed_connection",
        title: "managed connection",
        about: "A connection of an agent to an API of the catalog of managed connectors, such as \
                Jira, Slack or Microsoft Teams. `azuresre_managed_mcp_server` offers its \
                operations to the agent as tools.",
        notes: vec![
            "The data source `azuresre_managed_apis` lists the catalog. Most APIs sign in with \
             OAuth, which takes a person and a browser: the connection stays `Unauthenticated` \
             until somebody signs in in the portal.",
            "The service documents only the portal as a way to delete a connection. If it refuses \
             the request, delete the connection in the portal and remove it from the state with \
             `terraform state rm`.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the connection.",
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
                "Name of the API in the catalog, such as `jira`.",
            )
            .required()
            .replace()
            .semantic_equality(equality::ignoring_case)
            .check(Validator::not_empty())
            .into(),
            Field::string(
                "display_name",
                "/displayName",
                "Name that the portal shows.",
            )
            .when_set("If you omit this argument, the service uses `name`.")
            .server_chosen()
            .into(),
            Field::secret_map(
                "parameter_values",
                "/parameterValues",
                "Parameters of an API that does not sign in with OAuth, such as an API key, by \
                 their names in the catalog.",
            )
            .into(),
            Field::object(
                "parameter_value_set",
                "/parameterValueSet",
                "Parameters of an API that has several ways to sign in.",
                vec![
                    Field::string(
                        "name",
                        "/name",
                        "Name of the way to sign in, as in the catalog.",
                    )
                    .required()
                    .check(Validator::not_empty())
                    .into(),
                    Field::secret_map("values", "/values", "Parameters by name.").into(),
                ],
            )
            .into(),
            Field::string(
                "status",
                "/overallStatus",
                "Status of the connection: `Connected`, `Error` or `Unauthenticated`.",
            )
            .volatile()
            .into(),
        ],
        ..Kind::child()
    }
}
