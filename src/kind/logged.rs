//! What of the bodies of a kind may stand in a log: members that an argument stands for which is no secret,
//! and what names an object.

use super::walk::{Descend, Part, walk};
use super::{Envelope, Kind, Place, Presence, Shape};

/// What names an object, around its document.
const NAMES: [&str; 6] = ["id", "name", "type", "metadata.name", "tags", "owner"];

impl Kind {
    /// The paths of members, with `*` for items of lists, as bodies have them at a place.
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
        // What is a secret for one choice is none of a log's business for another.
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
    fn what_arguments_say_is_shown_and_no_secret() {
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
    fn members_of_objects_and_items_of_lists_are_reached() {
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
