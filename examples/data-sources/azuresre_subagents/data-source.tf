data "azuresre_agent" "invoice" {
  name                = "invoice-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_subagents" "invoice" {
  agent_id = data.azuresre_agent.invoice.id
}

output "unreachable" {
  description = "The subagents without a handoff description, to which nothing is handed over."
  value = [
    for subagent in data.azuresre_subagents.invoice.items : subagent.name
    if subagent.handoff_description == null || subagent.handoff_description == ""
  ]
}
