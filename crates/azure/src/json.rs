//! JSON from untrusted sources, parsed within bounded memory.
//!
//! A value takes up to some hundred bytes of memory and as few as three bytes of text, so a limit
//! on the text alone is not enough.

use serde_json::Value;

/// A limit above the number of values in any document or list. Objects have some dozens.
const MAX_VALUES: usize = 500_000;

/// Why a text is not parsed as JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The text is not JSON, or is nested too deeply.
    #[error("{0}")]
    Syntax(#[from] serde_json::Error),
    /// The document would take too much memory.
    #[error("it contains more than {MAX_VALUES} values")]
    TooManyValues,
}

/// The remaining size limit, shared by all parts of a document.
#[derive(Debug)]
pub(crate) struct Room {
    bytes: usize,
    values: usize,
}

/// Parses JSON. Fails if the text is not JSON or has too many values.
pub fn read(bytes: &[u8]) -> Result<Value, JsonError> {
    if values(bytes) > MAX_VALUES {
        return Err(JsonError::TooManyValues);
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Returns an upper bound of the number of values in a text: the first, and one after each opening
/// bracket and comma.
fn values(text: &[u8]) -> usize {
    let (mut values, mut quoted, mut escaped) = (1, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' | b',' if !quoted => values += 1,
            _ => {}
        }
    }
    values
}

impl Room {
    /// Creates a limit of so many bytes of text, including the names of members.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            bytes,
            values: MAX_VALUES,
        }
    }

    /// Subtracts the size of a document. Returns `None` if the limit is exceeded.
    pub(crate) fn take(&mut self, document: &Value) -> Option<()> {
        self.values = self.values.checked_sub(1)?;
        match document {
            Value::Null | Value::Bool(_) => Some(()),
            Value::Number(number) => self.text(number.as_str()),
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().try_for_each(|item| self.take(item)),
            Value::Object(members) => members.iter().try_for_each(|(name, value)| {
                self.text(name)?;
                self.take(value)
            }),
        }
    }

    fn text(&mut self, text: &str) -> Option<()> {
        self.bytes = self.bytes.checked_sub(text.len())?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("1", 1)]
    #[case("[]", 2)]
    #[case(r#"{"a": [1, {}], "b": null}"#, 6)]
    #[case(r#""[[,,{\"[\\""#, 1)]
    fn values_are_counted_outside_of_texts(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(values(text.as_bytes()), expected);
        assert!(read(text.as_bytes()).is_ok(), "{text}");
    }

    #[test]
    fn many_small_values_are_refused() {
        let many = format!("[{}{{}}]", "{},".repeat(MAX_VALUES));
        let error = read(many.as_bytes()).unwrap_err();
        assert!(matches!(error, JsonError::TooManyValues), "{error}");
    }

    #[test]
    fn room_counts_texts_and_values_at_all_depths() {
        let document = json!({ "ab": ["c", 10, { "": true }] });
        assert_eq!(Room::new(5).take(&document), Some(()));
        assert_eq!(Room::new(4).take(&document), None);
        let mut room = Room::new(usize::MAX);
        room.values = 6;
        assert_eq!(room.take(&document), Some(()));
        assert_eq!(room.take(&json!(null)), None);
    }
}
