//! Plugins that an agent has.

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind};

/// `azuresre_plugin_installation`.
pub(super) fn kind() -> Kind {
    let part = |name, at, about| Field::string(name, at, about).required().replace();
    Kind {
        name: "plugin_installation",
        title: "plugin installation",
        about: "A plugin of a marketplace that is installed in an agent.",
        notes: vec![
            "An installation brings the skills of its plugin, which are the service's: do not manage them as \
             `azuresre_skill` as well. Destroying it removes them.",
        ],
        store: StoreKind::Named(Name {
            about: "The name of the installation. A change replaces it.",
            validators: vec![shared::name()],
        }),
        segment: "pluginInstallations",
        aliases: &["installations"],
        places: vec![Place {
            posted: true,
            ..Place::data_plane("/api/v2/plugins/installations", Envelope::Spec)
        }],
        nodes: vec![
            part(
                "marketplace",
                "/marketplaceName",
                "The name of the marketplace. A change replaces the installation.",
            )
            .naming("plugin_marketplace")
            .into(),
            part(
                "plugin",
                "/pluginName",
                "The name of the plugin in the marketplace. A change replaces the installation.",
            )
            .into(),
            Field::objects(
                "imported_skills",
                "/importedSkills",
                "The skills that the plugin has brought.",
                vec![
                    Field::string("name", "/skillName", "The name of the skill.")
                        .computed()
                        .naming("skill")
                        .into(),
                ],
            )
            .volatile()
            .into(),
        ],
        ..Kind::child()
    }
}
