variable "servicenow" {
  description = "Sign-in to ServiceNow: a JSON text with endpoint, username and password."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "azuresre_agent" "helpdesk" {
  name                = "helpdesk-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"

  incident_management = {
    type                      = "ServiceNow"
    connection_url            = "https://contoso.service-now.com"
    connection_key_wo         = var.servicenow
    connection_key_wo_version = 1
  }
}

resource "azuresre_servicenow_indexing" "helpdesk" {
  agent_id         = azuresre_agent.helpdesk.id
  assignment_group = "Checkout Team"
  lookback_days    = 14
}
