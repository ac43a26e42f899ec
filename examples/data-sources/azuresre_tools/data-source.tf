data "azuresre_agent" "warehouse" {
  name                = "warehouse-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_tools" "warehouse" {
  agent_id = data.azuresre_agent.warehouse.id
}

output "queries" {
  description = "Queries that tools run, by tool name."
  value = {
    for tool in data.azuresre_tools.warehouse.items : tool.name => tool.kusto.query
    if tool.kusto != null
  }
}
