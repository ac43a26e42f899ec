data "azuresre_agent" "storefront" {
  name                = "storefront-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_incident_filters" "storefront" {
  agent_id = data.azuresre_agent.storefront.id
}

output "handlers" {
  description = "Subagents that work on incidents, by the name of the enabled filter."
  value = {
    for filter in data.azuresre_incident_filters.storefront.items : filter.name => filter.subagent
    if filter.enabled
  }
}
