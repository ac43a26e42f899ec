data "azuresre_agent" "search" {
  name                = "search-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_custom_instructions" "search" {
  agent_id = data.azuresre_agent.search.id
}

output "instructions" {
  description = "Instructions that the agent follows in every thread."
  value       = data.azuresre_custom_instructions.search.instructions
}
