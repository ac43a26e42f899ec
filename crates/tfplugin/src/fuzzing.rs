//! Entry points for fuzzing, and tests with the corpus that it found.

use serde_json::Value as Json;

use crate::value::{self, Surplus, Type};

/// Decodes bytes as a value of a type that the first byte selects. A decoded value must round-trip
/// in both codecs.
///
/// # Panics
/// Panics if it does not.
pub fn value(bytes: &[u8]) {
    let Some((pick, bytes)) = bytes.split_first() else {
        return;
    };
    let types = types();
    let ty = &types[usize::from(*pick) % types.len()];
    if let Ok(read) = value::decode(bytes, ty) {
        let written = value::encode(&read, ty).unwrap_or_else(|error| {
            panic!("{read:?} of {ty:?} was read and cannot be written: {error}")
        });
        assert_eq!(value::decode(&written, ty).as_ref(), Ok(&read));
        if let Ok(json) = value::to_json(&read, ty) {
            assert_eq!(
                value::from_json(&json, ty, Surplus::Refuse).as_ref(),
                Ok(&read)
            );
        }
    }
    if let Ok(json) = serde_json::from_slice::<Json>(bytes) {
        // Anything may be refused, but nothing may panic.
        drop(value::from_json(&json, ty, Surplus::Ignore));
        drop(Type::from_json(&json));
    }
}

fn types() -> Vec<Type> {
    let object = Type::object([
        ("name", Type::String),
        ("size", Type::Number),
        ("more", Type::Dynamic),
        ("tags", Type::map(Type::String)),
        ("items", Type::list(Type::object([("on", Type::Bool)]))),
        ("names", Type::set(Type::String)),
    ]);
    vec![
        Type::String,
        Type::Number,
        Type::Bool,
        Type::Dynamic,
        Type::list(Type::Number),
        Type::set(Type::Dynamic),
        Type::map(Type::Dynamic),
        Type::Tuple(vec![Type::String, Type::Dynamic]),
        object,
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_input_of_the_corpus_is_decoded_or_refused() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/value");
        let mut inputs = 0;
        for entry in std::fs::read_dir(corpus).unwrap() {
            super::value(&std::fs::read(entry.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "{corpus} is empty");
    }
}
