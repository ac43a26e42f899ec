//! Failures as diagnostics: what failed, on which object, why, what to do.

use azure::ErrorKind;
use tfplugin::{Diagnostic, Path, Value};

use crate::document::Misfit;
use crate::hint;
use crate::kind::{Kind, Plane};
use crate::stores::{StoreError, Target};

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Read,
    Update,
    Delete,
    /// Reading what is in no state, for a data source or a list: nothing is applied, and no argument says how
    /// long that may take.
    Look,
}

/// The object that a message is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) title: &'static str,
    pub(crate) name: String,
    /// Empty while the service has not made it.
    pub(crate) id: String,
    /// The id of its agent.
    pub(crate) agent: String,
    pub(crate) plane: Plane,
    pub(crate) dual: bool,
    pub(crate) is_agent: bool,
}

impl Verb {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read | Self::Look => "read",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl Subject {
    /// Where it is, as the paragraph of a message.
    fn address(&self) -> String {
        match self.id.as_str() {
            "" => format!("\n\nAgent: {} on {}", self.agent, self.plane),
            id => format!("\n\nObject: {id} on {}", self.plane),
        }
    }
}

/// The diagnostic for a failure.
pub(crate) fn report(verb: Verb, subject: &Subject, error: &StoreError) -> Diagnostic {
    let summary = format!(
        "Cannot {} the {} {:?}",
        verb.as_str(),
        subject.title,
        subject.name
    );
    let mut detail = match error {
        StoreError::Azure(error) => capitalised(&error.detail()),
        other => sentence(&other.to_string()),
    };
    let mut remedies = Vec::new();
    let mut path = Path::root();
    if let StoreError::Prerequisite { remedy, .. } = error {
        remedies.push((*remedy).to_owned());
    }
    if let StoreError::Azure(error) = error {
        remedies.extend(error.remedy().map(|remedy| sentence(&remedy)));
        match error.kind() {
            ErrorKind::TenantRestricted if subject.dual && subject.plane == Plane::Arm => {
                path = Path::from("plane");
                // Says the same, without the argument.
                remedies.clear();
                remedies.push(
                    "Set `plane = \"data_plane\"` here, or in the provider block for all objects: the \
                     data plane takes them in every tenant."
                        .to_owned(),
                );
            }
            ErrorKind::NotFound if !subject.is_agent => {
                path = Path::from("agent_id");
                remedies.push(
                    "Check that the agent exists, and that `agent_id` is its ARM id; refer to \
                     `azuresre_agent.<name>.id` so that it is created first."
                        .to_owned(),
                );
            }
            ErrorKind::NotReady | ErrorKind::Service | ErrorKind::Network
                if subject.plane == Plane::DataPlane =>
            {
                remedies.push(
                    "If the agent is stopped, start it, or set `power_state = \"Running\"` on its \
                     `azuresre_agent`."
                        .to_owned(),
                );
            }
            _ => {}
        }
    }
    remedies.extend(advice(verb, subject, error));
    if let StoreError::Azure(error) = error {
        remedies.extend(hint::doctor(error.kind()).map(str::to_owned));
    }
    detail.push_str(&subject.address());
    for remedy in remedies {
        detail.push_str("\n\n");
        detail.push_str(&remedy);
    }
    Diagnostic::error(summary, detail).at(path)
}

/// What to do about a failure that does not say so itself.
fn advice(verb: Verb, subject: &Subject, error: &StoreError) -> Option<String> {
    let is_deletion = matches!(verb, Verb::Delete);
    let is_look = matches!(verb, Verb::Look);
    let again = match is_look {
        true => "Try again",
        false => "Apply again",
    };
    let verb = verb.as_str();
    let text = match error {
        StoreError::Azure(error) => match error.kind() {
            ErrorKind::Stopped if is_deletion => {
                "What is in an agent goes with it: `terraform destroy` of both needs no start, where one provider \
                 block manages both and `agent_id` refers to the agent."
                    .to_owned()
            }
            ErrorKind::DeadlineExceeded if is_look => "Try again.".to_owned(),
            ErrorKind::Throttled if is_look => {
                "Try again after the pause that the service asks for.".to_owned()
            }
            ErrorKind::DeadlineExceeded => {
                format!("Apply again, with a longer `timeouts.{verb}` if the service is slow.")
            }
            ErrorKind::Throttled => format!(
                "Apply again after the pause that the service asks for; with a longer \
                 `timeouts.{verb}` the provider waits for it."
            ),
            ErrorKind::Service => format!(
                "{again}. If the service goes on failing, its support finds the request by the ids above."
            ),
            ErrorKind::Conflict => format!("{again} once that is over, or remove what is in the way."),
            ErrorKind::MethodNotAllowed if is_deletion => {
                "Apply again. If the service goes on refusing, its build deletes such objects in the portal \
                 only: delete it there, and forget it with `terraform state rm`, or with a `removed` block."
                    .to_owned()
            }
            ErrorKind::MethodNotAllowed
            | ErrorKind::Rejected
            | ErrorKind::OperationFailed
            | ErrorKind::TooLarge => {
                "Change what the service objects to, and apply again.".to_owned()
            }
            ErrorKind::NotFound if subject.is_agent => {
                "Check that the subscription and the resource group exist.".to_owned()
            }
            ErrorKind::Canceled | ErrorKind::OperationLost if !is_look => {
                "Apply again: what has become of the object is read first.".to_owned()
            }
            _ => return None,
        },
        StoreError::NoEntry { .. } => {
            "Check the spelling: the data source `azuresre_available_tools` lists the catalog. The tools of an MCP \
             connector appear once the agent has reached its server; they are waited for up to three minutes."
                .to_owned()
        }
        StoreError::Envelope(_) | StoreError::Archive(_) => format!(
            "{again}. If the service has changed, a later version of the provider may know the new form."
        ),
        _ => return None,
    };
    Some(text)
}

/// A document that cannot be read. `known` is what was known of the object, such as its state.
pub(crate) fn misfit(kind: &Kind, target: &Target, known: &Value, error: Misfit) -> Diagnostic {
    let kept = match known.get("id").is_known() {
        true => " The state is kept as it was.",
        false => "",
    };
    Diagnostic::error(
        format!("Cannot read the {} {:?}", kind.title, target.key),
        format!(
            "The document of {} is not what the service documents for this kind: {}.{kept} If the service \
             has changed, a later version of the provider may know the new form.",
            target.id(kind),
            error.message
        ),
    )
    .at(error.path)
}

/// An object that is in the way of a new one.
pub(crate) fn exists(kind: &Kind, subject: &Subject, id: &str) -> Diagnostic {
    let summary = format!("The {} {:?} exists already", subject.title, subject.name);
    Diagnostic::error(
        summary,
        format!(
            "What exists is never taken over without being asked. If no resource manages it, import it by adding \
             this block, with the name of your resource in place of `example`:\n\nimport {{\n  to = {}.example\n  \
             id = \"{id}\"\n}}\n\nOtherwise choose another name, or delete the object first. If it is what this resource is to \
             replace, the old one has to go before: remove `create_before_destroy` from the `lifecycle` block of the \
             resource and of those that depend on it.",
            kind.type_name()
        ),
    )
}

/// An object that another resource has created in this run.
pub(crate) fn created_twice(subject: &Subject) -> Diagnostic {
    Diagnostic::error(
        format!("The {} {:?} exists already", subject.title, subject.name),
        format!(
            "Another resource of this configuration has created it in this run, and there can be only one of that \
             name. Remove one of the two, or give it another name.\n\nObject: {}",
            subject.id
        ),
    )
}

/// An object that was there when the plan was made.
pub(crate) fn vanished(subject: &Subject) -> Diagnostic {
    Diagnostic::error(
        format!("The {} {:?} is gone", subject.title, subject.name),
        format!(
            "It was deleted by somebody else after the plan was made. Plan and apply again to create it \
             anew.{}",
            subject.address()
        ),
    )
}

/// A write that the service has accepted, or may have, and whose end was not seen.
pub(crate) fn unfinished(verb: Verb, subject: &Subject, error: &StoreError) -> Diagnostic {
    let verb = verb.as_str();
    let is_open = matches!(error, StoreError::Azure(error)
        if error.operation().is_some_and(|method| method != "GET") && !error.was_accepted());
    let why = error.to_string();
    let why = why.trim_end_matches('.');
    let began = match is_open {
        true => format!(
            "The request to {verb} it was sent, and whether the service has carried it out is not known"
        ),
        false => {
            format!("The service accepted the request to {verb} it, and how that ends was not seen")
        }
    };
    Diagnostic::warning(
        format!(
            "The {} {:?} is not finished yet",
            subject.title, subject.name
        ),
        format!(
            "{began}: {why}. What is known is saved. The next plan or apply reads how it ended and \
             goes on from there.{}",
            subject.address()
        ),
    )
}

/// Values that the service did not keep as they were sent.
pub(crate) fn dropped(subject: &Subject, planned: &Value, answered: &Value) -> Vec<Diagnostic> {
    let mut paths = Vec::new();
    differences(planned, answered, &Path::root(), &mut paths);
    let warning = |path: Path| {
        Diagnostic::warning(
            format!("The service did not keep {path} of the {} {:?}", subject.title, subject.name),
            format!(
                "The value was sent and accepted, and the service answers with another one, or with \
                 none. It is kept in state as configured; the next plan shows the difference. The \
                 object may not do what {path} says."
            ),
        )
        .at(path)
    };
    paths.into_iter().map(warning).collect()
}

/// Values that some builds of the service drop, and this one did.
pub(crate) fn not_kept(subject: &Subject, path: Path) -> Diagnostic {
    Diagnostic::warning(
        format!("The service did not keep {path} of the {} {:?}", subject.title, subject.name),
        format!(
            "The value was sent and accepted, and the service answers without it, as some of its builds \
             do with this argument. The object does not do what {path} says. It is kept in state as \
             configured, since a later build may keep it."
        ),
    )
    .at(path)
}

fn differences(planned: &Value, answered: &Value, path: &Path, paths: &mut Vec<Path>) {
    match (planned, answered) {
        (Value::Unknown | Value::Null, _) => {}
        (Value::Map(planned), Value::Map(answered)) => {
            for (name, planned) in planned {
                let answered = answered.get(name).unwrap_or(&Value::Null);
                differences(planned, answered, &path.attribute(name.as_str()), paths);
            }
        }
        (Value::List(planned), Value::List(answered)) if planned.len() == answered.len() => {
            for (n, (planned, answered)) in planned.iter().zip(answered).enumerate() {
                differences(planned, answered, &path.index(n), paths);
            }
        }
        (Value::Dynamic(planned), answered) => differences(&planned.value, answered, path, paths),
        (planned, Value::Dynamic(answered)) => differences(planned, &answered.value, path, paths),
        (planned, answered) if planned == answered => {}
        _ => paths.push(path.clone()),
    }
}

/// A text as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', ':', '?', '`']) {
        ""
    } else {
        "."
    };
    format!("{}{end}", capitalised(text))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
