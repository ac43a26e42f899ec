variable "objects" {
  type = number
}

resource "azuresre_agent" "bench" {
  name                = "bench"
  subscription_id     = "00000000-0000-0000-0000-000000000001"
  resource_group_name = "bench"
  location            = "swedencentral"
}

resource "azuresre_knowledge_document" "bench" {
  count    = var.objects
  agent_id = azuresre_agent.bench.id
  name     = "runbook-${count.index}.md"
  content  = "# Runbook ${count.index}\n\nCompare the last hour with the same hour of the day before.\n"
}
