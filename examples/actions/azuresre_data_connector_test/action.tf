data "azuresre_agent" "this" {
  name                = "orders-agent"
  resource_group_name = "rg-sre"
}

# Represents a new version of the MCP server. Terraform tests the connection after each change.
resource "terraform_data" "server" {
  input = "1.4.2"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.azuresre_data_connector_test.tickets]
    }
  }
}

action "azuresre_data_connector_test" "tickets" {
  config {
    agent_id = data.azuresre_agent.this.id
    name     = "tickets"
  }
}
