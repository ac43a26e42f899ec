//! A message of a thread, as clients of the service have recorded it.

use jiff::Timestamp;
use serde_json::Value as Json;

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message(pub(crate) Json);

/// Something that the agent asks leave for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// By what it is decided.
    pub(crate) id: String,
    /// What it is.
    pub(crate) what: What,
    /// What would be done.
    pub(crate) title: String,
}

/// What leave is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A command of the Azure CLI.
    Command,
    /// Anything, by an approval of the thread.
    Approval,
    /// Something that no known request decides: the portal does.
    Elsewhere,
}

/// Commands that are decided in the portal alone, as far as clients are known.
const OTHER_COMMANDS: [(&str, &str); 2] =
    [("kubectlExecution", "command"), ("psqlExecution", "query")];

impl Message {
    pub(crate) fn id(&self) -> &str {
        self.text_of("/id").unwrap_or_default()
    }

    /// When it was sent, for the order.
    pub(super) fn sent_at(&self) -> Option<Timestamp> {
        self.text_of("/timeStamp")?.parse().ok()
    }

    pub(crate) fn text(&self) -> &str {
        self.text_of("/text").unwrap_or_default()
    }

    /// Whether the agent or one of its subagents has written it.
    pub(super) fn is_of_agent(&self) -> bool {
        let role = self.text_of("/author/role").unwrap_or_default();
        !["user", "system"].contains(&role.to_ascii_lowercase().as_str())
    }

    /// Whether it is what the agent says, to its end: neither what it thinks nor what it does.
    pub(super) fn is_said(&self) -> bool {
        let reasons = self.text_of("/messageType") == Some("Reasoning");
        let complete = self.0.get("isComplete") != Some(&Json::Bool(false));
        self.is_of_agent() && !reasons && complete && !self.text().trim().is_empty()
    }

    /// Whether a command of it runs.
    pub(super) fn works(&self) -> bool {
        self.text_of("/azCliExecution/status") == Some("Running")
    }

    /// What it asks leave for.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let mut asked = Vec::new();
        match self.text_of("/azCliExecution/status") {
            Some("Pending") => {
                asked.extend(self.ask("/azCliExecution", &["command"], What::Command));
            }
            // The command has leave, and needs a person who signs in for more rights.
            Some("PendingAuthorization") => {
                asked.extend(self.ask("/azCliExecution", &["command"], What::Elsewhere));
            }
            _ => {}
        }
        let is_pending =
            |status: Option<&str>| matches!(status, Some("Pending" | "PendingAuthorization"));
        if is_pending(self.text_of("/approval/status")) {
            let titles = ["description", "title"];
            asked.extend(self.ask("/approval", &titles, What::Approval));
        }
        for (member, title) in OTHER_COMMANDS {
            if is_pending(self.text_of(&format!("/{member}/status"))) {
                asked.extend(self.ask(&format!("/{member}"), &[title], What::Elsewhere));
            }
        }
        asked
    }

    /// What is asked for at a place; the first text of `titles` says what it is.
    fn ask(&self, at: &str, titles: &[&str], what: What) -> Option<Asked> {
        let id = self.text_of(&format!("{at}/id"))?.to_owned();
        let mut texts = titles
            .iter()
            .filter_map(|title| self.text_of(&format!("{at}/{title}")));
        let title = texts.find(|text| !text.is_empty()).unwrap_or("something");
        Some(Asked {
            id,
            what,
            title: title.to_owned(),
        })
    }

    fn text_of(&self, at: &str) -> Option<&str> {
        self.0.pointer(at).and_then(Json::as_str)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn asked(id: &str, what: What, title: &str) -> Asked {
        Asked {
            id: id.to_owned(),
            what,
            title: title.to_owned(),
        }
    }

    #[rstest]
    #[case(json!({ "azCliExecution": { "id": "1", "command": "az x", "status": "Pending" } }), What::Command, "az x")]
    #[case(json!({ "azCliExecution": { "id": "1", "command": "az x", "status": "PendingAuthorization" } }), What::Elsewhere, "az x")]
    #[case(json!({ "approval": { "id": "1", "title": "Run", "description": "az x", "status": "Pending" } }), What::Approval, "az x")]
    #[case(json!({ "approval": { "id": "1", "title": "Run", "status": "Pending" } }), What::Approval, "Run")]
    #[case(json!({ "psqlExecution": { "id": "1", "query": "drop", "status": "Pending" } }), What::Elsewhere, "drop")]
    fn what_is_asked_for_is_found(#[case] message: Json, #[case] what: What, #[case] title: &str) {
        assert_eq!(Message(message).asked(), [asked("1", what, title)]);
    }

    #[rstest]
    #[case(json!({ "azCliExecution": { "id": "1", "status": "Completed" }, "approval": null }))]
    #[case(json!({ "approval": { "id": "1", "status": "Approved" } }))]
    #[case(json!({}))]
    fn what_is_decided_is_not_asked_for(#[case] message: Json) {
        assert_eq!(Message(message).asked(), []);
    }

    #[rstest]
    #[case(json!({ "author": { "role": "SREAgent" }, "text": "a" }), true)]
    #[case(json!({ "author": { "role": "SREAgent" }, "text": "a", "isComplete": false }), false)]
    #[case(json!({ "author": { "role": "SREAgent" }, "text": "a", "messageType": "Reasoning" }), false)]
    #[case(json!({ "author": { "role": "SREAgent" }, "text": " " }), false)]
    #[case(json!({ "author": { "role": "User" }, "text": "a" }), false)]
    fn what_the_agent_says_is_told_from_the_rest(#[case] message: Json, #[case] said: bool) {
        assert_eq!(Message(message).is_said(), said);
    }
}
