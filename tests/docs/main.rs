//! The documentation: the pages match the declarations, and what they show works.

mod drift;
mod examples;
mod pages;
mod support;
