data "azuresre_agent" "invoice" {
  name                = "invoice-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_subagents" "invoice" {
  agent_id = data.azuresre_agent.invoice.id
}

output "unreachable" {
  description = "Subagents without a handoff description, to which no work is handed off."
  value = [
    for subagent in data.azuresre_subagents.invoice.items : subagent.name
    if subagent.handoff_description == null || subagent.handoff_description == ""
  ]
}
