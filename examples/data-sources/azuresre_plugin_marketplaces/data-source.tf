data "azuresre_agent" "platform" {
  name                = "marketplace-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_plugin_marketplaces" "platform" {
  agent_id = data.azuresre_agent.platform.id
}

output "sources" {
  description = "Repositories that plugins come from, by marketplace."
  value       = { for one in data.azuresre_plugin_marketplaces.platform.items : one.name => one.source_url }
}
