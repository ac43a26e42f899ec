//! Settings of plugins.

use tfplugin::Path;

use super::shared;
use crate::kind::{Envelope, Field, Kind, Name, Place, Shape, StoreKind};

/// `azuresre_plugin`.
pub(super) fn kind() -> Kind {
    Kind {
        name: "plugin",
        title: "plugin",
        about: "The configuration of a plugin of an agent.",
        notes: vec![
            "The service publishes no schema for plugins: `settings` are sent as they are. Only the \
             members given are compared and read back, so that members which the service adds, or \
             others, are no difference. Destroying it removes the configuration and leaves the plugin \
             installed.",
        ],
        store: StoreKind::Named(Name {
            about: "The name of the plugin. A change replaces its configuration.",
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
                Shape::OwnJson,
                "",
                "The configuration as an object. Secret members go into `additional_properties_wo`.",
            )
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
