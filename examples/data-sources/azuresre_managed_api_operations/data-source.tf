data "azuresre_agent" "delivery" {
  name                = "delivery-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_managed_api_operations" "outlook" {
  agent_id = data.azuresre_agent.delivery.id
  api      = "office365"
}

output "operations" {
  description = "Operations that you can allow the agent to use with Outlook."
  value       = data.azuresre_managed_api_operations.outlook.operations[*].name
}
