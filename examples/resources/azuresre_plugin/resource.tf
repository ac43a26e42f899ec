resource "azuresre_agent" "delivery" {
  name                = "delivery-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_plugin" "runbooks" {
  agent_id = azuresre_agent.delivery.id
  name     = "runbook-search"

  settings = {
    source  = "https://runbooks.contoso.com/delivery"
    refresh = "24h"
  }
}
