//! Every method to sign in, through the provider process and with the emulator's Entra ID.
//!
//! `fixture` starts emulator and provider, `methods` covers successful sign-ins, `failures` covers
//! errors, `hosts` covers the receivers of tokens, and `tokens` covers tokens for configurations.

mod failures;
mod fixture;
mod hosts;
mod methods;
mod tokens;
