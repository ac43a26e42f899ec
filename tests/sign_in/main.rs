//! Every way of signing in, through the provider process against the emulator's Entra ID.
//!
//! `scene` starts emulator and provider, `methods` signs in, `failures` does not, `hosts` asks where
//! tokens go, and `tokens` gives them to configurations.

mod failures;
mod hosts;
mod methods;
mod scene;
mod tokens;
