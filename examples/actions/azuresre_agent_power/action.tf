data "azuresre_agent" "this" {
  name                = "stock-agent"
  resource_group_name = "rg-sre"
}

# In the evening, run: terraform apply -invoke=action.azuresre_agent_power.stop
action "azuresre_agent_power" "stop" {
  config {
    agent_id    = data.azuresre_agent.this.id
    power_state = "Stopped"
  }
}

# In the morning, run: terraform apply -invoke=action.azuresre_agent_power.start
action "azuresre_agent_power" "start" {
  config {
    agent_id    = data.azuresre_agent.this.id
    power_state = "Running"
  }
}
