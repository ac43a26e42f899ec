data "azuresre_agent" "delivery" {
  name                = "delivery-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_managed_apis" "delivery" {
  agent_id = data.azuresre_agent.delivery.id
}

output "apis" {
  description = "APIs that the agent can connect to."
  value       = data.azuresre_managed_apis.delivery.apis[*].display_name
}
