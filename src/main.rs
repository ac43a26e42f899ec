//! Entry point of the provider.

fn main() {}
