data "azuresre_agent" "returns" {
  name                = "returns-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_knowledge_status" "returns" {
  agent_id = data.azuresre_agent.returns.id
}

check "knowledge" {
  assert {
    condition     = data.azuresre_knowledge_status.returns.documents_failed == 0
    error_message = "The agent cannot index some of its documents."
  }
}

output "indexed" {
  description = "Number of documents that the indexer has processed."
  value       = data.azuresre_knowledge_status.returns.documents_processed
}
