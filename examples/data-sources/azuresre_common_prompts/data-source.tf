data "azuresre_agent" "billing" {
  name                = "billing-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_common_prompts" "approval" {
  agent_id = data.azuresre_agent.billing.id
  search   = "approval"
}

output "on_approvals" {
  description = "Instructions for subagents about approvals, by prompt name."
  value       = { for prompt in data.azuresre_common_prompts.approval.items : prompt.name => prompt.prompt }
}
