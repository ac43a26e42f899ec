//! Every attribute, value, fault and plane, through the protocol against an emulator that is slow
//! and odd.
//!
//! - [`kinds`]: tests that are made for each kind of `crates/samples`
//! - [`run`], [`world`], [`object`], [`declared`]: what the tests run in, and on, and what they go by
//! - all else: tests, most of them made for each kind and plane on the list

mod actions;
mod attributes;
mod builds;
mod claims;
mod concurrency;
mod coverage;
mod declared;
mod drift;
mod export;
mod faults;
mod generated;
mod hostile;
mod hub;
mod import;
mod incident_filter;
mod kinds;
mod listings;
mod lists;
mod losses;
mod messages;
mod moves;
mod object;
mod planes;
mod power;
mod reading;
mod refusals;
mod relocation;
mod replacement;
mod requests;
mod run;
mod secrets;
mod texts;
mod versions;
mod waiting;
mod world;

use samples::json;
