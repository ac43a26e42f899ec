data "azuresre_agent" "shift" {
  name                = "night-shift-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_subagent_permissions" "cluster" {
  agent_id = data.azuresre_agent.shift.id
  name     = "cluster"
}

output "allowed" {
  description = "Tools that the subagent uses without asking."
  value       = data.azuresre_subagent_permissions.cluster.allow
}
