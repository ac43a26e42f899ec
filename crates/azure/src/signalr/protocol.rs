//! SignalR's hub protocol in JSON: records that end with a separator, and their contents.

use serde_json::Value;

use super::Invocation;
use crate::error::{Error, ErrorKind, Result};
use crate::json;

/// The byte that ends a record.
const SEPARATOR: u8 = 0x1e;

/// The maximum length of a record in bytes. Records may contain results of tools.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;

/// The first message of a client.
pub(super) const HANDSHAKE: &str = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
/// A message that keeps the connection alive.
pub(super) const PING: &str = "{\"type\":6}\u{1e}";

/// Received bytes that were not read as records yet.
#[derive(Debug, Default)]
pub(super) struct Records {
    received: Vec<u8>,
}

/// A message from the server after the handshake.
#[derive(Debug, PartialEq)]
pub(super) enum FromServer {
    /// The server calls a method of the client.
    Call(Invocation),
    /// The server closes the connection, with the reason if it gives one.
    Close(Option<String>),
    /// A keep-alive, or a message that only concerns clients that send.
    Nothing,
}

impl Records {
    /// Adds received bytes. The transport may split and join records. Fails if a record is too
    /// long.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<()> {
        if self.received.len().saturating_add(bytes.len()) > LONGEST {
            let reason = format!("the hub sent more than {LONGEST} bytes at once");
            return Err(Error::new(ErrorKind::TooLarge, reason));
        }
        self.received.extend_from_slice(bytes);
        Ok(())
    }

    /// Takes the next complete record.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let end = self.received.iter().position(|byte| *byte == SEPARATOR)?;
        let rest = self.received.split_off(end + 1);
        let mut record = std::mem::replace(&mut self.received, rest);
        record.truncate(end);
        Some(record)
    }
}

/// Parses the answer to a handshake. Fails if the server refused it.
pub(super) fn read_handshake(record: &[u8]) -> Result<()> {
    let answer = document(record)?;
    match answer.get("error").and_then(Value::as_str) {
        None => Ok(()),
        Some(error) => {
            let reason = format!("the hub rejected the handshake: {error}");
            Err(Error::new(ErrorKind::Rejected, reason))
        }
    }
}

/// Parses a record.
pub(super) fn read(record: &[u8]) -> Result<FromServer> {
    const INVOCATION: u64 = 1;
    const CLOSE: u64 = 7;

    let mut record = document(record)?;
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    match record.get("type").and_then(Value::as_u64) {
        Some(INVOCATION) => {
            let Some(target) = text("target") else {
                return Err(malformed("a call without a target"));
            };
            let arguments = match record.get_mut("arguments").map(Value::take) {
                Some(Value::Array(arguments)) => arguments,
                _ => Vec::new(),
            };
            Ok(FromServer::Call(Invocation { target, arguments }))
        }
        Some(CLOSE) => Ok(FromServer::Close(text("error"))),
        Some(_) => Ok(FromServer::Nothing),
        None => Err(malformed("a record without a type")),
    }
}

fn document(record: &[u8]) -> Result<Value> {
    json::read(record).map_err(|error| malformed(&error.to_string()))
}

fn malformed(what: &str) -> Error {
    let reason = format!("the hub sent data that does not follow the SignalR protocol: {what}");
    Error::new(ErrorKind::NotJson, reason)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[test]
    fn records_are_complete_however_they_are_split() {
        let sent = b"{\"type\":6}\x1e{\"type\":1}\x1e{\"ty";
        for size in 1..=sent.len() {
            let mut records = Records::default();
            let mut taken = Vec::new();
            for part in sent.chunks(size) {
                records.add(part).unwrap();
                taken.extend(std::iter::from_fn(|| records.take()));
            }
            assert_eq!(
                taken,
                [b"{\"type\":6}", b"{\"type\":1}"],
                "in parts of {size}"
            );
        }
    }

    #[test]
    fn length_of_a_record_is_limited() {
        let mut records = Records::default();
        records.add(&vec![b' '; LONGEST]).unwrap();
        assert_eq!(records.add(b" ").unwrap_err().kind(), ErrorKind::TooLarge);
    }

    #[test]
    fn calls_and_closes_are_parsed() {
        let call = json!({"type": 1, "target": "MessageUpdate", "arguments": [{"a": 1}]});
        let read = |record: &Value| read(record.to_string().as_bytes());
        let expected = Invocation {
            target: "MessageUpdate".to_owned(),
            arguments: vec![json!({"a": 1})],
        };
        assert_eq!(read(&call).unwrap(), FromServer::Call(expected));
        let close = read(&json!({"type": 7, "error": "gone"})).unwrap();
        assert_eq!(close, FromServer::Close(Some("gone".to_owned())));
        let close = read(&json!({"type": 7, "allowReconnect": true})).unwrap();
        assert_eq!(close, FromServer::Close(None));
    }

    #[rstest]
    #[case(json!({"type": 6}))]
    #[case(json!({"type": 3, "invocationId": "1", "result": null}))]
    #[case(json!({"type": 9, "sequenceId": 1}))]
    fn records_that_do_not_concern_listeners_are_ignored(#[case] record: Value) {
        let read = read(record.to_string().as_bytes());
        assert_eq!(read.unwrap(), FromServer::Nothing);
    }

    #[rstest]
    #[case("x")]
    #[case("{}")]
    #[case(r#"{"type":1}"#)]
    fn anything_else_is_an_error(#[case] record: &str) {
        let error = read(record.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotJson, "{error}");
    }

    #[test]
    fn handshake_is_accepted_or_refused() {
        assert!(read_handshake(b"{}").is_ok());
        let error = read_handshake(br#"{"error":"no such protocol"}"#).unwrap_err();
        assert!(error.to_string().contains("no such protocol"), "{error}");
    }
}
