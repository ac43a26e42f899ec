//! Checks across the attributes of an agent.

use tfplugin::{Diagnostic, Diagnostics, Path, Value};

/// Checks the type of an identity, which is a combination of types.
pub(super) fn identity_type(text: &str) -> Result<(), String> {
    let parts: Vec<_> = text
        .split(',')
        .map(|part| part.trim().to_ascii_lowercase())
        .collect();
    match parts
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["systemassigned" | "userassigned"]
        | ["systemassigned", "userassigned"]
        | ["userassigned", "systemassigned"] => Ok(()),
        ["none"] => Err("To use no identity, remove the `identity` block.".to_owned()),
        _ => Err(format!(
            "The value must be `SystemAssigned`, `UserAssigned` or `SystemAssigned, UserAssigned`, \
             but it is {text:?}."
        )),
    }
}

/// Compares action modes. `Automatic` in the reference documentation is `Autonomous` in every typed
/// version of the API.
pub(super) fn same_mode(one: &Value, other: &Value) -> bool {
    let folded = |value: &Value| {
        let text = value.as_str()?.to_ascii_lowercase();
        Some(match text.as_str() {
            "automatic" => "autonomous".to_owned(),
            _ => text,
        })
    };
    folded(one)
        .zip(folded(other))
        .is_some_and(|(one, other)| one == other)
}

/// Checks that user-assigned identities are listed if, and only if, the type includes them.
pub(super) fn identity(config: &Value, diagnostics: &mut Diagnostics) {
    let identity = config.get("identity");
    let (Some(kind), ids) = (identity.get("type").as_str(), identity.get("identity_ids")) else {
        return;
    };
    if ids.is_unknown() {
        return;
    }
    let wanted = kind.to_ascii_lowercase().contains("userassigned");
    let given = ids.elements().is_some_and(|ids| !ids.is_empty());
    let message = match (wanted, given) {
        (true, false) => {
            "The `type` includes `UserAssigned`, so `identity_ids` must contain at least one \
             identity."
        }
        (false, true) => {
            "The `type` does not include `UserAssigned`, so `identity_ids` must not be set. Add \
             `UserAssigned` to the `type`, or remove `identity_ids`."
        }
        _ => return,
    };
    let path = Path::from("identity").attribute("identity_ids");
    diagnostics.push(
        Diagnostic::error(
            "Identity type does not match the list of identities",
            message,
        )
        .at(path),
    );
}

/// Checks that a newly connected platform has a key if it requires one. ServiceNow can use a
/// connection instead.
pub(super) fn key_of_platform(config: &Value, prior: &Value, diagnostics: &mut Diagnostics) {
    let block = config.get("incident_management");
    let Some(platform) = connected(config, prior) else {
        return;
    };
    let keyed = ["pagerduty", "servicenow"].contains(&platform.to_ascii_lowercase().as_str());
    let by_connection = !block.get("api_connection_name").is_null();
    let has_key = ["connection_key", "connection_key_wo"]
        .iter()
        .any(|name| !block.get(name).is_null());
    if keyed && !has_key && !by_connection {
        let path = Path::from("incident_management").attribute("connection_key_wo");
        let detail = format!(
            "{platform} requires a key. Set `connection_key_wo` or `connection_key`. For \
             ServiceNow with OAuth, set `api_connection_name` instead."
        );
        diagnostics
            .push(Diagnostic::error("Missing key of the incident platform", detail).at(path));
    }
}

/// Checks that a key and a connection are not both set.
pub(super) fn platform_access(config: &Value, diagnostics: &mut Diagnostics) {
    let block = config.get("incident_management");
    let has_key = ["connection_key", "connection_key_wo"]
        .iter()
        .any(|name| block.get(name).is_known());
    if has_key && block.get("api_connection_name").is_known() {
        let path = Path::from("incident_management").attribute("api_connection_name");
        let detail =
            "The service does not accept both a key and an API connection. Set only one of them.";
        diagnostics.push(
            Diagnostic::error("Conflicting credentials for the incident platform", detail).at(path),
        );
    }
}

