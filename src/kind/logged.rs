//! The members of a kind's bodies that may appear in a log: those of arguments that are not secret,
//! and those that identify the object.

use super::walk::{Descend, Part, walk};
use super::{Envelope, Kind, Place, Presence, Shape};

/// The members outside of the document that identify an object.
const NAMES: [&str; 6] = ["id", "name", "type", "metadata.name", "tags", "owner"];

impl Kind {
    /// Returns the paths of the members that may be logged in bodies at a place. `*` stands for the
    /// items of a list.
    pub fn logged_members(&self, place: &Place) -> Vec<String> {
        let (mut open, mut hidden) = (Vec::new(), Vec::new());
        walk(&self.nodes, (), |visit| {
            let dotted = |at: String| at.replace('/', ".").trim_start_matches('.').to_owned();
            match visit.part {
                Part::Field(field) => {
                    let is_secret = field.sensitive || matches!(field.presence, Presence::Secret);
                    let list = match (is_secret, &field.shape) {
                        (true, _) => &mut hidden,
                        (false, Shape::Object(_) | Shape::Objects(_)) => return Descend::Inside,
                        (false, _) => &mut open,
                    };
                    list.extend(visit.pointers().into_iter().map(dotted));
                    Descend::Past
                }
                Part::Choice(choice) => {
                    open.push(dotted(visit.pointer(&choice.tag)));
                    Descend::Inside
                }
                Part::Variant(_) => Descend::Inside,
            }
        });
        // A member that is secret in one choice is never logged, even if it is not secret in
        // another.
        let is_hidden = |path: &String| {
            let mut hidden = hidden.iter();
            hidden.any(|hidden| path == hidden || path.starts_with(&format!("{hidden}.")))
        };
        open.retain(|path| !is_hidden(path));
        let bases: &[&str] = match place.envelope {
            Envelope::Bare => &[""],
            Envelope::Flattened => &["", "properties."],
            Envelope::Properties | Envelope::Extended(_) | Envelope::ExtendedBy(_) => {
                &["properties."]
            }
            Envelope::Base64 => &["properties.value."],
            Envelope::Spec => &["spec.", "properties."],
        };
        let names = NAMES.iter().map(|name| (*name).to_owned());
        let members = bases
            .iter()
            .flat_map(|base| open.iter().map(move |path| format!("{base}{path}")));
        names.chain(members).collect()
    }
}

#[cfg(test)]
mod tests {
    use azure::redaction::LogFields;
    use serde_json::{Value as Json, json};

    use crate::kind::{Kind, Plane};
    use crate::resources::kinds;

    fn shown(name: &str, plane: Plane, body: &Json) -> Json {
        let kinds = kinds();
        let kind: &Kind = kinds.iter().find(|kind| kind.name == name).expect(name);
        let place = kind.places.iter().find(|place| place.plane == plane);
        LogFields::new(kind.logged_members(place.expect("a place"))).redact(body)
    }

    #[test]
    fn arguments_are_logged_without_secrets() {
        let body = json!({
            "name": "tickets", "type": "DataConnector",
            "properties": {
                "dataConnectorType": "Mcp", "dataSource": "https://a?sig=x",
                "extendedProperties": { "endpoint": "https://mcp", "bearerToken": "hush" },
            },
        });
        let shown = shown("data_connector", Plane::DataPlane, &body);
        assert_eq!(shown["name"], "tickets");
        assert_eq!(shown["properties"]["dataConnectorType"], "Mcp");
        let text = shown.to_string();
        assert!(!text.contains("hush") && !text.contains("sig="), "{text}");
    }

    #[test]
    fn nested_members_and_list_items_are_logged() {
        let body = json!({ "properties": {
            "actionConfiguration": { "mode": "Review", "other": "x" },
            "logConfiguration": { "applicationInsightsConfiguration": { "appId": "1", "connectionString": "hush" } },
        } });
        let shown = shown("agent", Plane::Arm, &body);
        let members = &shown["properties"];
        assert_eq!(members["actionConfiguration"]["mode"], "Review");
        assert_eq!(
            members["actionConfiguration"]["other"],
            "<redacted 3 bytes>"
        );
        let insights = &members["logConfiguration"]["applicationInsightsConfiguration"];
        assert_eq!(insights["appId"], "1");
        assert_eq!(insights["connectionString"], "<redacted 6 bytes>");
    }
}
