//! Errors as diagnostics: what failed, on which object, why, and what to do.

use azure::ErrorKind;
use tfplugin::{Diagnostic, Path, Value};

use crate::document::Misfit;
use crate::hint;
use crate::kind::{Kind, Plane};
use crate::stores::{StoreError, Target};

/// The kind of operation that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Read,
    Update,
    Delete,
    /// A read for a data source or list. There is no state, no apply, and no argument for its time
    /// limit.
    Look,
}

/// The object that a message is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) title: &'static str,
    pub(crate) name: String,
    /// The id of the object. Empty if the service has not assigned one yet.
    pub(crate) id: String,
    /// The id of the agent.
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
    /// Returns the paragraph of a message that locates the object.
    fn address(&self) -> String {
        match self.id.as_str() {
            "" => format!("\n\nAgent: {} on {}", self.agent, self.plane),
            id => format!("\n\nObject: {id} on {}", self.plane),
        }
    }
}

/// Returns the diagnostic for an error.
pub(crate) fn report(verb: Verb, subject: &Subject, error: &StoreError) -> Diagnostic {
    let summary = format!(
        "Cannot {} the {} {:?}",
        verb.as_str(),
        subject.title,
        subject.name
    );
    let mut detail = match error {
        StoreError::Azure(error) => capitalized(&error.detail()),
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
                // The general remedy gives the same advice, without the argument.
                remedies.clear();
                remedies.push(
                    "Set `plane = \"data_plane\"` on this resource, or in the provider block for \
                     all objects. The data plane accepts these objects in every tenant."
                        .to_owned(),
                );
            }
            ErrorKind::NotFound if !subject.is_agent => {
                path = Path::from("agent_id");
                remedies.push(
                    "Check that the agent exists and that `agent_id` is its ARM ID. Refer to \
                     `azuresre_agent.<name>.id` so that Terraform creates the agent first."
                        .to_owned(),
                );
            }
            ErrorKind::NotReady | ErrorKind::Service | ErrorKind::Network
                if subject.plane == Plane::DataPlane =>
            {
                remedies.push(
                    "If the agent is stopped, start it, or set `power_state = \"Running\"` on its \
                     `azuresre_agent` resource."
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

/// Returns advice for an error that does not contain any.
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
                "Deleting an agent also deletes everything in it. You do not have to start the \
                 agent if `terraform destroy` deletes both, one provider block manages both, and \
                 `agent_id` refers to the agent."
                    .to_owned()
            }
            ErrorKind::DeadlineExceeded if is_look => "Try again.".to_owned(),
            ErrorKind::Throttled if is_look => {
                "Wait for the time that the service requests, then try again.".to_owned()
            }
            ErrorKind::DeadlineExceeded => {
                format!("Apply again. If the service is slow, set a longer `timeouts.{verb}`.")
            }
            ErrorKind::Throttled => format!(
                "Wait for the time that the service requests, then apply again. If you set a \
                 longer `timeouts.{verb}`, the provider waits for you."
            ),
            ErrorKind::Service => format!(
                "{again}. If the service keeps failing, contact Azure support and quote the IDs \
                 above."
            ),
            ErrorKind::Conflict => {
                format!("Resolve the conflict or wait until it is over. {again}.")
            }
            ErrorKind::MethodNotAllowed if is_deletion => {
                "Apply again. If the service keeps rejecting the request, its build can delete \
                 such objects only in the portal. Delete the object there, and remove it from the \
                 state with `terraform state rm` or with a `removed` block."
                    .to_owned()
            }
            ErrorKind::MethodNotAllowed
            | ErrorKind::Rejected
            | ErrorKind::OperationFailed
            | ErrorKind::TooLarge => {
                "Correct what the service rejects, and apply again.".to_owned()
            }
            ErrorKind::NotFound if subject.is_agent => {
                "Check that the subscription and the resource group exist.".to_owned()
            }
            ErrorKind::Canceled | ErrorKind::OperationLost if !is_look => {
                "Apply again. The provider first reads the current state of the object.".to_owned()
            }
            _ => return None,
        },
        StoreError::NoEntry { .. } => {
            "Check the spelling. The data source `azuresre_available_tools` lists the catalog. The \
             tools of an MCP connector appear after the agent has reached the server. The provider \
             waits up to three minutes for them."
                .to_owned()
        }
        StoreError::Envelope(_) | StoreError::Archive(_) => format!(
            "{again}. If the service has changed, a newer version of the provider may support the \
             new format."
        ),
        _ => return None,
    };
    Some(text)
}

