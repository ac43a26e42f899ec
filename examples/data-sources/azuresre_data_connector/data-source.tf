data "azuresre_agent" "orders" {
  name                = "orders-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_data_connector" "tickets" {
  agent_id = data.azuresre_agent.orders.id
  name     = "tickets"
}

output "tickets_state" {
  description = "Provisioning state of the connector."
  value       = data.azuresre_data_connector.tickets.provisioning_state
}
