//! Feeds `azuresre::fuzzing::archive`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| azuresre::fuzzing::archive(bytes));
