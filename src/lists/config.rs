//! The `config` block of a list.

use tfplugin::schema::Validator;
use tfplugin::{Attribute, Schema};

use crate::kind::{Key, Kind};
use crate::schema::agent_id;

/// The attribute that restricts a list to names with a prefix.
pub(super) const PREFIX: &str = "name_prefix";

/// Returns the schema of the `config` block for a kind.
pub(super) fn schema(kind: &Kind) -> Schema {
    let title = kind.title;
    let mut schema = match kind.key() {
        Key::Agent => Schema::from([
            (
                "subscription_id",
                Attribute::string(
                    "ID of the subscription to list. Defaults to the `subscription_id` of the \
                     provider.",
                ),
            ),
            (
                "resource_group_name",
                Attribute::string(
                    "Name of the resource group to list. Defaults to all resource groups of the \
                     subscription.",
                ),
            ),
            (
                "name",
                Attribute::string("Name of the agent to list. Defaults to all agents."),
            ),
        ]),
        Key::Singleton => Schema::from([("agent_id", agent_id("ARM ID of the agent."))]),
        Key::Name | Key::ServerId => Schema::from([
            ("agent_id", agent_id("ARM ID of the agent.")),
            (
                PREFIX,
                Attribute::string(
                    "Beginning of the names of the objects to list. Defaults to all objects.",
                ),
            ),
        ]),
    };
    if kind.is_dual() {
        let plane = Attribute::string(
            "Plane to list. Possible values are `arm` and `data_plane`. Defaults to both planes.",
        )
        .validator(Validator::one_of(&["arm", "data_plane"], false));
        schema.attributes.insert("plane".to_owned(), plane);
    }
    schema.description = match kind.key() {
        Key::Agent => "Lists the agents of a subscription.".to_owned(),
        Key::Singleton => {
            format!(
                "Lists the {title} of an agent, unless it has none or has those of a new agent."
            )
        }
        _ if kind.is_permanent() => {
            format!("Lists every {title} of an agent that differs from its default.")
        }
        _ => format!("Lists every {title} of an agent."),
    };
    schema
}
