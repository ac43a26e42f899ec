//! Feeds `azure::fuzzing::ids`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azure::fuzzing::ids(bytes));
