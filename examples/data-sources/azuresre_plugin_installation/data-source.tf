data "azuresre_agent" "runbook" {
  name                = "runbook-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_plugin_installation" "runbooks" {
  agent_id = data.azuresre_agent.runbook.id
  name     = "contoso-runbooks"
}

output "skills" {
  description = "The skills that the plugin has brought."
  value       = data.azuresre_plugin_installation.runbooks.imported_skills[*].name
}
