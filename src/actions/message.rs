//! The action that sends a message to an agent and waits for its answer.

use std::time::Duration;

use async_trait::async_trait;
use azure::Budget;
use regex::Regex;
use tfplugin::schema::Validator;
use tfplugin::{Action, Attribute, Diagnostic, Diagnostics, InvokeRequest, Schema, Value};

use super::{TIMEOUT, agent_of};
use crate::conversation::{self, AtApproval, Trouble, Wait};
use crate::document;
use crate::schema::agent_id;
use crate::session::SessionHandle;

/// The values of `on_approval`.
const AT_APPROVAL: [(&str, AtApproval); 3] = [
    ("fail", AtApproval::Fail),
    ("wait", AtApproval::Wait),
    ("approve", AtApproval::Approve),
];

/// The maximum number of characters of an answer that an error quotes.
const QUOTED: usize = 1500;

/// The action that sends a message to an agent.
pub(super) struct Ask {
    session: SessionHandle,
}

impl Ask {
    pub(super) fn new(session: SessionHandle) -> Self {
        Self { session }
    }

    async fn ask(&self, request: InvokeRequest) -> Result<(), Diagnostic> {
        let InvokeRequest {
            config,
            progress,
            cancel,
            ..
        } = request;
        let agent = agent_of(&config)?;
        let text_of = |name: &str| config.get(name).as_str();
        let text = text_of("text").unwrap_or_default();
        let waits = config.get("wait").as_bool().unwrap_or(true);
        let timeout = text_of("timeout").and_then(|text| document::parse_duration(text).ok());
        let budget = Budget::new(timeout.unwrap_or(TIMEOUT), cancel);
        let failed = |trouble: Trouble| {
            Diagnostic::error(
                format!("Cannot send a message to {}", agent.name()),
                trouble.detail(),
            )
        };
        let session = self.session.get()?;
        let plane = session.client.data_plane(&agent, &budget).await;
        let plane = plane.map_err(|error| failed(error.into()))?;
        let hub = match waits {
            true => conversation::listen(&plane, &budget).await,
            false => None,
        };
        let thread = text_of("thread_id");
        let sent = conversation::send(&plane, thread, text, &progress, &budget).await;
        let sent = sent.map_err(failed)?;
        let thread = sent.thread.clone();
        progress.tell(format!("the agent is working in thread {thread}"));
        if !waits {
            return Ok(());
        }
        let wait = Wait {
            plane: &plane,
            hub,
            at_approval: at_approval(&config),
            progress: &progress,
            budget: &budget,
        };
        let answer = wait.answer(sent).await.map_err(failed)?;
        let Some(expected) = text_of("expect") else {
            return Ok(());
        };
        match expectation(expected) {
            Ok(expected) if expected.is_match(&answer) => Ok(()),
            Ok(_) => Err(Diagnostic::error(
                "Unexpected answer",
                format!(
                    "The last message of the agent {} in thread {thread} does not match \
                     `expect`:\n\n{}",
                    agent.name(),
                    quoted(&answer)
                ),
            )
            .at("expect")),
            // The validator has already checked the value.
            Err(problem) => Err(Diagnostic::error("Invalid expect", problem).at("expect")),
        }
    }
}

fn at_approval(config: &Value) -> AtApproval {
    let named = config.get("on_approval").as_str();
    let found = AT_APPROVAL.iter().find(|(name, _)| Some(*name) == named);
    found.map_or_else(AtApproval::default, |(_, found)| *found)
}

/// Parses the expectation for an answer, which is a text or a pattern between slashes.
fn expectation(text: &str) -> Result<Regex, String> {
    let between = text
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'));
    let pattern = match between {
        Some(pattern) => pattern.to_owned(),
        None => regex::escape(text),
    };
    Regex::new(&pattern)
        .map_err(|error| format!("The value is not a valid regular expression: {error}"))
}

fn quoted(answer: &str) -> String {
    match answer.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", answer.get(..end).unwrap_or_default()),
        None => answer.to_owned(),
    }
}

#[async_trait]
impl Action for Ask {
    fn name(&self) -> &str {
        "azuresre_message"
    }

    fn schema(&self) -> Schema {
        Schema {
            description: "Sends a message to an agent, waits for its answer, and shows the \
                          messages of the agent while it waits. If you set `expect`, the action \
                          fails unless the answer matches. The provider sends a message only once: \
                          if it does not know whether the message has arrived, it looks for the \
                          message instead of sending it again."
                .to_owned(),
            ..Schema::from([
                ("agent_id", agent_id("ARM ID of the agent.")),
                (
                    "text",
                    Attribute::string(
                        "Text of the message. To address a subagent, begin the text with `/agent \
                         NAME`.",
                    )
                    .required()
                    .validator(Validator::not_empty()),
                ),
                (
                    "thread_id",
                    Attribute::string(
                        "ID of the thread to continue. The provider waits until the agent is idle \
                         in this thread. If you omit this argument, the message starts a new \
                         thread.",
                    )
                    .validator(Validator::not_empty()),
                ),
                (
                    "wait",
                    Attribute::bool(
                        "Whether the action waits for the answer. Defaults to `true`. If `false`, \
                         the action is complete when the message is sent.",
                    ),
                ),
                (
                    "timeout",
                    Attribute::string("Time limit for the answer. Defaults to `30m`.").validator(
                        Validator::text("Must be a duration such as `90s` or `1h30m`.", |text| {
                            document::parse_duration(text).map(|_: Duration| ())
                        }),
                    ),
                ),
                (
                    "expect",
                    Attribute::string(
                        "Text that the last message of the agent must contain, or a regular \
                         expression between slashes that it must match, such as `/(?m)^VERDICT: \
                         OK$/`. Otherwise the action fails.",
                    )
                    .validator(Validator::not_empty())
                    .validator(Validator::text(
                        "Must be text, or a regular expression between slashes.",
                        |text| expectation(text).map(|_| ()),
                    )),
                ),
                (
                    "on_approval",
                    Attribute::string(
                        "Behavior when the agent asks for approval. Possible values are `fail`, \
                         `wait` (wait until somebody decides) and `approve` (approve everything, \
                         which requires the SRE Agent Administrator role). Defaults to `fail`.",
                    )
                    .validator(Validator::one_of(&["fail", "wait", "approve"], false)),
                ),
            ])
        }
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if config.get("wait").as_bool() != Some(false) {
            return;
        }
        for name in ["expect", "on_approval"] {
            if !config.get(name).is_null() {
                let summary = "Invalid combination of arguments";
                let detail = format!(
                    "`{name}` requires the action to wait for the answer. Remove `wait = false` or \
                     `{name}`."
                );
                diagnostics.push(Diagnostic::error(summary, detail).at(name));
            }
        }
    }

    async fn invoke(&self, request: InvokeRequest) -> Diagnostics {
        match self.ask(request).await {
            Ok(()) => Diagnostics::new(),
            Err(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("DRIFT: NONE", "So: DRIFT: NONE.", true)]
    #[case("a.b", "axb", false)]
    #[case("/a.b/", "axb", true)]
    #[case("/(?m)^OK$/", "It is\nOK", true)]
    #[case("/(?m)^OK$/", "It is not OK", false)]
    #[case("/", "a/b", true)]
    fn answer_contains_a_text_or_matches_a_pattern(
        #[case] expected: &str,
        #[case] answer: &str,
        #[case] fits: bool,
    ) {
        assert_eq!(expectation(expected).unwrap().is_match(answer), fits);
    }

    #[test]
    fn invalid_pattern_is_an_error() {
        assert!(expectation("/(/").is_err());
        assert!(expectation("(").is_ok());
    }
}
