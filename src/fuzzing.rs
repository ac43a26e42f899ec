//! Functions that fuzz targets call with arbitrary bytes, and tests that replay their corpus.

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

/// Reads bytes as the body of every kind of object. Documents that can be read must also be
/// writable, and must round-trip through their envelope.
///
/// # Panics
/// Panics if they do not.
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
            // An envelope adds empty tags, or loses its tags on ARM. Flattened documents are
            // excluded, because the service returns them in another form than it
            // receives.
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

/// Reads bytes as an archive of texts. The bytes are also compressed here, because arbitrary bytes
/// are rarely valid gzip.
///
/// # Panics
/// Panics if the result exceeds the size limit.
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
    fn every_body_of_the_corpus_is_accepted_or_rejected() {
        replay("envelope", super::envelope);
    }

    #[test]
    fn every_archive_of_the_corpus_is_accepted_or_rejected() {
        replay("archive", super::archive);
    }
}
