data "azuresre_agent" "checkout" {
  name                = "checkout-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_servicenow_indexing" "checkout" {
  agent_id = data.azuresre_agent.checkout.id
}

output "assignment_group" {
  description = "Group whose incidents the agent reads."
  value       = data.azuresre_servicenow_indexing.checkout.assignment_group
}
