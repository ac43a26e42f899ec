variable "servicenow" {
  description = "Sign-in to ServiceNow: a JSON text with endpoint, username and password."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "azuresre_agent" "checkout" {
  name                = "checkout-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"

  incident_management = {
    type                      = "ServiceNow"
    connection_url            = "https://contoso.service-now.com"
    connection_key_wo         = var.servicenow
    connection_key_wo_version = 1
  }
}

resource "azuresre_servicenow_indexing" "checkout" {
  agent_id         = azuresre_agent.checkout.id
  assignment_group = "Checkout On-Call"
  lookback_days    = 14
}
