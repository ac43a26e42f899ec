//! Checks of an agent across attributes.

use tfplugin::{Diagnostic, Diagnostics, Path, Value};

/// Texts that name a combination of identities.
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
        ["none"] => Err("Leave out the whole `identity` block to have no identity.".to_owned()),
        _ => Err(format!(
            "The value must be `SystemAssigned`, `UserAssigned` or `SystemAssigned, UserAssigned`; it \
             is {text:?}."
        )),
    }
}

/// `Automatic` of the reference page is `Autonomous` in every typed version of the API.
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

/// User-assigned identities are listed when, and only when, the type says that there are some.
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
            "The type asks for user-assigned identities: list at least one in `identity_ids`."
        }
        (false, true) => {
            "The type allows no user-assigned identities in `identity_ids`: add `UserAssigned` to it."
        }
        _ => return,
    };
    let path = Path::from("identity").attribute("identity_ids");
    diagnostics.push(Diagnostic::error("Identity type and list disagree", message).at(path));
}

/// Platforms that are reached with a key need one.
pub(super) fn incident_management(config: &Value, diagnostics: &mut Diagnostics) {
    let block = config.get("incident_management");
    let Some(platform) = block.get("type").as_str() else {
        return;
    };
    let keyed = ["pagerduty", "servicenow"].contains(&platform.to_ascii_lowercase().as_str());
    if keyed && block.get("connection_key").is_null() && block.get("connection_key_wo").is_null() {
        let path = Path::from("incident_management").attribute("connection_key_wo");
        let detail =
            format!("{platform} needs a key: set `connection_key_wo` or `connection_key`.");
        diagnostics.push(Diagnostic::error("The key of the platform is missing", detail).at(path));
    }
}

/// The service takes a subnet and the mode `AzureVNet` together or not at all.
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
            "A subnet needs `sandbox = { egress = { mode = \"AzureVNet\" } }`.",
        ),
        (true, true) => (
            Path::from("sandbox").attribute("egress").attribute("mode"),
            "The mode `AzureVNet` needs a subnet: set `vnet = { subnet_id = … }`.",
        ),
        _ => return,
    };
    diagnostics.push(Diagnostic::error("Subnet and egress mode disagree", detail).at(path));
}

/// Names of platforms that the service takes and ignores.
pub(super) fn platform(text: &str) -> Result<(), String> {
    if text.eq_ignore_ascii_case("None") {
        return Err("Leave out the whole block to have no platform.".to_owned());
    }
    if text.eq_ignore_ascii_case("AzureMonitor") {
        return Err(
            "The platform is called `AzMonitor`; the service takes `AzureMonitor` and ignores it."
                .to_owned(),
        );
    }
    Ok(())
}
