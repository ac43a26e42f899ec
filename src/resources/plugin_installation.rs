//! Plugins that are installed on an agent.

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, StoreKind};

/// Returns the kind of `azuresre_plugin_installation`.
pub(super) fn kind() -> Kind {
    let part = |name, at, about| Field::string(name, at, about).required().replace();
    Kind {
        name: "plugin_installation",
        title: "plugin installation",
        about: "An installation of a plugin in an agent. A plugin is a package from a marketplace \
                that adds skills to the agent.",
        notes: vec![
            "The service creates the skills of the plugin with the installation, and removes them \
             when you destroy the installation. Do not manage these skills with `azuresre_skill`.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the installation.",
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
                "Name of the marketplace that offers the plugin.",
            )
            .naming("plugin_marketplace")
            .into(),
            part(
                "plugin",
                "/pluginName",
                "Name of the plugin in the marketplace.",
            )
            .into(),
            Field::objects(
                "imported_skills",
                "/importedSkills",
                "Skills that the plugin has added.",
                vec![
                    Field::string("name", "/skillName", "Name of the skill.")
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
