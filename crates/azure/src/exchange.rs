//! One request to one plane, as often as it takes.
