data "azuresre_agent" "login" {
  name                = "identity-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_tool_permissions" "login" {
  agent_id = data.azuresre_agent.login.id
}

output "denied" {
  description = "What the agent may not use."
  value       = data.azuresre_tool_permissions.login.deny
}
