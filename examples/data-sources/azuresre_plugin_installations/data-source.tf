data "azuresre_agent" "runbook" {
  name                = "runbook-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_plugin_installations" "runbook" {
  agent_id = data.azuresre_agent.runbook.id
}

output "plugins" {
  description = "Installed plugins, by installation."
  value       = { for one in data.azuresre_plugin_installations.runbook.items : one.name => one.plugin }
}
