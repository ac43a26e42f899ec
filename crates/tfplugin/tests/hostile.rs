//! Bytes that announce more than they contain must not make the decoder allocate.
//!
//! This is a separate test binary, because it measures the memory of the whole process.

use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tfplugin::Type;
use tfplugin::value::decode;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The cost of a value of one byte: a [`tfplugin::Value`] and its share of a growing vector or map.
const PER_BYTE: usize = 400;
/// The cost of errors and paths.
const FIXED: usize = 16 << 10;

#[test]
fn memory_is_bounded_by_the_input() {
    let object = Type::object([
        ("a", Type::list(Type::Dynamic)),
        ("b", Type::map(Type::Number)),
    ]);
    let types = [
        Type::String,
        Type::Number,
        Type::Dynamic,
        Type::list(Type::list(Type::String)),
        Type::set(Type::String),
        Type::map(Type::Dynamic),
        Type::Tuple(vec![Type::Dynamic, Type::String]),
        object,
    ];
    let claims: Vec<Vec<u8>> = [
        "dd ff ff ff ff",
        "dc ff ff",
        "df ff ff ff ff",
        "de ff ff",
        "db ff ff ff ff",
        "d9 ff",
        "c6 ff ff ff ff",
        "c9 ff ff ff ff 00",
        "92 c6 ff ff ff ff",
        "92 db ff ff ff ff",
        "82 a1 61 dd ff ff ff ff",
        "82 a1 62 df ff ff ff ff",
    ]
    .into_iter()
    .map(|claim| {
        claim
            .split(' ')
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect()
    })
    .collect();
    let mut runner = TestRunner::deterministic();
    let random = prop::collection::vec(any::<u8>(), 0..2000);
    let repeated = (prop::sample::select(claims.clone()), 1..300_usize);
    for round in 0..400 {
        let bytes = match round {
            n if n < claims.len() => claims[n].clone(),
            n if n % 2 == 0 => random.new_tree(&mut runner).unwrap().current(),
            _ => {
                let (claim, times) = repeated.new_tree(&mut runner).unwrap().current();
                claim.repeat(times)
            }
        };
        for ty in &types {
            let before = MEMORY.current_usage();
            MEMORY.reset_peak_usage();
            drop(decode(&bytes, ty));
            let used = MEMORY.peak_usage().saturating_sub(before);
            assert!(
                used <= FIXED + PER_BYTE * bytes.len(),
                "{used} bytes of memory for {} bytes as {ty:?}",
                bytes.len()
            );
        }
    }
}