/// Warns about the filter that the service creates by itself. It acts on incidents until it is
/// removed.
pub(super) fn quickstart_plan(config: &Value, prior: &Value, diagnostics: &mut Diagnostics) {
    let argument = "remove_quickstart_plan";
    let block = config.get("incident_management");
    if connected(config, prior).is_some() && block.get(argument).is_null() {
        let detail = "When you connect a platform, the service creates its own incident filter \
                      (`quickstart_handler` or `quickstart_response_plan`). This filter acts on \
                      incidents autonomously, in addition to your own filters. To remove the \
                      filter, set `remove_quickstart_plan = true`. To keep it and to suppress this \
                      warning, set `remove_quickstart_plan = false`.";
        let path = Path::from("incident_management").attribute(argument);
        diagnostics.push(
            Diagnostic::warning("The service creates its own incident filter", detail).at(path),
        );
    }
}

/// Returns the platform, if it differs from the prior one.
fn connected<'a>(config: &'a Value, prior: &Value) -> Option<&'a str> {
    let of = |object: &'a Value| object.get("incident_management").get("type").as_str();
    let before = prior.get("incident_management").get("type").as_str();
    of(config).filter(|platform| before.is_none_or(|before| !before.eq_ignore_ascii_case(platform)))
}

/// Warns that with restricted egress, the service adds the hosts that the agent itself needs.
pub(super) fn allowed_hosts(config: &Value, prior: &Value, diagnostics: &mut Diagnostics) {
    let hosts = |object: &Value| -> Vec<String> {
        let hosts = object.get("sandbox").get("egress").get("allowed_hosts");
        let hosts = hosts.elements().unwrap_or_default().into_iter();
        hosts
            .filter_map(|host| Some(host.as_str()?.to_owned()))
            .collect()
    };
    let path = Path::from("sandbox")
        .attribute("egress")
        .attribute("allowed_hosts");
    let (before, now) = (hosts(prior), hosts(config));
    let lost: Vec<&String> = before.iter().filter(|host| !now.contains(host)).collect();
    if now.is_empty() || (before == now) || (lost.is_empty() && !prior.is_null()) {
        return;
    }
    let what = match lost.is_empty() {
        true => "If you omit this list, the service allows about thirty hosts".to_owned(),
        false => format!(
            "This change removes {} hosts from the current list",
            lost.len()
        ),
    };
    let detail = format!(
        "{what}. The agent needs the hosts of the platform to work, and your list replaces all \
         hosts. First omit the argument and read `allowed_hosts` from the state, then set the \
         argument to these hosts and your own."
    );
    diagnostics.push(
        Diagnostic::warning(
            "The list of hosts replaces the hosts of the service",
            detail,
        )
        .at(path),
    );
}

/// Checks that a subnet and the mode `AzureVNet` are set together.
pub(super) fn network(config: &Value, diagnostics: &mut Diagnostics) {
    let egress = config.get("sandbox").get("egress");
    let mode = egress.get("mode");
    let subnet = config.get("vnet");
    if mode.is_unknown() || subnet.is_unknown() {
        return;
    }
    let routed = mode
        .as_str()
        .is_some_and(|mode| mode.eq_ignore_ascii_case("AzureVNet"));
    let (path, detail) = match (subnet.is_null(), routed) {
        (false, false) => (
            Path::from("vnet"),
            "A subnet requires `sandbox = { egress = { mode = \"AzureVNet\" } }`.",
        ),
        (true, true) => (
            Path::from("sandbox").attribute("egress").attribute("mode"),
            "The mode `AzureVNet` requires a subnet. Set `vnet = { subnet_id = … }`.",
        ),
        _ => return,
    };
    diagnostics.push(Diagnostic::error("Subnet does not match the egress mode", detail).at(path));
}

/// Rejects names of platforms that the service accepts but ignores.
pub(super) fn platform(text: &str) -> Result<(), String> {
    if text.eq_ignore_ascii_case("None") {
        return Err("To use no platform, remove the `incident_management` block.".to_owned());
    }
    if text.eq_ignore_ascii_case("AzureMonitor") {
        return Err(
            "Use `AzMonitor`. The service accepts `AzureMonitor`, but ignores it.".to_owned(),
        );
    }
    Ok(())
}
