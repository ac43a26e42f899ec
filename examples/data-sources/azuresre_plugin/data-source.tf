data "azuresre_agent" "delivery" {
  name                = "delivery-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_plugin" "runbooks" {
  agent_id = data.azuresre_agent.delivery.id
  name     = "runbook-search"
}

output "runbooks" {
  description = "ID of the plugin that searches runbooks."
  value       = data.azuresre_plugin.runbooks.id
}
