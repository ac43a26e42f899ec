data "azuresre_agent" "billing" {
  name                = "billing-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_common_prompt" "safety" {
  agent_id = data.azuresre_agent.billing.id
  name     = "change-safety"
}

output "safety" {
  description = "Instructions for subagents about changes."
  value       = data.azuresre_common_prompt.safety.prompt
}
