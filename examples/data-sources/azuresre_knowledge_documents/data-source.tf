data "azuresre_agent" "returns" {
  name                = "returns-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_knowledge_documents" "returns" {
  agent_id = data.azuresre_agent.returns.id
}

output "unusable" {
  description = "Documents that could not be indexed, with the reason."
  value = {
    for document in data.azuresre_knowledge_documents.returns.items : document.name => document.error_reason
    if document.error_reason != null
  }
}
