//! Lists over several pages.

/// How the answer to a list request holds its items. A bare array is accepted everywhere, because
/// several builds of the service answer with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListShape {
    /// `{"value": […], "nextLink": …}`.
    Value,
    /// `{"values": […]}`.
    Values,
    /// `{"files": […], "continuationToken": …}`.
    Files,
    /// `{"data": […]}`.
    Data,
    /// `[…]`.
    Bare,
}
