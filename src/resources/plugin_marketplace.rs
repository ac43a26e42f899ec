//! Where plugins come from.

use serde_json::json;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind, Wait, same};

/// `azuresre_plugin_marketplace`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "plugin_marketplace",
        title: "plugin marketplace",
        about: "A marketplace of plugins: a repository that an agent clones, and that plugins are installed \
                from.",
        notes: vec![
            "The service clones the repository after the marketplace is added; `clone_status` shows how far it \
             is, and `wait_for_clone` waits for it. Destroying a marketplace leaves what was installed from \
             it: let `azuresre_plugin_installation` refer to the marketplace, and it goes first.",
        ],
        store: StoreKind::Named(Name {
            about: "The name. A change replaces the marketplace.",
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
                "What kind of source it is, such as `github`.",
            )
            .default(json!("github"))
            .same(same::ignoring_case)
            .into(),
            Field::string(
                "source_url",
                "/sourceUrl",
                "The URL of the repository, such as `https://github.com/contoso/sre-plugins`.",
            )
            .required()
            .into(),
            Field::string(
                "owner_name",
                "/owner/name",
                "Who the marketplace belongs to.",
            )
            .into(),
            shared::description("What the marketplace has."),
            Field::string(
                "source_format",
                "/sourceFormat",
                "The format of the plugins, such as `copilot`.",
            )
            .into(),
            Field::object(
                "credentials",
                "/credentials",
                "How the agent signs in to the source, if it is private.",
                vec![
                    Field::string(
                        "auth_method",
                        "/authMethod",
                        "The way to sign in, such as `pat`.",
                    )
                    .default(json!("pat"))
                    .into(),
                    Field::secret("pat", "/pat", "The personal access token.").into(),
                ],
            )
            .into(),
            Field::bool(
                "wait_for_clone",
                "",
                "Whether to wait after a change until the repository is cloned.",
            )
            .default(json!(false))
            .local()
            .into(),
            Field::string("clone_status", "/cloneStatus", "How far the clone is.")
                .volatile()
                .into(),
            Field::string(
                "clone_error",
                "/cloneError",
                "Why the clone failed, if it did.",
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
