//! Messages as the hub streams them: in parts, which a client joins by the id of the message.

use serde_json::{Value, json};
use uuid::Uuid;

use super::record::{Approval, Message, Status};
use crate::hub;
use crate::profile::{HubEvent, Profile, TurnEnd};

/// The number of words in a part of a text.
const WORDS: usize = 4;
/// The agent's reasoning, which is short for a script.
const REASONING: &str = "I look for skills that fit, and for what I may do.";

/// A part of a message.
struct Part<'a> {
    thread: &'a str,
    message: String,
    role: &'static str,
    stream: Option<&'static str>,
    action: Option<&'static str>,
    contents: Vec<Value>,
    finish: Option<&'static str>,
}

/// Returns the call that sends `update` to clients.
pub(super) fn invocation(profile: &Profile, update: &Value) -> String {
    let event = match profile.hub_event {
        HubEvent::MessageUpdate => "MessageUpdate",
        HubEvent::LowerCase => "messageupdate",
    };
    hub::invocation(event, update)
}

/// Returns the echo of a user's message, which all listeners receive. The end of an earlier turn
/// may follow.
pub(super) fn echo(profile: &Profile, thread: &str, said: &Message, is_first: bool) -> Vec<Value> {
    let echo = Part {
        role: "user",
        action: Some("AppendUserStreamMessage"),
        contents: vec![text(said.text())],
        ..Part::of(thread, said.id().to_owned())
    };
    let mut updates = vec![echo.show()];
    if profile.late_turn_end && !is_first {
        updates.push(end(profile, thread, said));
    }
    updates
}

/// Returns an answer of the agent and the end of its turn.
pub(super) fn answer(profile: &Profile, thread: &str, answer: &Message) -> Vec<Value> {
    let narration = parts(answer.text()).into_iter().map(|part| {
        let part = Part {
            contents: vec![text(part)],
            ..Part::of(thread, answer.id().to_owned())
        };
        part.show()
    });
    let reasoning = parts(REASONING).into_iter().map(|part| {
        let part = Part {
            stream: Some("Reasoning"),
            contents: vec![text(part)],
            ..Part::of(thread, derived(answer, "reasoning"))
        };
        part.show()
    });
    let command = answer.approval.as_ref();
    let command = command.filter(|command| command.has_command());
    let command = command.map_or_else(Vec::new, |command| call(thread, answer, command));
    let mut updates: Vec<Value> = reasoning.collect();
    // A call that has run comes before its description, and a request for approval after it.
    if answer.is_pending() {
        updates.extend(narration);
        updates.extend(command);
    } else {
        updates.extend(command);
        updates.extend(narration);
    }
    updates.push(end(profile, thread, answer));
    updates
}

/// Returns the outcome of a command after its approval was decided. The answer that follows
/// describes it in words.
pub(super) fn decision(thread: &str, answer: &Message, decided: &Approval) -> Vec<Value> {
    call(thread, answer, decided)
}

/// Returns the call of a tool, the execution of its command, and its result, if there is one.
fn call(thread: &str, answer: &Message, command: &Approval) -> Vec<Value> {
    let id = derived(answer, "call");
    let part = || Part::of(thread, id.clone());
    let execution = command.show_execution().to_string();
    let function = json!({
        "$type": "functionCall",
        "callId": command.id,
        "name": command.tool,
        "arguments": { "command": command.command },
        "additionalProperties": { "userDescription": "Making changes to Azure resources..." },
    });
    let announced = Part {
        finish: Some("tool_calls"),
        ..part()
    };
    let called = Part {
        role: "tool",
        action: Some("AppendAgentToolCallMessage"),
        contents: vec![function],
        ..part()
    };
    let mut updates = vec![announced.show(), called.show()];
    updates.extend(parts(&execution).into_iter().map(|part| {
        let part = Part {
            stream: Some("AzCli"),
            contents: vec![text(part)],
            ..Part::of(thread, derived(answer, "execution"))
        };
        part.show()
    }));
    if command.status != Status::Pending {
        let result = json!({
            "$type": "functionResult",
            "callId": command.id,
            "result": command.show_execution()["output"],
        });
        let returned = Part {
            action: Some("AppendAgentToolCallResult"),
            contents: vec![result],
            ..part()
        };
        updates.push(returned.show());
    }
    updates
}

/// Returns the end of the turn that a message belongs to.
fn end(profile: &Profile, thread: &str, message: &Message) -> Value {
    let end = Part::of(thread, derived(message, "end"));
    let end = match profile.turn_end {
        TurnEnd::Signal => Part {
            action: Some("SignalProcessingComplete"),
            finish: Some("stop"),
            ..end
        },
        TurnEnd::EmptyText => Part {
            contents: vec![text("")],
            ..end
        },
    };
    end.show()
}

fn text(text: &str) -> Value {
    json!({ "$type": "text", "text": text })
}

/// Returns the id of something that belongs to a message.
fn derived(message: &Message, what: &str) -> String {
    let namespace = Uuid::parse_str(message.id()).unwrap_or(Uuid::NAMESPACE_OID);
    Uuid::new_v5(&namespace, what.as_bytes()).to_string()
}

/// Splits a text into parts that add up to it.
fn parts(text: &str) -> Vec<&str> {
    let ends: Vec<usize> = text
        .match_indices(' ')
        .map(|(space, _)| space + 1)
        .skip(WORDS - 1)
        .step_by(WORDS)
        .chain([text.len()])
        .collect();
    let mut parts = Vec::new();
    let mut from = 0;
    for end in ends {
        if end > from {
            parts.extend(text.get(from..end));
        }
        from = end;
    }
    parts
}

impl<'a> Part<'a> {
    fn of(thread: &'a str, message: String) -> Self {
        Self {
            thread,
            message,
            role: "assistant",
            stream: None,
            action: None,
            contents: Vec::new(),
            finish: None,
        }
    }

    fn show(&self) -> Value {
        json!({
            "role": self.role,
            "contents": self.contents,
            "additionalProperties": {
                "threadId": self.thread,
                "messageId": self.message,
                "streamMessageType": self.stream,
                "actionName": self.action,
            },
            "finishReason": self.finish,
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::parts;

    #[rstest]
    #[case("", 0)]
    #[case("one", 1)]
    #[case("one two three four", 1)]
    #[case("one two three four five", 2)]
    #[case("one  two\nthree four fünf ", 2)]
    fn parts_add_up_to_the_text(#[case] text: &str, #[case] count: usize) {
        let parts = parts(text);
        assert_eq!((parts.concat().as_str(), parts.len()), (text, count));
    }
}
