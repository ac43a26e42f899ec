data "azuresre_agent" "desk" {
  name                = "service-desk-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_managed_mcp_servers" "desk" {
  agent_id = data.azuresre_agent.desk.id
}

output "servers" {
  description = "Descriptions of the managed MCP servers of the agent, by name."
  value       = { for one in data.azuresre_managed_mcp_servers.desk.items : one.name => one.description }
}
