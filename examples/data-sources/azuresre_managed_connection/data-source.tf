data "azuresre_agent" "support" {
  name                = "support-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_managed_connection" "jira" {
  agent_id = data.azuresre_agent.support.id
  name     = "jira"
}

output "jira" {
  description = "Whether a user has signed in to Jira."
  value       = data.azuresre_managed_connection.jira.status
}
