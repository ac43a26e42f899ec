resource "azuresre_agent" "desk" {
  name                = "service-desk-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_managed_connection" "jira" {
  agent_id = azuresre_agent.desk.id
  name     = "jira"
  api_name = "jira"
}

resource "azuresre_managed_mcp_server" "tickets" {
  agent_id    = azuresre_agent.desk.id
  name        = "tickets"
  description = "Reads and creates tickets in the service desk."

  connectors = [
    {
      connection_name = azuresre_managed_connection.jira.name
      api_name        = azuresre_managed_connection.jira.api_name

      operations = [
        { name = "ListItems", display_name = "List tickets" },
        {
          name              = "CreateItem"
          display_name      = "Create a ticket"
          requires_approval = true
          user_parameters   = [{ name = "project", value = "DESK" }]
          agent_parameters  = [{ name = "title", type = "string", required = true }]
        },
      ]
    },
  ]
}
