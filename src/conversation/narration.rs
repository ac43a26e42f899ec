//! The text of the agent while it works, as lines for the user. It comes from parts of messages
//! that the hub sends, and from complete messages that are read.

use std::collections::{HashMap, HashSet};

use azure::Invocation;
use serde_json::Value as Json;

use super::Message;

/// The method of the hub that reports messages.
const UPDATE: &str = "MessageUpdate";
/// The end of a turn on newer builds.
const COMPLETE: &str = "SignalProcessingComplete";

/// The text in a thread.
#[derive(Debug)]
pub(super) struct Narration {
    thread: String,
    /// The texts of messages by id, each with the length that was already added to the lines.
    texts: HashMap<String, (String, usize)>,
    /// The id of the message in progress.
    current: Option<String>,
    /// The tool calls that were already reported.
    tools: HashSet<String>,
    /// The lines that were not taken yet.
    lines: String,
}

/// The meaning of a call of the hub.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The call does not concern this thread.
    Nothing,
    /// The agent continues its work.
    Goes,
    /// The thread has changed and must be read. The turn may have ended, or the agent may wait for
    /// approval.
    Turns,
}

impl Narration {
    pub(super) fn of(thread: &str) -> Self {
        Self {
            thread: thread.to_owned(),
            texts: HashMap::new(),
            current: None,
            tools: HashSet::new(),
            lines: String::new(),
        }
    }

    /// Processes a call of the hub, which reports on all threads.
    pub(super) fn hear(&mut self, call: &Invocation) -> Heard {
        let Some(update) = call.arguments.first().filter(|_| call.is(UPDATE)) else {
            return Heard::Nothing;
        };
        let text_of = |at: &str| update.pointer(at).and_then(Json::as_str);
        let about = |name: &str| text_of(&format!("/additionalProperties/{name}"));
        if about("threadId") != Some(self.thread.as_str()) {
            return Heard::Nothing;
        }
        if about("actionName") == Some(COMPLETE) {
            self.end();
            return Heard::Turns;
        }
        let contents = update.get("contents").and_then(Json::as_array);
        for content in contents.into_iter().flatten() {
            self.note_tool(content);
        }
        // Messages of the user are echoed.
        if text_of("/role") != Some("assistant") {
            return Heard::Goes;
        }
        let texts = contents.into_iter().flatten();
        let texts = texts.filter_map(|content| content.get("text")?.as_str());
        let text: String = texts.collect();
        match (about("streamMessageType"), about("messageId")) {
            (None, Some(message)) if !text.is_empty() => {
                self.say(message, &text);
                Heard::Goes
            }
            // Older builds end a turn with an empty text. The text before a tool call is marked as
            // such.
            (None, _) if text_of("/finishReason") != Some("tool_calls") => {
                self.end();
                Heard::Turns
            }
            // The command may be waiting for approval.
            (Some("AzCli"), _) => Heard::Turns,
            _ => Heard::Goes,
        }
    }

    /// Adds a line of the provider itself.
    pub(super) fn note(&mut self, line: &str) {
        self.end();
        self.lines.push_str(line);
        self.lines.push('\n');
    }

    /// Adds a message that was read, unless the hub already reported it.
    pub(super) fn read(&mut self, message: &Message) {
        let heard = |(text, _): &(String, usize)| text.trim() == message.text().trim();
        if self.texts.contains_key(message.id()) || self.texts.values().any(heard) {
            return;
        }
        self.say(message.id(), message.text());
        self.end();
    }

    /// Takes complete lines, up to a number of characters.
    pub(super) fn take(&mut self, most: usize) -> Option<String> {
        let lines = std::mem::take(&mut self.lines);
        let end = lines.char_indices().nth(most).map(|(at, _)| at);
        let (taken, rest) = match end {
            Some(end) => {
                // Long text is split between words if possible.
                let (head, _) = lines.split_at(end);
                let space = head.rfind(char::is_whitespace).filter(|at| *at > 0);
                lines.split_at(space.unwrap_or(end))
            }
            None => (lines.as_str(), ""),
        };
        self.lines = rest.trim_start().to_owned();
        let taken = taken.trim();
        (!taken.is_empty()).then(|| taken.to_owned())
    }

    /// Returns whether there are lines to take.
    pub(super) fn has_lines(&self) -> bool {
        !self.lines.trim().is_empty()
    }

    fn say(&mut self, message: &str, text: &str) {
        if self.current.as_deref() != Some(message) {
            self.end();
            self.current = Some(message.to_owned());
        }
        let (said, taken) = self.texts.entry(message.to_owned()).or_default();
        said.push_str(text);
        if let Some(end) = said.rfind('\n').filter(|end| *end > *taken) {
            self.lines
                .push_str(said.get(*taken..end).unwrap_or_default());
            self.lines.push('\n');
            *taken = end;
        }
    }

    /// Ends the current message, including its last line.
    pub(super) fn end(&mut self) {
        let current = self.current.take();
        if let Some((said, taken)) = current.and_then(|current| self.texts.get_mut(&current)) {
            self.lines.push_str(said.get(*taken..).unwrap_or_default());
            self.lines.push('\n');
            *taken = said.len();
        }
    }

