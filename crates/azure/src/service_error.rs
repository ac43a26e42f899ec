//! The error documents of the service.
