resource "azuresre_agent" "rollout" {
  name                = "rollout-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_data_connector" "releases" {
  agent_id = azuresre_agent.rollout.id
  name     = "releases"
  identity = ""

  mcp = {
    transport      = "http"
    endpoint       = "https://releases.contoso.com/mcp"
    auth_type      = "None"
    selected_tools = ["list_releases"]
  }
}

# A tool of an MCP server is off until it is switched on.
resource "azuresre_tool_enablement" "releases" {
  agent_id = azuresre_agent.rollout.id
  name     = "${azuresre_data_connector.releases.name}_list_releases"
  enabled  = true
}

# A tool of the service that this agent does without.
resource "azuresre_tool_enablement" "write_commands" {
  agent_id = azuresre_agent.rollout.id
  name     = "RunAzCliWriteCommands"
  enabled  = false
}
