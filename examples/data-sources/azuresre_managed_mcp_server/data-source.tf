data "azuresre_agent" "desk" {
  name                = "service-desk-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_managed_mcp_server" "tickets" {
  agent_id = data.azuresre_agent.desk.id
  name     = "tickets"
}

output "operations" {
  description = "Operations that the agent can use with tickets."
  value       = flatten(data.azuresre_managed_mcp_server.tickets.connectors[*].operations[*].name)
}
