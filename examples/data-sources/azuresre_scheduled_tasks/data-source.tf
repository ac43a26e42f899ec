data "azuresre_agent" "stock" {
  name                = "stock-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_scheduled_tasks" "stock" {
  agent_id = data.azuresre_agent.stock.id
}

output "schedule" {
  description = "Schedules of the agent's tasks, in UTC."
  value = {
    for task in data.azuresre_scheduled_tasks.stock.items : task.name => task.cron_expression
    if task.enabled
  }
}
