data "azuresre_agent" "this" {
  name                = "stock-agent"
  resource_group_name = "rg-sre"
}

# Run manually: terraform apply -invoke=action.azuresre_scheduled_task_run.now
action "azuresre_scheduled_task_run" "now" {
  config {
    agent_id = data.azuresre_agent.this.id
    name     = "morning-report"
  }
}
