data "azuresre_agent" "delivery" {
  name                = "delivery-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_plugins" "delivery" {
  agent_id = data.azuresre_agent.delivery.id
}

output "import_ids" {
  description = "Import IDs of the plugins, by name."
  value       = { for plugin in data.azuresre_plugins.delivery.items : plugin.name => plugin.id }
}
