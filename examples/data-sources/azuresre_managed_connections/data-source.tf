data "azuresre_agent" "support" {
  name                = "support-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_managed_connections" "support" {
  agent_id = data.azuresre_agent.support.id
}

output "waiting" {
  description = "Connections that a user must sign in to."
  value       = [for one in data.azuresre_managed_connections.support.items : one.name if one.status == "Unauthenticated"]
}
