//! Feeds `azure::fuzzing::operation`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azure::fuzzing::operation(bytes));
