//! The agent that answers: a script, not a model. The same question with the same configuration
//! gets the same answer.
//!
//! The answer says which subagent answers, which skills match, and, if a message asks for a write
//! action, whether the configuration allows it, requires approval, or forbids it. Hooks are checked
//! first, then tool permissions, then the run mode. Neither the prompt nor the script of a hook is
//! run here. A hook that cannot be run has failed, and its `failMode` decides. The switch `answers`
//! takes precedence over all of this.

use regex::Regex;
use serde_json::{Map, Value};

use super::hooks;
use super::record::{Approval, Author, Message, Role, Thread};
use crate::context::Context;
use crate::data_plane::{catalog, singletons};
use crate::documents::text;
use crate::http::Handled;
use crate::kinds::{SKILLS, SUBAGENTS};
use crate::objects::Objects;
use crate::store::{AgentRecord, ObjectRecord, Tx};

/// Verbs that ask for a write action. The command is the text from the verb to the end of the
/// sentence.
const VERBS: [&str; 5] = ["restart", "scale", "delete", "redeploy", "rollback"];
/// The tool for these actions.
const TOOL: &str = "RunAzCliWriteCommands";
const SENTENCE_ENDS: [char; 3] = ['.', '!', '?'];
/// The minimum length of a word by which a skill is found.
const WORD: usize = 4;

/// The decision of the configuration about an action.
enum Verdict {
    Run,
    Ask,
    Refuse(String),
}

/// Returns the answer to the last message of a thread.
pub(super) fn answer(
    tx: &Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    thread: &Thread,
    said: &str,
) -> Handled<Message> {
    let subagents = Objects::shared(cx, agent, &SUBAGENTS);
    let subagent = match &thread.subagent {
        Some(name) => subagents.current(tx, name)?,
        None => None,
    };
    let mut answers = cx.profile.answers.iter();
    if let Some((_, answer)) = answers.find(|(text, _)| said.contains(text.as_str())) {
        let name = subagent.map_or_else(|| agent.name.clone(), |subagent| subagent.name);
        return Ok(message(cx, name, answer.clone()));
    }
    let topic = said.lines().next().unwrap_or_default();
    let mut lines = vec![format!("I have read \"{topic}\".")];
    if let (Some(name), None) = (&thread.subagent, &subagent) {
        lines.push(format!("There is no subagent {name}, so I answer myself."));
    }
    let skills = fitting_skills(tx, cx, agent, subagent.as_ref(), said)?;
    lines.push(match skills.as_slice() {
        [] => "No skill fits.".to_owned(),
        names => format!("Skills that fit: {}.", names.join(", ")),
    });
    let mut approval = None;
    if let Some(command) = command(said) {
        lines.push(match verdict(tx, cx, agent, thread, &command)? {
            Verdict::Run => {
                approval = Some(Approval::done(TOOL, &command, &agent.name));
                done(&command)
            }
            Verdict::Ask => {
                let first = cx.profile.approval_first;
                approval = Some(Approval::asked(TOOL, &command, first));
                format!("I would run \"{command}\" with {TOOL}, and ask for approval.")
            }
            Verdict::Refuse(reason) => format!("I do not run \"{command}\": {reason}."),
        });
    }
    let name = subagent.map_or_else(|| agent.name.clone(), |subagent| subagent.name);
    let mut message = message(cx, name, lines.join("\n"));
    message.approval = approval;
    Ok(message)
}

/// Returns the agent's message after a decision.
pub(super) fn follow_up(
    cx: Context<'_>,
    agent: &AgentRecord,
    approval: &Approval,
    rejected: Option<&str>,
) -> Message {
    let command = &approval.command;
    let text = match rejected {
        None => done(command),
        Some("") => format!("I do not run \"{command}\": it was rejected."),
        Some(reason) => format!("I do not run \"{command}\": it was rejected, because {reason}."),
    };
    message(cx, agent.name.clone(), text)
}

fn message(cx: Context<'_>, name: String, text: String) -> Message {
    let author = Author {
        role: Role::Agent,
        user_id: name.clone(),
        display_name: name,
    };
    Message::new(author, text, cx.profile.answer_polls)
}

fn done(command: &str) -> String {
    format!("I have run \"{command}\" with {TOOL}. (The emulator has touched nothing.)")
}

/// Returns the skills whose name or description shares a word with the message, among those that
/// the subagent may use.
fn fitting_skills(
    tx: &Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    subagent: Option<&ObjectRecord>,
    said: &str,
) -> Handled<Vec<String>> {
    let said = words(said);
    let fits = |skill: &ObjectRecord| {
        let description = text(&skill.properties, "description").unwrap_or_default();
        let about = words(&format!("{} {description}", skill.name));
        about.iter().any(|word| said.contains(word))
    };
    let allowed = |skill: &ObjectRecord| {
        subagent.is_none_or(|subagent| {
            let allowed = strings(&subagent.properties, "allowedSkills");
            subagent.properties.get("enableSkills") == Some(&Value::Bool(true))
                && (allowed.is_empty() || allowed.contains(&skill.name.as_str()))
        })
    };
    let skills = Objects::shared(cx, agent, &SKILLS).all_current(tx)?;
    let fitting = skills
        .into_iter()
        .filter(|skill| allowed(skill) && fits(skill));
    Ok(fitting.map(|skill| skill.name).collect())
}

