//! The action that sends a message to an agent and waits for its answer.

use std::time::Duration;

use async_trait::async_trait;
use azure::id::AgentId;
use regex::Regex;
use tfplugin::schema::Validator;
use tfplugin::{Attribute, Diagnostic, Diagnostics, Schema, Value};

use super::TIMEOUT;
use super::data_plane::{Call, DataPlaneAction, Failure};
use crate::conversation::{self, AtApproval, Wait};
use crate::document;

/// The values of `on_approval`.
const AT_APPROVAL: [(&str, AtApproval); 3] = [
    ("fail", AtApproval::Fail),
    ("wait", AtApproval::Wait),
    ("approve", AtApproval::Approve),
];

/// The maximum number of characters of an answer that an error quotes.
const QUOTED: usize = 1500;

/// The action that sends a message to an agent.
pub(super) struct Ask;

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
impl DataPlaneAction for Ask {
    fn name(&self) -> &'static str {
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
                            document::parse_duration(text).map(drop)
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

    fn timeout(&self, config: &Value) -> Duration {
        let given = config.get("timeout").as_str();
        let given = given.and_then(|text| document::parse_duration(text).ok());
        given.unwrap_or(TIMEOUT)
    }

    fn purpose(&self, _config: &Value, agent: &AgentId) -> String {
        format!("send a message to {}", agent.name())
    }

    async fn run(&self, call: Call<'_>) -> Result<(), Failure> {
        let Call {
            agent,
            plane,
            budget,
            progress,
            ..
        } = call;
        let waits = call.config.get("wait").as_bool().unwrap_or(true);
        let hub = match waits {
            true => conversation::listen(plane, budget).await,
            false => None,
        };
        let thread = call.text("thread_id");
        let text = call.text("text").unwrap_or_default();
        let sent = conversation::send(plane, thread, text, progress, budget).await?;
        let thread = sent.thread.clone();
        progress.tell(format!("the agent is working in thread {thread}"));
        if !waits {
            return Ok(());
        }
        let wait = Wait {
            plane,
            hub,
            at_approval: at_approval(call.config),
            progress,
            budget,
        };
        let answer = wait.answer(sent).await?;
        let Some(expected) = call.text("expect") else {
            return Ok(());
        };
        match expectation(expected) {
            Ok(expected) if expected.is_match(&answer) => Ok(()),
            Ok(_) => {
                let detail = format!(
                    "The last message of the agent {} in thread {thread} does not match \
                     `expect`:\n\n{}",
                    agent.name(),
                    quoted(&answer)
                );
                let unexpected = Diagnostic::error("Unexpected answer", detail);
                Err(Failure::Result(unexpected.at("expect")))
            }
            // The validator has already checked the value.
            Err(problem) => Err(Failure::Argument("expect", problem)),
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
