data "azuresre_agent" "stock" {
  name                = "stock-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_scheduled_task" "morning_report" {
  agent_id = data.azuresre_agent.stock.id
  name     = "morning-report"
}

output "schedule" {
  description = "Schedule of the report, in UTC."
  value       = data.azuresre_scheduled_task.morning_report.cron_expression
}
