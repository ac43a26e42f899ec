//! What fuzzing feeds with bytes, and tests with the bytes that it found.

use std::io::Write as _;
use std::sync::{Arc, LazyLock};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value as Json;
use tfplugin::Value;

use crate::document::{self, Absence, Inputs};
use crate::kind::{ENVELOPE, Envelope, Kind, Plane};
use crate::resources;
use crate::stores::archive;

static KINDS: LazyLock<Vec<Arc<Kind>>> = LazyLock::new(resources::kinds);

/// Reads bytes as the body of every kind of object. What can be read must be writable again, and
/// a document must come out of its envelope as it went in.
///
/// # Panics
/// When it does not.
pub fn envelope(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Json>(bytes) else {
        return;
    };
    for kind in KINDS.iter() {
        for place in [Plane::Arm, Plane::DataPlane]
            .iter()
            .filter_map(|plane| kind.place(*plane))
        {
            let Ok(document) = place.envelope.unwrap(body.clone()) else {
                continue;
            };
            let again = |document: &Json| {
                let body = place.envelope.wrap("name", document.clone());
                place.envelope.unwrap(body)
            };
            // An envelope gets empty tags, or loses them on ARM. What is sent flat is shown by the service in
            // another form than it is sent.
            if place.envelope == Envelope::Flattened {
                continue;
            }
            let once = again(&document);
            assert_eq!(once.as_ref().map(again), Ok(once.clone()));
            let alone = |document: &Json| {
                let mut document = document.clone();
                if let Some(members) = document.as_object_mut() {
                    members.remove(ENVELOPE);
                }
                document
            };
            assert_eq!(once.as_ref().map(alone), Ok(alone(&document)));
            let Ok(state) = document::read(kind, place, &document, &Value::Null, Absence::Shown)
            else {
                continue;
            };
            let inputs = Inputs {
                planned: &state,
                config: &Value::Null,
                prior: &Value::Null,
            };
            let mut written = document.clone();
            document::write(kind, place, &mut written, inputs);
            assert!(written.is_object());
        }
    }
}

/// Reads bytes as an archive of texts, which is compressed here: hardly any bytes are a valid gzip.
///
/// # Panics
/// When more comes out than may.
pub fn archive(bytes: &[u8]) {
    const MOST: u64 = 64 * 1024;

    drop(archive::unpack(bytes, MOST));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    if gzip.write_all(bytes).is_err() {
        return;
    }
    let Ok(packed) = gzip.finish() else { return };
    if let Ok(files) = archive::unpack(&packed, MOST) {
        let sizes = files.values().filter_map(Json::as_str).map(str::len);
        assert!(sizes.sum::<usize>() <= bytes.len());
    }
}

#[cfg(test)]
mod tests {
    fn replay(target: &str, work: fn(&[u8])) {
        let corpus = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
        let mut inputs = 0;
        for entry in std::fs::read_dir(&corpus).unwrap() {
            work(&std::fs::read(entry.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "{corpus} is empty");
    }

    #[test]
    fn every_body_of_the_corpus_is_read_or_refused() {
        replay("envelope", super::envelope);
    }

    #[test]
    fn every_archive_of_the_corpus_is_read_or_refused() {
        replay("archive", super::archive);
    }
}
