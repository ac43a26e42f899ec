//! Changes that others make to a document.

use serde_json::{Value as Json, json};

use super::generate::{Tape, free};
use crate::document::pointer;
use crate::kind::walk::{Descend, Part, walk};
use crate::kind::{ENVELOPE, Field, Kind, Node, Place, Presence, Shape};

/// The prefix of members that the declaration does not have.
pub(super) const FOREIGN: &str = "ofOthers";

/// Adds unknown members at every depth, removes members of arguments, and changes their spelling.
pub(super) fn change(kind: &Kind, place: &Place, document: &mut Json, tape: &mut Tape) {
    let others = Others {
        masked: place.masked,
    };
    others.nodes(&kind.nodes, document, "", tape);
    others.objects(&kind.nodes, document, "", tape);
    // Members are also added around the document, if it has an envelope.
    if place.envelope != crate::kind::Envelope::Bare && tape.one_in(2) {
        document[ENVELOPE][format!("{FOREIGN}0")] = json!({ "n": tape.of(3) });
    }
}

struct Others {
    masked: &'static [&'static str],
}

impl Others {
    /// Adds unknown members to an object and the objects in it, except where they are masked and
    /// could not be sent back.
    fn objects(&self, nodes: &[Node], json: &mut Json, at: &str, tape: &mut Tape) {
        if self.masked.iter().any(|masked| at.starts_with(masked)) || is_of_values(nodes, at) {
            return;
        }
        match json {
            Json::Object(members) => {
                for (name, member) in members.iter_mut() {
                    if name != ENVELOPE {
                        self.objects(nodes, member, &format!("{at}/{name}"), tape);
                    }
                }
                if tape.one_in(3) {
                    let name = format!("{FOREIGN}{}", tape.of(2));
                    members.insert(name, free("theirs", tape));
                }
            }
            Json::Array(items) => {
                for item in items {
                    self.objects(nodes, item, &format!("{at}/*"), tape);
                }
            }
            _ => {}
        }
    }

    /// Changes members of arguments.
    fn nodes(&self, nodes: &[Node], json: &mut Json, at: &str, tape: &mut Tape) {
        for node in nodes {
            match node {
                Node::Field(field) => self.field(field, json, at, tape),
                Node::OneOf(one_of) => {
                    for variant in &one_of.variants {
                        self.nodes(&variant.nodes, json, at, tape);
                    }
                }
            }
        }
    }

    fn field(&self, field: &Field, json: &mut Json, base: &str, tape: &mut Tape) {
        // A field with several places is read from the first. Others never change only one of them.
        let [at] = field.pointers() else { return };
        let path = format!("{base}{at}");
        let is_hidden = self.masked.iter().any(|masked| path.starts_with(masked));
        let is_key = field.replace || matches!(field.presence, Presence::Secret);
        let Some(found) = json.pointer_mut(at) else {
            return;
        };
        if is_hidden || is_key || found.is_null() {
            return;
        }
        match &field.shape {
            Shape::Object(nodes) => self.nodes(nodes, found, &path, tape),
            Shape::Objects(nodes) => {
                for item in found.as_array_mut().into_iter().flatten() {
                    self.nodes(nodes, item, &path, tape);
                }
            }
            Shape::PartialJson => {}
            _ if tape.one_in(8) && may_go(field) => *found = Json::Null,
            _ => respell(field, found, tape),
        }
    }
}

/// Returns whether others can remove the field without replacing the object.
fn may_go(field: &Field) -> bool {
    matches!(
        field.presence,
        Presence::Absent { .. } | Presence::Default(_)
    ) && field.read_pointer() != Some("/identity")
}

fn respell(field: &Field, json: &mut Json, tape: &mut Tape) {
    match json {
        Json::String(text) if tape.one_in(3) => {
            let other = match field.prose {
                // The text may also change in content.
                true if tape.one_in(2) => {
                    *text = format!(
                        "More\r\n{}",
                        text.replace("\r\n", "\n").replace('\n', "\r\n")
                    );
                    return;
                }
                true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
                false => text.to_uppercase(),
            };
            if field.is_equivalent(&text.as_str().into(), &other.as_str().into()) {
                *text = other;
            }
        }
        Json::Array(items) => {
            items.iter_mut().for_each(|item| respell(field, item, tape));
            if tape.one_in(3) {
                items.pop();
            }
        }
        _ => {}
    }
}

/// Returns whether the members at a place are values of an argument, so that a new member is a
/// change of it.
fn is_of_values(nodes: &[Node], at: &str) -> bool {
    let mut found = false;
    walk(nodes, (), |visit| {
        if let Part::Field(field) = visit.part {
            let is_map = matches!(
                field.shape,
                Shape::StringMap { .. } | Shape::ObjectKeys | Shape::Json
            );
            let mut own = field.pointers().iter().map(|own| visit.pointer(own));
            found |= is_map && own.any(|own| pointer::is_within(at, &own));
        }
        Descend::Inside
    });
    found
}
