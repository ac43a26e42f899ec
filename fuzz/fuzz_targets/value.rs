//! Feeds `tfplugin::fuzzing::value`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tfplugin::fuzzing::value(bytes));
