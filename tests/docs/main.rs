//! The documentation: that the pages are those of the declarations, and that what they show works.

mod drift;
mod examples;
mod pages;
mod support;
