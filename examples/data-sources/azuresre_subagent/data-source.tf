data "azuresre_agent" "invoice" {
  name                = "invoice-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_subagent" "database" {
  agent_id = data.azuresre_agent.invoice.id
  name     = "database"
}

output "handoffs" {
  description = "Subagents that it may hand off to."
  value       = data.azuresre_subagent.database.handoffs
}
