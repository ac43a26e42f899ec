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

# Tools of an MCP server are disabled by default.
resource "azuresre_tool_enablement" "releases" {
  agent_id = azuresre_agent.rollout.id
  name     = "${azuresre_data_connector.releases.name}_list_releases"
  enabled  = true
}

# A built-in tool that this agent does not need.
resource "azuresre_tool_enablement" "write_commands" {
  agent_id = azuresre_agent.rollout.id
  name     = "RunAzCliWriteCommands"
  enabled  = false
}
