resource "azuresre_agent" "support" {
  name                = "support-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

variable "sendgrid_api_key" {
  description = "The API key of SendGrid."
  type        = string
  sensitive   = true
  ephemeral   = true
  default     = "example"
}

# A user signs in to Jira in the portal.
resource "azuresre_managed_connection" "jira" {
  agent_id     = azuresre_agent.support.id
  name         = "jira"
  api_name     = "jira"
  display_name = "Tickets of the support team"
}

# SendGrid uses a key.
resource "azuresre_managed_connection" "sendgrid" {
  agent_id = azuresre_agent.support.id
  name     = "sendgrid"
  api_name = "sendgrid"

  parameter_values_wo         = { apiKey = var.sendgrid_api_key }
  parameter_values_wo_version = 1
}
