//! A message of a thread, in the format that clients of the service have recorded.

use jiff::Timestamp;
use serde_json::Value as Json;

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message(pub(crate) Json);

/// An approval that the agent asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The id of the approval, command or other operation.
    pub(crate) id: String,
    /// The kind of approval.
    pub(crate) what: What,
    /// The description of what the agent would do.
    pub(crate) title: String,
}

/// The kinds of approvals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A command of the Azure CLI.
    Command,
    /// Anything else, by an approval of the thread.
    Approval,
    /// An operation that can only be approved in the portal, because no request for that is known.
    Elsewhere,
}

/// The commands that can only be approved in the portal, as far as known.
const OTHER_COMMANDS: [(&str, &str); 2] =
    [("kubectlExecution", "command"), ("psqlExecution", "query")];

impl Message {
    pub(crate) fn id(&self) -> &str {
        self.text_of("/id").unwrap_or_default()
    }

    /// Returns the time of the message, which determines the order.
    pub(super) fn sent_at(&self) -> Option<Timestamp> {
        self.text_of("/timeStamp")?.parse().ok()
    }

    pub(crate) fn text(&self) -> &str {
        self.text_of("/text").unwrap_or_default()
    }

    /// Returns whether the agent or one of its subagents wrote the message.
    pub(super) fn is_of_agent(&self) -> bool {
        let role = self.text_of("/author/role").unwrap_or_default();
        !["user", "system"].contains(&role.to_ascii_lowercase().as_str())
    }

    /// Returns whether the message is complete text of the agent, in contrast to its reasoning and
    /// its actions.
    pub(super) fn is_answer_text(&self) -> bool {
        let reasons = self.text_of("/messageType") == Some("Reasoning");
        let complete = self.0.get("isComplete") != Some(&Json::Bool(false));
        self.is_of_agent() && !reasons && complete && !self.text().trim().is_empty()
    }

    /// Returns whether a command in the message is running.
    pub(super) fn works(&self) -> bool {
        self.text_of("/azCliExecution/status") == Some("Running")
    }

    /// Returns the approvals that the message asks for.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let mut asked = Vec::new();
        match self.text_of("/azCliExecution/status") {
            Some("Pending") => {
                asked.extend(self.ask("/azCliExecution", &["command"], What::Command));
            }
            // The command is approved, but requires a person to sign in for more permissions.
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

    /// Returns the approval at a JSON pointer. The first non-empty member of `titles` describes it.
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
    #[case(
        json!({ "azCliExecution": { "id": "1", "command": "az x", "status": "Pending" } }),
        What::Command,
        "az x"
    )]
    #[case(
        json!({ "azCliExecution": {
            "id": "1", "command": "az x", "status": "PendingAuthorization",
        } }),
        What::Elsewhere,
        "az x"
    )]
    #[case(
        json!({ "approval": {
            "id": "1", "title": "Run", "description": "az x", "status": "Pending",
        } }),
        What::Approval,
        "az x"
    )]
    #[case(
        json!({ "approval": { "id": "1", "title": "Run", "status": "Pending" } }),
        What::Approval,
        "Run"
    )]
    #[case(
        json!({ "psqlExecution": { "id": "1", "query": "drop", "status": "Pending" } }),
        What::Elsewhere,
        "drop"
    )]
    fn pending_approvals_are_found(#[case] message: Json, #[case] what: What, #[case] title: &str) {
        assert_eq!(Message(message).asked(), [asked("1", what, title)]);
    }

    #[rstest]
    #[case(json!({ "azCliExecution": { "id": "1", "status": "Completed" }, "approval": null }))]
    #[case(json!({ "approval": { "id": "1", "status": "Approved" } }))]
    #[case(json!({}))]
    fn decided_approvals_are_not_pending(#[case] message: Json) {
        assert_eq!(Message(message).asked(), []);
    }

    #[rstest]
    #[case(json!({ "author": { "role": "SREAgent" }, "text": "a" }), true)]
    #[case(json!({ "author": { "role": "SREAgent" }, "text": "a", "isComplete": false }), false)]
    #[case(json!({ "author": { "role": "SREAgent" }, "text": "a", "messageType": "Reasoning" }), false)]
    #[case(json!({ "author": { "role": "SREAgent" }, "text": " " }), false)]
    #[case(json!({ "author": { "role": "User" }, "text": "a" }), false)]
    fn text_of_the_agent_is_distinguished_from_other_messages(
        #[case] message: Json,
        #[case] said: bool,
    ) {
        assert_eq!(Message(message).is_answer_text(), said);
    }
}
