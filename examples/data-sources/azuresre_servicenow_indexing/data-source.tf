data "azuresre_agent" "helpdesk" {
  name                = "helpdesk-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_servicenow_indexing" "helpdesk" {
  agent_id = data.azuresre_agent.helpdesk.id
}

output "assignment_group" {
  description = "Group whose incidents the agent reads."
  value       = data.azuresre_servicenow_indexing.helpdesk.assignment_group
}
