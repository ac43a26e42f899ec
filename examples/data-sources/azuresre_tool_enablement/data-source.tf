data "azuresre_agent" "rollout" {
  name                = "rollout-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_tool_enablement" "releases" {
  agent_id = data.azuresre_agent.rollout.id
  name     = "releases_list_releases"
}

output "releases_enabled" {
  description = "Whether the main agent may use the tool."
  value       = data.azuresre_tool_enablement.releases.enabled
}
