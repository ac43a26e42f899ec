//! Every attribute, value, fault and plane, through the protocol against an emulator that is slow
//! and odd.
//!
//! - [`kinds`]: the list of kinds with their samples; a new kind is added there and nowhere else
//! - [`run`], [`world`], [`object`], [`declared`]: what the tests run in, and on, and what they go by
//! - all else: tests, most of them made for each kind and plane on the list

mod attributes;
mod claims;
mod concurrency;
mod declared;
mod drift;
mod faults;
mod hostile;
mod import;
mod incident_filter;
mod json;
mod kinds;
mod listings;
mod losses;
mod object;
mod planes;
mod reading;
mod refusals;
mod replacement;
mod requests;
mod run;
mod samples;
mod secrets;
mod texts;
mod waiting;
mod world;
