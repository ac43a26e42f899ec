//! Resources with a marker in every secret argument.

use crate::world::AGENT;

/// A resource with markers.
pub(super) struct Canary {
    /// Its address.
    pub(super) address: String,
    /// Its block.
    pub(super) block: String,
    /// What its markers are called, as `type.path`.
    pub(super) markers: Vec<String>,
}

impl Canary {
    /// A resource in [`AGENT`]. In its arguments, `<path>` stands for the variable of the marker of
    /// that path.
    fn new(address: &str, key: &str, arguments: &str) -> Self {
        let (ty, label) = address.split_once('.').unwrap();
        let agent = match ty {
            "azuresre_agent" => String::new(),
            _ => format!("agent_id = \"{AGENT}\"\n"),
        };
        let mut markers = Vec::new();
        let mut text = arguments.to_owned();
        while let Some((before, rest)) = text.split_once('<') {
            let (path, after) = rest.split_once('>').unwrap();
            let marker = format!("{ty}.{path}");
            text = format!("{before}var.{}{after}", variable(&marker));
            markers.push(marker);
        }
        Self {
            address: address.to_owned(),
            block: format!("resource \"{ty}\" \"{label}\" {{\n{agent}{key}{text}\n}}\n"),
            markers,
        }
    }
}

/// The variable that a marker comes through.
pub(super) fn variable(marker: &str) -> String {
    marker.replace('.', "_")
}

/// All write-only arguments.
pub(super) fn write_only() -> Vec<Canary> {
    let mut all = Vec::new();
    let mut add = |ty: &str, key: &str, arguments: &str| {
        let more = "additional_properties_wo = { canary = <additional_properties_wo> }
             additional_properties_wo_version = var.version_of_all";
        let address = format!("{ty}.canary");
        all.push(Canary::new(&address, key, &format!("{arguments}\n{more}")));
    };
    let long = "instructions of more than fifty characters, as the service wants them";
    add(
        "azuresre_agent",
        "name = \"canary\"\nresource_group_name = \"rg\"\nlocation = \"swedencentral\"\n",
        "log = {
           application_insights = {
             connection_string_wo = <log.application_insights.connection_string_wo>
             connection_string_wo_version = var.version_of_all
           }
           log_analytics = {
             workspace_id = \"workspace\"
             shared_key_wo = <log.log_analytics.shared_key_wo>
             shared_key_wo_version = var.version_of_all
           }
         }
         incident_management = {
           type = \"PagerDuty\"
           connection_key_wo = <incident_management.connection_key_wo>
           connection_key_wo_version = var.version_of_all
         }",
    );
    add(
        "azuresre_data_connector",
        "name = \"tools\"\n",
        "mcp = {
           transport = \"http\"
           endpoint = \"https://mcp.contoso.com\"
           bearer_token_wo = <mcp.bearer_token_wo>
           bearer_token_wo_version = var.version_of_all
           headers_wo = { x = <mcp.headers_wo> }
           headers_wo_version = var.version_of_all
           environment_wo = { y = <mcp.environment_wo> }
           environment_wo_version = var.version_of_all
         }",
    );
    add(
        "azuresre_github_domain",
        "name = \"github.com\"\n",
        "pat = { token_wo = <pat.token_wo>, token_wo_version = var.version_of_all }",
    );
    add(
        "azuresre_common_prompt",
        "name = \"p\"\n",
        "prompt = \"Ask first.\"",
    );
    add(
        "azuresre_custom_instructions",
        "",
        "instructions = \"Quote evidence.\"",
    );
    add(
        "azuresre_hook",
        "name = \"h\"\n",
        "event_type = \"Stop\"\nprompt = { prompt = \"Is it done?\" }",
    );
    add(
        "azuresre_http_trigger",
        "name = \"t\"\n",
        "prompt = \"Look.\"",
    );
    add(
        "azuresre_incident_filter",
        "name = \"f\"\n",
        "platform = \"AzMonitor\"\npriorities = [\"Sev0\"]",
    );
    add("azuresre_plugin", "name = \"p\"\n", "settings = { a = 1 }");
    add(
        "azuresre_repo",
        "name = \"r\"\n",
        "url = \"https://github.com/contoso/shop\"\ntype = \"GitHub\"",
    );
    add(
        "azuresre_scheduled_task",
        "name = \"t\"\n",
        "cron_expression = \"0 7 * * *\"\nprompt = \"Look.\"",
    );
    add(
        "azuresre_skill",
        "name = \"s\"\n",
        &format!("description = \"d\"\ncontent = \"{long}\""),
    );
    add(
        "azuresre_subagent",
        "name = \"s\"\n",
        &format!("instructions = \"{long}\""),
    );
    add(
        "azuresre_tool",
        "name = \"t\"\n",
        "description = \"d\"\nlink = { template = \"https://contoso.com\" }",
    );
    add("azuresre_tool_permissions", "", "allow = [\"ReadFile\"]");
    all
}

/// All sensitive arguments that are not write-only.
pub(super) fn stored() -> Vec<Canary> {
    vec![
        Canary::new(
            "azuresre_agent.canary",
            "name = \"canary\"\nresource_group_name = \"rg\"\nlocation = \"swedencentral\"\n",
            "log = {
               application_insights = { connection_string = <log.application_insights.connection_string> }
               log_analytics = {
                 workspace_id = \"workspace\"
                 shared_key   = <log.log_analytics.shared_key>
               }
             }
             incident_management = {
               type = \"PagerDuty\"
               connection_key = <incident_management.connection_key>
             }",
        ),
        Canary::new(
            "azuresre_data_connector.canary",
            "name = \"tools\"\n",
            "mcp = {
               transport = \"http\"
               endpoint = \"https://mcp.contoso.com\"
               bearer_token = <mcp.bearer_token>
               headers = { x = <mcp.headers> }
               environment = { y = <mcp.environment> }
             }",
        ),
        Canary::new(
            "azuresre_data_connector.other",
            "name = \"other\"\n",
            "other = {
               type = \"Snowflake\"
               data_source = <other.data_source>
               settings = { deep = { down = [<other.settings>] } }
             }",
        ),
        Canary::new(
            "azuresre_github_domain.canary",
            "name = \"github.com\"\n",
            "pat = { token = <pat.token> }",
        ),
    ]
}
