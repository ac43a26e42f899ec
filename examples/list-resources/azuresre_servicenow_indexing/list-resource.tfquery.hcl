list "azuresre_servicenow_indexing" "all" {
  provider = azuresre

  config {
    agent_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.App/agents/helpdesk-agent"
  }
}