    /// Adds a line for a tool call, with the service's description for users.
    fn note_tool(&mut self, content: &Json) {
        if content.get("$type").and_then(Json::as_str) != Some("functionCall") {
            return;
        }
        let text_of = |at: &str| content.pointer(at).and_then(Json::as_str);
        let told = text_of("/additionalProperties/userDescription").or_else(|| text_of("/name"));
        let id = text_of("/callId").or(told).unwrap_or_default().to_owned();
        if let Some(told) = told
            && self.tools.insert(id)
        {
            self.note(told);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn update(message: &str, text: &str) -> Json {
        json!({
            "role": "assistant",
            "contents": [{ "$type": "text", "text": text }],
            "additionalProperties": {
                "threadId": "t",
                "messageId": message,
                "streamMessageType": null,
                "actionName": null,
            },
            "finishReason": null,
        })
    }

    fn call(update: Json) -> Invocation {
        Invocation {
            target: "messageupdate".to_owned(),
            arguments: vec![update],
        }
    }

    #[test]
    fn parts_are_joined_to_lines() {
        let mut narration = Narration::of("t");
        for part in ["I look at ", "the locks.\nThere", " are none"] {
            assert_eq!(narration.hear(&call(update("1", part))), Heard::Goes);
        }
        assert_eq!(narration.take(500).as_deref(), Some("I look at the locks."));
        assert_eq!(narration.take(500), None);
        narration.hear(&call(update("1", ".")));
        let mut end = update("2", "");
        end["additionalProperties"]["actionName"] = json!("SignalProcessingComplete");
        assert_eq!(narration.hear(&call(end)), Heard::Turns);
        assert_eq!(narration.take(500).as_deref(), Some("There are none."));
    }

    #[test]
    fn new_message_ends_the_previous_one() {
        let mut narration = Narration::of("t");
        narration.hear(&call(update("1", "One.")));
        assert!(!narration.has_lines());
        narration.hear(&call(update("2", "Two.")));
        assert_eq!(narration.take(500).as_deref(), Some("One."));
    }

    #[test]
    fn empty_text_ends_the_turn_on_older_builds_except_before_a_tool() {
        let mut narration = Narration::of("t");
        narration.hear(&call(update("1", "One.")));
        let mut before_a_tool = update("2", "");
        before_a_tool["finishReason"] = json!("tool_calls");
        assert_eq!(narration.hear(&call(before_a_tool)), Heard::Goes);
        assert_eq!(narration.hear(&call(update("2", ""))), Heard::Turns);
        assert_eq!(narration.take(500).as_deref(), Some("One."));
    }

    #[test]
    fn other_threads_echoes_and_reasoning_are_ignored() {
        let mut narration = Narration::of("t");
        let mut other = update("1", "a\n");
        other["additionalProperties"]["threadId"] = json!("u");
        let mut echo = update("1", "b\n");
        echo["role"] = json!("user");
        let mut thought = update("1", "c\n");
        thought["additionalProperties"]["streamMessageType"] = json!("Reasoning");
        let mut command = update("1", "{\"id\"");
        command["additionalProperties"]["streamMessageType"] = json!("AzCli");
        assert_eq!(narration.hear(&call(other)), Heard::Nothing);
        assert_eq!(narration.hear(&call(echo)), Heard::Goes);
        assert_eq!(narration.hear(&call(thought)), Heard::Goes);
        assert_eq!(narration.hear(&call(command)), Heard::Turns);
        assert_eq!(narration.take(500), None);
    }

    #[test]
    fn tool_call_is_reported_once() {
        let mut narration = Narration::of("t");
        let content = json!({
            "$type": "functionCall",
            "callId": "1",
            "name": "RunAzCli",
            "additionalProperties": { "userDescription": "Making changes..." },
        });
        for _ in 0..2 {
            let mut tool = update("1", "");
            tool["role"] = json!("tool");
            tool["contents"] = json!([content]);
            assert_eq!(narration.hear(&call(tool)), Heard::Goes);
        }
        assert_eq!(narration.take(500).as_deref(), Some("Making changes..."));
    }

    #[test]
    fn reported_message_is_not_added_again() {
        let message = |id: &str, text: &str| Message(json!({ "id": id, "text": text }));
        let mut narration = Narration::of("t");
        narration.hear(&call(update("1", "One.")));
        narration.read(&message("1", "One."));
        narration.read(&message("other-id", "One.\n"));
        narration.read(&message("2", "Two."));
        assert_eq!(narration.take(500).as_deref(), Some("One.\nTwo."));
    }

    #[test]
    fn long_texts_are_split_between_words() {
        let mut narration = Narration::of("t");
        narration.hear(&call(update("1", "eins zwei drei vier\n")));
        let taken: Vec<String> = std::iter::from_fn(|| narration.take(10)).collect();
        assert_eq!(taken, ["eins zwei", "drei vier"]);
    }
}
