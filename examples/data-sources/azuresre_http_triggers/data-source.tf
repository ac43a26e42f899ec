data "azuresre_agent" "payments" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_http_triggers" "payments" {
  agent_id = data.azuresre_agent.payments.id
}

# The value of each name is a list, because names of triggers need not be unique.
output "trigger_urls" {
  description = "URLs that pipelines call, by trigger name."
  value       = { for trigger in data.azuresre_http_triggers.payments.items : trigger.name => trigger.trigger_url... }
  sensitive   = true
}
