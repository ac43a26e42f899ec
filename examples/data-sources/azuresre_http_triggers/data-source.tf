data "azuresre_agent" "payments" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_http_triggers" "payments" {
  agent_id = data.azuresre_agent.payments.id
}

# Names of triggers need not be unique, hence the lists.
output "trigger_urls" {
  description = "What pipelines call, by the name of the trigger."
  value       = { for trigger in data.azuresre_http_triggers.payments.items : trigger.name => trigger.trigger_url... }
  sensitive   = true
}
