resource "azuresre_agent" "warehouse" {
  name                = "warehouse-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"

  identity = {
    type = "SystemAssigned"
  }
}

resource "azuresre_data_connector" "logs" {
  agent_id = azuresre_agent.warehouse.id
  name     = "warehouse-logs"

  kusto = {
    url = "https://warehouse.swedencentral.kusto.windows.net/logs"
  }
}

# A query.
resource "azuresre_tool" "failed_orders" {
  agent_id    = azuresre_agent.warehouse.id
  name        = "FailedOrders"
  description = "Lists the orders of a warehouse that failed in the last hours, with the error."

  parameters = [
    { name = "warehouse", description = "The code of the warehouse, such as STO1.", required = true },
    { name = "hours", type = "integer", description = "How many hours to look back.", required = true },
  ]

  kusto = {
    connector = azuresre_data_connector.logs.name
    database  = "logs"
    query     = "Orders | where Warehouse == '##warehouse##' and Timestamp > ago(##hours##h) and Status == 'Failed'"
  }
}

# A Python function.
resource "azuresre_tool" "backlog_end" {
  agent_id    = azuresre_agent.warehouse.id
  name        = "BacklogEnd"
  description = "Calculates how many hours it takes to clear a backlog of orders."

  parameters = [
    { name = "backlog", type = "number", description = "Open orders.", required = true },
    { name = "inflow", type = "number", description = "New orders per hour.", required = true },
    { name = "rate", type = "number", description = "Orders processed per hour.", required = true },
  ]

  python = {
    timeout_seconds = 30

    code = <<-EOT
      def main(backlog, inflow, rate):
          if rate <= inflow:
              return {"hours": None, "reason": "orders come in faster than they are worked off"}
          return {"hours": backlog / (rate - inflow)}
    EOT
  }
}

# A link.
resource "azuresre_tool" "dashboard" {
  agent_id    = azuresre_agent.warehouse.id
  name        = "WarehouseDashboard"
  description = "Creates the link to the dashboard of a warehouse, for use in reports."

  parameters = [
    { name = "warehouse", description = "The code of the warehouse, such as STO1.", required = true },
  ]

  link = {
    template = "https://dashboards.contoso.com/warehouse/{warehouse}"
  }
}
