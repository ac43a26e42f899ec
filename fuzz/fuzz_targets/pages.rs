//! Feeds `azure::fuzzing::pages`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azure::fuzzing::pages(bytes));
