data "azuresre_agent" "returns" {
  name                = "returns-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_knowledge_document" "restart" {
  agent_id = data.azuresre_agent.returns.id
  name     = "restart.md"
}

output "indexed" {
  description = "Whether the agent can find the document."
  value       = data.azuresre_knowledge_document.restart.indexed
}
