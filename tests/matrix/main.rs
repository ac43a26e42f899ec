//! Every attribute, value, fault and plane, through the provider process against an emulator that
//! is slow and odd.
//!
//! `kinds` is the table of samples, `world` what the tests run in.

mod attributes;
mod drift;
mod import;
mod json;
mod kinds;
mod losses;
mod object;
mod planes;
mod reading;
mod requests;
mod secrets;
mod texts;
mod world;
