//! Sources of plugins.

use serde_json::json;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind, Wait, equality};

/// Returns the kind of `azuresre_plugin_marketplace`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "plugin_marketplace",
        title: "plugin marketplace",
        about: "A plugin marketplace of an agent: a Git repository that lists plugins, which are \
                packages that add skills to the agent.",
        notes: vec![
            "The service clones the repository after the marketplace is created. `clone_status` \
             shows the progress. Set `wait_for_clone` to wait for the clone.",
            "Destroying a marketplace does not remove the plugins that are installed from it. \
             Refer to the marketplace in your `azuresre_plugin_installation` resources, so that \
             Terraform destroys them first.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the marketplace.",
            validators: vec![shared::name()],
        }),
        segment: "pluginMarketplaces",
        aliases: &["marketplaces"],
        places: vec![Place {
            posted: true,
            ..Place::data_plane("/api/v2/plugins/marketplaces", Envelope::Spec)
        }],
        nodes: vec![
            Field::string(
                "source_type",
                "/sourceType",
                "Type of the source, such as `github`.",
            )
            .default(json!("github"))
            .semantic_equality(equality::ignoring_case)
            .into(),
            Field::string(
                "source_url",
                "/sourceUrl",
                "URL of the repository, such as `https://github.com/contoso/sre-plugins`.",
            )
            .required()
            .into(),
            Field::string(
                "owner_name",
                "/owner/name",
                "Name of the owner of the marketplace.",
            )
            .into(),
            shared::description("Description of the marketplace."),
            Field::string(
                "source_format",
                "/sourceFormat",
                "Format of the plugins, such as `copilot`.",
            )
            .into(),
            Field::object(
                "credentials",
                "/credentials",
                "Credentials for a private repository.",
                vec![
                    Field::string(
                        "auth_method",
                        "/authMethod",
                        "Authentication method, such as `pat`.",
                    )
                    .default(json!("pat"))
                    .into(),
                    Field::secret("pat", "/pat", "Personal access token.").into(),
                ],
            )
            .into(),
            Field::bool(
                "wait_for_clone",
                "",
                "Whether the provider waits after a change until the service has cloned the \
                 repository.",
            )
            .default(json!(false))
            .local()
            .into(),
            Field::string("clone_status", "/cloneStatus", "Status of the clone.")
                .volatile()
                .into(),
            Field::string(
                "clone_error",
                "/cloneError",
                "Reason why the clone failed, if it failed.",
            )
            .volatile()
            .into(),
        ],
        waits: vec![Wait {
            argument: "wait_for_clone",
            what: "the clone",
            plane: None,
            at: "/cloneStatus",
            done: &["Ready"],
            failed: &["Failed"],
            reason_at: Some("/cloneError"),
        }],
        ..Kind::child()
    }
}
