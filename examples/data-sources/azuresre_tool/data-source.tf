data "azuresre_agent" "warehouse" {
  name                = "warehouse-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_tool" "failed_orders" {
  agent_id = data.azuresre_agent.warehouse.id
  name     = "FailedOrders"
}

output "query" {
  description = "Query that the tool runs."
  value       = data.azuresre_tool.failed_orders.kusto.query
}
