data "azuresre_agent" "storefront" {
  name                = "storefront-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_incident_filter" "critical" {
  agent_id = data.azuresre_agent.storefront.id
  name     = "storefront-critical"
}

output "handler" {
  description = "Subagent that works on critical incidents."
  value       = data.azuresre_incident_filter.critical.subagent
}