/// Returns the error for a document that cannot be read. `known` is what is known of the object,
/// such as its state.
pub(crate) fn misfit(kind: &Kind, target: &Target, known: &Value, error: Misfit) -> Diagnostic {
    let kept = match known.get("id").is_known() {
        true => " The state is unchanged.",
        false => "",
    };
    Diagnostic::error(
        format!("Cannot read the {} {:?}", kind.title, target.key),
        format!(
            "The response for {} does not have the documented format: {}.{kept} If the service has \
             changed, a newer version of the provider may support the new format.",
            target.id(kind),
            error.message
        ),
    )
    .at(error.path)
}

/// Returns the error that a new object already exists.
pub(crate) fn exists(kind: &Kind, subject: &Subject, id: &str) -> Diagnostic {
    let summary = format!("The {} {:?} already exists", subject.title, subject.name);
    Diagnostic::error(
        summary,
        format!(
            "The provider does not take over existing objects. If no other resource manages this \
             object, import it. To do so, add this block, and replace `example` with the name of \
             your resource:\n\nimport {{\n  to = {}.example\n  id = \"{id}\"\n}}\n\nOtherwise, \
             choose another name, or delete the object first. If this resource replaces the \
             object, Terraform must delete the old object first. To allow this, remove \
             `create_before_destroy` from the `lifecycle` block of the resource and of the \
             resources that depend on it.",
            kind.type_name()
        ),
    )
}

/// Returns the error that another resource has created the same object in this run.
pub(crate) fn created_twice(subject: &Subject) -> Diagnostic {
    Diagnostic::error(
        format!("The {} {:?} already exists", subject.title, subject.name),
        format!(
            "Another resource in this configuration created this object during the same run, and \
             names must be unique. Remove one of the two resources, or change its name.\n\nObject: \
             {}",
            subject.id
        ),
    )
}

/// Returns the error that the object was deleted after the plan.
pub(crate) fn vanished(subject: &Subject) -> Diagnostic {
    Diagnostic::error(
        format!("The {} {:?} no longer exists", subject.title, subject.name),
        format!(
            "Somebody else deleted it after the plan was created. Plan and apply again to recreate \
             it.{}",
            subject.address()
        ),
    )
}

/// Returns the warning that a write was, or may have been, accepted, and that its result is
/// unknown.
pub(crate) fn unfinished(verb: Verb, subject: &Subject, error: &StoreError) -> Diagnostic {
    let verb = verb.as_str();
    let is_open = matches!(error, StoreError::Azure(error)
        if error.operation().is_some_and(|method| method != "GET") && !error.was_accepted());
    let why = error.to_string();
    let why = why.trim_end_matches('.');
    let began = match is_open {
        true => format!(
            "The provider sent the request to {verb} it, but does not know whether the service has \
             completed it"
        ),
        false => {
            format!(
                "The service accepted the request to {verb} it, but the provider could not follow \
                 the operation to its end"
            )
        }
    };
    Diagnostic::warning(
        format!(
            "The {} {:?} is not complete yet",
            subject.title, subject.name
        ),
        format!(
            "{began}: {why}. Terraform saves what is known so far. The next plan or apply reads \
             the result and continues from there.{}",
            subject.address()
        ),
    )
}

/// Returns warnings for values that the service did not store as they were sent.
pub(crate) fn dropped(subject: &Subject, planned: &Value, answered: &Value) -> Vec<Diagnostic> {
    let mut paths = Vec::new();
    differences(planned, answered, &Path::root(), &mut paths);
    let warning =
        |path: Path| {
            Diagnostic::warning(
            format!("The service did not save {path} of the {} {:?}", subject.title, subject.name),
            format!(
                "The service accepted the value, but returns a different value or none. Terraform \
                 stores the configured value in state, and the next plan shows the difference. The \
                 object may not behave as {path} specifies."
            ),
        )
        .at(path)
        };
    paths.into_iter().map(warning).collect()
}

/// Returns the warning for a value that this build of the service dropped, as some builds do.
pub(crate) fn not_kept(subject: &Subject, path: Path) -> Diagnostic {
    Diagnostic::warning(
        format!(
            "The service did not save {path} of the {} {:?}",
            subject.title, subject.name
        ),
        format!(
            "The service accepted the value, but does not return it. Some builds of the service \
             ignore this argument. The object does not behave as {path} specifies. Terraform keeps \
             the configured value in state, because a later build may support it."
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

/// Returns a text as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', ':', '?', '`']) {
        ""
    } else {
        "."
    };
    format!("{}{end}", capitalized(text))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
