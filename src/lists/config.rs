//! The `config` block of a list.

use tfplugin::schema::Validator;
use tfplugin::{Attribute, Schema};

use crate::kind::{Key, Kind, agent_id};

/// The attribute that narrows a list to names with a common beginning.
pub(super) const PREFIX: &str = "name_prefix";

/// What a list of a kind is asked with.
pub(super) fn schema(kind: &Kind) -> Schema {
    let title = kind.title;
    let mut schema = match kind.key() {
        Key::Agent => Schema::from([
            (
                "subscription_id",
                Attribute::string("The subscription of the agents; the provider's by default."),
            ),
            (
                "resource_group_name",
                Attribute::string(
                    "The resource group of the agents; all of the subscription by default.",
                ),
            ),
            (
                "name",
                Attribute::string("The name of the one agent that is wanted."),
            ),
        ]),
        Key::Singleton => Schema::from([("agent_id", agent_id("The ARM id of the agent."))]),
        Key::Name | Key::ServerId => Schema::from([
            ("agent_id", agent_id("The ARM id of the agent.")),
            (
                PREFIX,
                Attribute::string(
                    "What the names of the wanted objects begin with; all by default.",
                ),
            ),
        ]),
    };
    if kind.is_dual() {
        let plane = Attribute::string("The plane to list, `arm` or `data_plane`; both by default.")
            .validator(Validator::one_of(&["arm", "data_plane"], false));
        schema.attributes.insert("plane".to_owned(), plane);
    }
    schema.description = match kind.key() {
        Key::Agent => "Lists the agents of a subscription.".to_owned(),
        Key::Singleton => {
            format!("Lists the {title} of an agent, unless they say what they say of a new agent.")
        }
        _ if kind.is_permanent() => {
            format!("Lists every {title} of an agent that is not what it is by default.")
        }
        _ => format!("Lists every {title} of an agent."),
    };
    schema
}
