resource "azuresre_agent" "payments" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_http_trigger" "release" {
  agent_id    = azuresre_agent.payments.id
  name        = "release"
  description = "Called by the release pipeline."
  prompt      = "Watch release {payload.version} for half an hour and report what became worse."
  mode        = "Review"
}

output "trigger_url" {
  description = "URL that the pipeline calls."
  value       = azuresre_http_trigger.release.trigger_url
  sensitive   = true
}
