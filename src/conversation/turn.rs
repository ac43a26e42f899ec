//! The progress of the agent's answer, according to the most recent part of the thread.

use std::collections::HashSet;

use super::message::Asked;
use super::{Message, Page};

/// The turn of the agent after a message.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The ids of messages before the turn.
    before: HashSet<String>,
    /// The ids of approvals that were decided in the turn.
    decided: HashSet<String>,
    /// The last text at the previous read, if the service does not report the state.
    last: Option<String>,
}

/// The status of a turn.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The agent is working.
    Working,
    /// The agent asks for approval.
    Asks(Vec<Asked>),
    /// The agent has answered with this text.
    Answered(String),
}

impl Turn {
    pub(super) fn after(before: HashSet<String>) -> Self {
        Self {
            before,
            ..Self::default()
        }
    }

    /// Records a decision. The answer is a later message.
    pub(super) fn decided(&mut self, asked: &Asked) {
        self.decided.insert(asked.id.clone());
    }

    /// Returns the texts of the agent in this turn, newest first.
    pub(super) fn said<'a>(&self, page: &'a Page) -> impl Iterator<Item = &'a Message> {
        let said = page.messages.iter().filter(|one| one.is_answer_text());
        let before = self.before.clone();
        said.filter(move |one| !before.contains(one.id()))
    }

    pub(super) fn look(&mut self, page: &Page) -> Standing {
        let new = |one: &&Message| !self.before.contains(one.id());
        let mut asked = page.asked();
        let here: HashSet<String> = page
            .messages
            .iter()
            .filter(new)
            .flat_map(Message::asked)
            .map(|asked| asked.id)
            .collect();
        asked.retain(|one| here.contains(&one.id) && !self.decided.contains(&one.id));
        if !asked.is_empty() {
            return Standing::Asks(asked);
        }
        let works = page.messages.iter().filter(new).any(Message::works);
        let last = self.said(page).next();
        let Some(last) = last.filter(|_| !works && !page.is_running()) else {
            self.last = None;
            return Standing::Working;
        };
        // The message that asked for approval is not the answer.
        if self.has_asked(last) {
            return Standing::Working;
        }
        let text = last.text().to_owned();
        if page.state.is_none() && self.last.replace(text.clone()).as_ref() != Some(&text) {
            return Standing::Working;
        }
        Standing::Answered(text)
    }

    fn has_asked(&self, message: &Message) -> bool {
        let members = ["azCliExecution", "approval"];
        let mut ids = members
            .iter()
            .filter_map(|member| message.0.get(member)?.get("id")?.as_str());
        ids.any(|id| self.decided.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn page(state: Option<&str>, messages: Vec<Json>) -> Page {
        Page::new(json!({ "state": state, "value": messages }))
    }

    fn message(id: &str, second: u8, role: &str, text: &str) -> Json {
        let time = format!("2026-11-29T10:00:{second:02}.1234567Z");
        json!({ "id": id, "timeStamp": time, "author": { "role": role }, "text": text, "isComplete": true })
    }

    fn conversation() -> Vec<Json> {
        vec![
            message("1", 1, "User", "one?"),
            message("2", 2, "SREAgent", "One."),
            message("3", 3, "User", "two?"),
        ]
    }

    fn turn() -> Turn {
        Turn::after(HashSet::from(["1".to_owned(), "2".to_owned()]))
    }

    #[test]
    fn last_text_of_the_turn_is_the_answer() {
        let mut turn = turn();
        let mut messages = conversation();
        assert_eq!(
            turn.look(&page(Some("Idle"), messages.clone())),
            Standing::Working
        );
        messages.push(message("4", 4, "SREAgent", "I look."));
        assert_eq!(
            turn.look(&page(Some("Running"), messages.clone())),
            Standing::Working
        );
        messages.push(message("5", 5, "SREAgent", "Two."));
        let answered = Standing::Answered("Two.".to_owned());
        assert_eq!(turn.look(&page(Some("Idle"), messages)), answered);
    }

    #[test]
    fn without_a_state_unchanged_last_text_is_the_answer() {
        let mut turn = turn();
        let mut messages = conversation();
        messages.push(message("4", 4, "SREAgent", "I look."));
        assert_eq!(turn.look(&page(None, messages.clone())), Standing::Working);
        messages.push(message("5", 5, "SREAgent", "Two."));
        assert_eq!(turn.look(&page(None, messages.clone())), Standing::Working);
        let answered = Standing::Answered("Two.".to_owned());
        assert_eq!(turn.look(&page(None, messages)), answered);
    }

    #[test]
    fn approvals_are_decided_before_the_answer() {
        let mut turn = turn();
        let mut asks = message("4", 4, "SREAgent", "I would restart it.");
        asks["azCliExecution"] = json!({ "id": "c", "command": "az x", "status": "Pending" });
        asks["approval"] = json!({ "id": "c", "title": "Run", "status": "Pending" });
        let mut messages = conversation();
        messages.push(asks);
        let Standing::Asks(asked) = turn.look(&page(Some("Idle"), messages.clone())) else {
            panic!("nothing is asked for");
        };
        assert_eq!(asked.len(), 1, "{asked:?}");
        turn.decided(&asked[0]);
        // This read is stale.
        assert_eq!(
            turn.look(&page(Some("Idle"), messages.clone())),
            Standing::Working
        );
        for status in ["Running", "Completed"] {
            messages[3]["azCliExecution"]["status"] = json!(status);
            messages[3]["approval"]["status"] = json!("Approved");
            assert_eq!(
                turn.look(&page(Some("Idle"), messages.clone())),
                Standing::Working
            );
        }
        messages.push(message("5", 5, "SREAgent", "Done."));
        let answered = Standing::Answered("Done.".to_owned());
        assert_eq!(turn.look(&page(Some("Idle"), messages)), answered);
    }

    #[test]
    fn approvals_of_earlier_turns_are_ignored() {
        let mut messages = conversation();
        messages[1]["approval"] = json!({ "id": "a", "title": "Run", "status": "Pending" });
        messages.push(message("4", 4, "SREAgent", "Two."));
        let answered = Standing::Answered("Two.".to_owned());
        assert_eq!(turn().look(&page(Some("Idle"), messages)), answered);
    }
}
