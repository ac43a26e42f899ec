data "azuresre_agents" "sre" {
  resource_group_name = "rg-sre"
}

output "endpoints" {
  description = "Data plane URLs of the agents in the resource group, by name."
  value       = { for agent in data.azuresre_agents.sre.items : agent.name => agent.agent_endpoint }
}
