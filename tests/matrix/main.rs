//! Every attribute, value, failure and plane, through the protocol and with an emulator that has
//! all delays and oddities.
//!
//! - [`kinds`]: macros that generate tests for each kind of `crates/samples`
//! - [`run`], [`world`], [`object`], [`declared`]: the environment and helpers of the tests
//! - everything else: tests, most of which are generated for each kind and plane

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
mod servicenow_indexing;
mod texts;
mod versions;
mod waiting;
mod world;

use samples::json;
