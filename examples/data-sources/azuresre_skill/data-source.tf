data "azuresre_agent" "checkout" {
  name                = "checkout-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_skill" "latency" {
  agent_id = data.azuresre_agent.checkout.id
  name     = "triage-latency"
}

output "instructions" {
  description = "The instructions in Markdown."
  value       = data.azuresre_skill.latency.content
}
