data "azuresre_agent" "search" {
  name                = "search-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_custom_instructions" "search" {
  agent_id = data.azuresre_agent.search.id
}

output "instructions" {
  description = "What the agent is told in every thread."
  value       = data.azuresre_custom_instructions.search.instructions
}
