data "azuresre_agent" "runbook" {
  name                = "runbook-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_plugin_installation" "runbooks" {
  agent_id = data.azuresre_agent.runbook.id
  name     = "contoso-runbooks"
}

output "skills" {
  description = "Skills that the plugin provides."
  value       = data.azuresre_plugin_installation.runbooks.imported_skills[*].name
}
