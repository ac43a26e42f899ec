data "azuresre_agent" "orders" {
  name                = "orders-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_data_connectors" "orders" {
  agent_id = data.azuresre_agent.orders.id
}

output "not_ready" {
  description = "Connectors that are not installed, with the reason if the service returns one."
  value = {
    for connector in data.azuresre_data_connectors.orders.items : connector.name => connector.deployment_error
    if connector.provisioning_state != "Succeeded"
  }
}
