data "azuresre_agent" "rollout" {
  name                = "rollout-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_available_tools" "rollout" {
  agent_id = data.azuresre_agent.rollout.id
}

output "release_tools" {
  description = "Tools of an MCP connector, and whether the main agent may use them."
  value = {
    for tool in data.azuresre_available_tools.rollout.tools : tool.name => tool.enabled
    if tool.connector == "releases"
  }
}
