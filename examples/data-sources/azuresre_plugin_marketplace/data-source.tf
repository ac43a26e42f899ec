data "azuresre_agent" "platform" {
  name                = "marketplace-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_plugin_marketplace" "contoso" {
  agent_id = data.azuresre_agent.platform.id
  name     = "contoso"
}

output "clone_status" {
  description = "Clone status of the marketplace."
  value       = data.azuresre_plugin_marketplace.contoso.clone_status
}
