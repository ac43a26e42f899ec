//! What the roles of Azure SRE Agent allow on data planes, from their published definitions: data
//! actions of the form `Microsoft.App/agents/{area}/{read|write|delete}`.

use axum::http::Method;

use crate::profile::Role;

/// The area of a data action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    Threads,
    /// Approvals of what the agent asks for.
    Approval,
    Memory,
    IncidentManagement,
    ScheduledTasks,
    ExtendedAgents,
    /// Everything without a data action. Everybody with a role can read it, and administrators can
    /// write it.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Read,
    Write,
    Delete,
}

/// Returns whether a role allows a request. `below` contains the segments of its path, starting
/// with `api`, in lower case.
pub(crate) fn allows(role: Role, method: &Method, below: &[&str]) -> bool {
    // Listening to conversations counts as reading them, whatever the method of the request is.
    if below.first() == Some(&"agenthub") {
        return allows(role, &Method::GET, &["api", "v1", "threads"]);
    }
    let action = match *method {
        Method::GET | Method::HEAD => Action::Read,
        Method::DELETE => Action::Delete,
        _ => Action::Write,
    };
    let reads = action == Action::Read;
    match (role, area(below, reads)) {
        (Role::Administrator, _)
        | (Role::Author, Area::IncidentManagement | Area::ExtendedAgents)
        | (Role::User, Area::ScheduledTasks) => true,
        (Role::User, Area::Threads | Area::Memory) => action != Action::Delete,
        (Role::Author, Area::Threads | Area::Other)
        | (Role::User, Area::IncidentManagement | Area::Other)
        | (Role::Reader, Area::Threads | Area::Memory | Area::IncidentManagement | Area::Other) => {
            reads
        }
        (Role::Author | Role::User | Role::Reader | Role::None, _) => false,
    }
}

fn area(below: &[&str], reads: bool) -> Area {
    let below = below.get(2..).unwrap_or_default();
    match below {
        ["threads", ..] => Area::Threads,
        ["approvals" | "azcliexecution", ..] if reads => Area::Threads,
        ["approvals" | "azcliexecution", ..] => Area::Approval,
        ["agentmemory" | "workspacememory", ..] => Area::Memory,
        [
            "incidentplayground"
            | "incidentmanagement"
            | "incidents"
            | "incidentplatformvalidation",
            ..,
        ]
        | ["extendedagent", "incidentfilters" | "incidenthandlers", ..] => Area::IncidentManagement,
        ["scheduledtasks", ..] | ["extendedagent", "scheduledtasks", ..] => Area::ScheduledTasks,
        [
            "extendedagent" | "repos" | "github" | "azuredevops" | "plugins" | "connectorv2"
            | "httptriggers",
            ..,
        ]
        | ["agent", "skills", ..] => Area::ExtendedAgents,
        _ => Area::Other,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use rstest::rstest;

    use super::allows;
    use crate::profile::Role;

    #[rstest]
    #[case("v1/threads", "GET", &[Role::Author, Role::User, Role::Reader])]
    #[case("v1/threads/a/messages", "POST", &[Role::User])]
    #[case("v1/approvals/a", "GET", &[Role::Author, Role::User, Role::Reader])]
    #[case("v1/approvals/a/b/decision", "POST", &[])]
    #[case("v1/azcliexecution/a/b/action", "POST", &[])]
    #[case("v1/agentmemory/files", "GET", &[Role::User, Role::Reader])]
    #[case("v1/agentmemory/upload", "POST", &[Role::User])]
    #[case("v1/agentmemory/document/a", "DELETE", &[])]
    #[case("v1/incidentplayground/filters", "GET", &[Role::Author, Role::User, Role::Reader])]
    #[case("v2/extendedagent/incidentfilters/a", "DELETE", &[Role::Author])]
    #[case("v1/scheduledtasks", "GET", &[Role::User])]
    #[case("v2/extendedagent/scheduledtasks/a", "DELETE", &[Role::User])]
    #[case("v2/extendedagent/agents", "GET", &[Role::Author])]
    #[case("v2/repos/a", "PUT", &[Role::Author])]
    #[case("v2/agent/settings/global", "GET", &[Role::Author, Role::User, Role::Reader])]
    #[case("v2/agent/settings/global", "PUT", &[])]
    fn roles_allow_their_data_actions(
        #[case] path: &str,
        #[case] method: &str,
        #[case] besides_administrators: &[Role],
    ) {
        let path = format!("api/{path}");
        let below: Vec<&str> = path.split('/').collect();
        let method = method.parse::<Method>().unwrap();
        for role in [Role::Author, Role::User, Role::Reader, Role::None] {
            assert_eq!(
                allows(role, &method, &below),
                besides_administrators.contains(&role),
                "{role:?}"
            );
        }
        assert!(allows(Role::Administrator, &method, &below));
    }
}
