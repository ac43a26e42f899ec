//! What fuzzing feeds with bytes, and tests with the bytes that it found.

use serde_json::Value as Json;
use tfplugin::Value;

use crate::document::{self, Absence, Inputs};
use crate::kind::Plane;
use crate::resources;

/// Reads bytes as the body of every kind of object. What can be read must be writable again, and
/// a document must come out of its envelope as it went in.
///
/// # Panics
/// When it does not.
pub fn envelope(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Json>(bytes) else {
        return;
    };
    for kind in resources::kinds() {
        for place in [Plane::Arm, Plane::DataPlane]
            .iter()
            .filter_map(|plane| kind.place(*plane))
        {
            let Ok(document) = place.envelope.unwrap(body.clone()) else {
                continue;
            };
            let again = place.envelope.wrap("name", document.clone());
            assert_eq!(place.envelope.unwrap(again).as_ref(), Ok(&document));
            let Ok(state) = document::read(&kind, place, &document, &Value::Null, Absence::Shown)
            else {
                continue;
            };
            let inputs = Inputs {
                planned: &state,
                config: &Value::Null,
                prior: &Value::Null,
            };
            let mut written = document.clone();
            document::write(&kind, place, &mut written, inputs);
            assert!(written.is_object());
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_body_of_the_corpus_is_read_or_refused() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/envelope");
        let mut inputs = 0;
        for entry in std::fs::read_dir(corpus).unwrap() {
            super::envelope(&std::fs::read(entry.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "{corpus} is empty");
    }
}
