resource "azuresre_agent" "billing" {
  name                = "billing-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_common_prompt" "safety" {
  agent_id = azuresre_agent.billing.id
  name     = "change-safety"

  prompt = <<-EOT
    Change nothing in production without an approval. When you propose a change, name
    the command, what it changes, and how to undo it.
  EOT
}

resource "azuresre_subagent" "invoices" {
  agent_id            = azuresre_agent.billing.id
  name                = "invoice-runs"
  handoff_description = "Invoice runs that failed or are late."
  instructions        = "Find the step in which an invoice run failed, its first error, and the customers concerned."
  common_prompts      = [azuresre_common_prompt.safety.name]
}
