//! Feeds `azuresre::fuzzing::envelope`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azuresre::fuzzing::envelope(bytes));
