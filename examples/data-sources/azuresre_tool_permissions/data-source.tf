data "azuresre_agent" "login" {
  name                = "identity-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_tool_permissions" "login" {
  agent_id = data.azuresre_agent.login.id
}

output "denied" {
  description = "Tools that the agent must not use."
  value       = data.azuresre_tool_permissions.login.deny
}
