//! SignalR's hub protocol in JSON: records that end with a separator, and their contents.

use serde::Deserialize;
use serde_json::{Value, json};

/// The byte that ends a record.
pub(super) const SEPARATOR: u8 = 0x1e;

const INVOCATION: u64 = 1;
const STREAM_INVOCATION: u64 = 4;
const PING: u64 = 6;
const CLOSE: u64 = 7;

/// A message from a client after its handshake.
#[derive(Debug, PartialEq)]
pub(super) enum FromClient {
    /// The client calls a method of the hub. If there is an id, it waits for the result.
    Invocation {
        id: Option<String>,
        target: String,
        arguments: Vec<Value>,
    },
    /// The client calls a method that would return a stream.
    StreamInvocation { id: String, target: String },
    /// A keep-alive.
    Ping,
    /// The client closes the connection.
    Close,
    /// A message that only concerns streams, or an acknowledgment.
    Nothing,
}

/// Why a call of a hub method failed.
#[derive(Debug, PartialEq)]
pub(crate) enum HubError {
    /// The hub has no such method.
    UnknownMethod,
    /// The caller is not authorized.
    Unauthorized,
    /// The arguments do not match the method.
    Arguments(String),
    /// The method refuses.
    Refused(String),
}

/// Checks the first record of a connection, and returns what is wrong with it, if anything.
pub(super) fn handshake(record: &[u8]) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Handshake {
        protocol: String,
        version: u64,
    }
    let sent: Handshake = serde_json::from_slice(record).map_err(|error| {
        format!("The first message must be a handshake, {{\"protocol\", \"version\"}}: {error}.")
    })?;
    if sent.protocol != "json" {
        return Err(format!(
            "The protocol '{}' is not supported.",
            sent.protocol
        ));
    }
    if sent.version != 1 {
        let version = sent.version;
        return Err(format!(
            "The server does not support version {version} of the 'json' protocol."
        ));
    }
    Ok(())
}

/// Returns the answer to a handshake.
pub(super) fn handshake_answer(problem: Option<&str>) -> Value {
    problem.map_or_else(|| json!({}), |problem| json!({ "error": problem }))
}

/// Parses a record, or returns what is wrong with it.
pub(super) fn read(record: &[u8]) -> Result<FromClient, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Record {
        r#type: u64,
        #[serde(default)]
        invocation_id: Option<String>,
        #[serde(default)]
        target: Option<String>,
        #[serde(default)]
        arguments: Vec<Value>,
    }
    let record: Record = serde_json::from_slice(record).map_err(|error| error.to_string())?;
    let target = || {
        let target = record.target.clone();
        target.ok_or_else(|| "Missing required property 'target'.".to_owned())
    };
    Ok(match record.r#type {
        INVOCATION => FromClient::Invocation {
            target: target()?,
            id: record.invocation_id,
            arguments: record.arguments,
        },
        STREAM_INVOCATION => FromClient::StreamInvocation {
            target: target()?,
            id: record.invocation_id.unwrap_or_default(),
        },
        PING => FromClient::Ping,
        CLOSE => FromClient::Close,
        _ => FromClient::Nothing,
    })
}

/// Returns a call of a method of the clients.
pub(crate) fn invocation(target: &str, argument: &Value) -> String {
    json!({ "type": INVOCATION, "target": target, "arguments": [argument] }).to_string()
}

/// Returns the result of a call of a client.
pub(super) fn completion(id: &str, result: Result<(), String>) -> Value {
    const COMPLETION: u64 = 3;
    match result {
        Ok(()) => json!({ "type": COMPLETION, "invocationId": id, "result": null }),
        Err(error) => json!({ "type": COMPLETION, "invocationId": id, "error": error }),
    }
}

pub(super) fn ping() -> Value {
    json!({ "type": PING })
}

/// Returns a close message. Without an error, the client may reconnect.
pub(super) fn close(error: Option<&str>) -> Value {
    match error {
        Some(error) => json!({ "type": CLOSE, "error": error }),
        None => json!({ "type": CLOSE, "allowReconnect": true }),
    }
}

impl HubError {
    /// Returns the message, as ASP.NET Core words it.
    pub(super) fn about(&self, target: &str) -> String {
        match self {
            Self::UnknownMethod => format!(
                "Failed to invoke '{target}' due to an error on the server. HubException: Method \
                 does not exist."
            ),
            Self::Unauthorized => {
                format!("Failed to invoke '{target}' because user is unauthorized")
            }
            Self::Arguments(problem) => format!(
                "Failed to invoke '{target}' due to an error on the server. InvalidDataException: \
                 {problem}"
            ),
            Self::Refused(reason) => format!(
                "An unexpected error occurred invoking '{target}' on the server. HubException: \
                 {reason}"
            ),
        }
    }

    /// Returns the error for a streaming call of a method that does not stream.
    pub(super) fn no_stream(target: &str) -> String {
        format!(
            "The client attempted to invoke the non-streaming '{target}' method with a streaming \
             invocation."
        )
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::{FromClient, handshake, read};

    #[rstest]
    #[case(r#"{"protocol":"json","version":1}"#, None)]
    #[case(r#"{"protocol":"messagepack","version":1}"#, Some("'messagepack'"))]
    #[case(r#"{"protocol":"json","version":2}"#, Some("version 2"))]
    #[case(r#"{"type":6}"#, Some("handshake"))]
    fn a_handshake_names_protocol_and_version(#[case] record: &str, #[case] problem: Option<&str>) {
        match (handshake(record.as_bytes()), problem) {
            (Ok(()), None) => {}
            (Err(error), Some(problem)) => assert!(error.contains(problem), "{error}"),
            (result, _) => panic!("{result:?}"),
        }
    }

    #[test]
    fn records_are_parsed() {
        let record = json!({"type": 1, "invocationId": "7", "target": "A", "arguments": [1]});
        let invocation = FromClient::Invocation {
            id: Some("7".to_owned()),
            target: "A".to_owned(),
            arguments: vec![json!(1)],
        };
        assert_eq!(read(record.to_string().as_bytes()), Ok(invocation));
        assert_eq!(read(br#"{"type":6}"#), Ok(FromClient::Ping));
        assert_eq!(
            read(br#"{"type":9,"sequenceId":1}"#),
            Ok(FromClient::Nothing)
        );
        assert!(read(br#"{"type":1}"#).unwrap_err().contains("target"));
        assert!(read(b"x").is_err());
    }
}
