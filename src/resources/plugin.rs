//! Settings of plugins.

use tfplugin::Path;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, Shape, StoreKind};

/// Returns the kind of `azuresre_plugin`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "plugin",
        title: "plugin",
        about: "The configuration of a plugin. A plugin is a package from a Git repository that \
                adds skills to an agent; `azuresre_plugin_installation` installs it.",
        notes: vec![
            "The service publishes no schema for the configuration of plugins. The provider sends \
             `settings` unchanged, and compares and reads back only the properties that you set. \
             Properties that the service or somebody else adds do not show up in a plan.",
            "Destroying this resource removes the configuration. The plugin stays installed.",
        ],
        store: StoreKind::Named(Name {
            about: "Name of the plugin.",
            validators: vec![shared::name()],
        }),
        segment: "plugins",
        aliases: &["pluginConfigs"],
        places: vec![Place::data_plane(
            "/api/v2/extendedAgent/plugins",
            Envelope::Extended("Plugin"),
        )],
        nodes: vec![
            Field::new(
                "settings",
                Shape::PartialJson,
                "",
                "Object with the configuration of the plugin.",
            )
            .when_set("Set secret properties in `additional_properties_wo`.")
            .required_unread()
            .into(),
        ],
        checks: vec![|config, diagnostics| {
            let path = Path::from("settings");
            shared::check_settings(config.get("settings"), &[], path, diagnostics);
        }],
        ..Kind::child()
    }
}
