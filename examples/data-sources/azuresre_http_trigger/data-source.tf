data "azuresre_agent" "payments" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_http_trigger" "release" {
  agent_id = data.azuresre_agent.payments.id
  name     = "release"
}

output "trigger_url" {
  description = "The URL that sets the agent to work."
  value       = data.azuresre_http_trigger.release.trigger_url
  sensitive   = true
}
