data "azuresre_agent" "payments" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_http_trigger" "release" {
  agent_id = data.azuresre_agent.payments.id
  name     = "release"
}

output "trigger_url" {
  description = "URL that starts a run of the agent."
  value       = data.azuresre_http_trigger.release.trigger_url
  sensitive   = true
}