/// Returns the requested command: from the verb to the end of its sentence.
fn command(said: &str) -> Option<String> {
    said.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let verb = words.iter().position(|word| {
            let word = word.to_lowercase();
            VERBS.contains(&word.trim_matches(|char: char| !char.is_alphanumeric()))
        })?;
        let sentence = words.get(verb..)?;
        let last = sentence
            .iter()
            .position(|word| word.ends_with(SENTENCE_ENDS));
        let command = last
            .and_then(|last| sentence.get(..=last))
            .unwrap_or(sentence)
            .join(" ");
        Some(command.trim_end_matches(SENTENCE_ENDS).to_owned())
    })
}

fn verdict(
    tx: &Tx<'_>,
    cx: Context<'_>,
    agent: &AgentRecord,
    thread: &Thread,
    command: &str,
) -> Handled<Verdict> {
    if !catalog::is_on(tx, agent, TOOL)? {
        return Ok(Verdict::Refuse(format!("{TOOL} is switched off")));
    }
    for hook in hooks::active(tx, cx, agent, thread)? {
        if let Some(verdict) = of_hook(&hook) {
            return Ok(verdict);
        }
    }
    let permissions = singletons::global_permissions(tx, agent)?;
    let pattern = |list| {
        let mut patterns = strings(&permissions, list).into_iter();
        patterns.find(|pattern| covers(pattern, command))
    };
    if let Some(pattern) = pattern("deny") {
        return Ok(Verdict::Refuse(format!("the permissions deny {pattern}")));
    }
    if pattern("allow").is_some() {
        return Ok(Verdict::Run);
    }
    if let Some(subagent) = &thread.subagent {
        let own = singletons::permissions_of_subagent(tx, agent, subagent)?;
        let mut own = strings(&own, "allow").into_iter();
        if own.any(|pattern| covers(pattern, command)) {
            return Ok(Verdict::Run);
        }
    }
    if pattern("ask").is_some() {
        return Ok(Verdict::Ask);
    }
    let configured = agent.properties.get("actionConfiguration");
    let configured = configured.and_then(|action| action.get("mode")?.as_str());
    let mode = thread.mode.as_deref().or(configured).unwrap_or("Review");
    Ok(match mode.to_lowercase().as_str() {
        "readonly" => Verdict::Refuse("I may only read".to_owned()),
        "automatic" | "autonomous" => Verdict::Run,
        _ => Verdict::Ask,
    })
}

/// Returns the decision of an active hook about the tool, or `None` if the hook concerns something
/// else.
fn of_hook(hook: &ObjectRecord) -> Option<Verdict> {
    let properties = &hook.properties;
    let inner = properties.get("hook")?.as_object()?;
    let matcher = text(inner, "matcher").unwrap_or("*");
    let about = matcher == "*"
        || Regex::new(&format!("^(?:{matcher})$")).is_ok_and(|matcher| matcher.is_match(TOOL));
    if !about || text(properties, "eventType") != Some("PreToolUse") {
        return None;
    }
    let blocks = text(inner, "failMode").is_some_and(|mode| mode.eq_ignore_ascii_case("block"));
    match text(properties, "permissionDecision") {
        Some("allow") => Some(Verdict::Run),
        decision if blocks || decision == Some("deny") => {
            Some(Verdict::Refuse(format!("the hook {} blocks it", hook.name)))
        }
        _ => None,
    }
}

/// Returns whether the pattern of a permission covers this command: `tool` or `tool(glob)`.
fn covers(pattern: &str, command: &str) -> bool {
    match pattern.split_once('(') {
        Some((tool, glob)) => {
            is_like(tool, TOOL) && is_like(glob.strip_suffix(')').unwrap_or(glob), command)
        }
        None => is_like(pattern, TOOL),
    }
}

/// Returns whether a text matches a glob, in which only `*` is special.
fn is_like(glob: &str, text: &str) -> bool {
    let glob = regex::escape(glob).replace(r"\*", ".*");
    Regex::new(&format!("^{glob}$")).is_ok_and(|glob| glob.is_match(text))
}

fn words(text: &str) -> Vec<String> {
    text.split(|char: char| !char.is_alphanumeric())
        .filter(|word| word.chars().count() >= WORD)
        .map(str::to_lowercase)
        .collect()
}

fn strings<'a>(object: &'a Map<String, Value>, member: &str) -> Vec<&'a str> {
    let list = object.get(member).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{command, covers};

    #[rstest]
    #[case("Please restart orders-api.", Some("restart orders-api"))]
    #[case(
        "It is slow. Scale it to 3 replicas! Then wait.",
        Some("Scale it to 3 replicas")
    )]
    #[case("First look.\nDelete pod a.b", Some("Delete pod a.b"))]
    #[case("Why were there restarts?", None)]
    fn commands_begin_with_the_verb(#[case] said: &str, #[case] expected: Option<&str>) {
        assert_eq!(command(said).as_deref(), expected);
    }

    #[rstest]
    #[case("RunAzCliWriteCommands", true)]
    #[case("RunAzCli*", true)]
    #[case("RunAzCliWriteCommands(restart *)", true)]
    #[case("*(*api)", true)]
    #[case("RunAzCliWriteCommands(delete *)", false)]
    #[case("RunAzCliReadCommands", false)]
    #[case("RunAzCliWrite", false)]
    fn patterns_match_a_tool_and_its_command(#[case] pattern: &str, #[case] about: bool) {
        assert_eq!(covers(pattern, "restart orders-api"), about);
    }
}
