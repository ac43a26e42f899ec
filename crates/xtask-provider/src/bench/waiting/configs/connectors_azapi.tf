variable "objects" {
  type = number
}

provider "azapi" {
  skip_provider_registration = true
}

resource "azapi_resource" "agent" {
  type                      = "Microsoft.App/agents@2025-05-01-preview"
  name                      = "bench"
  parent_id                 = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/bench"
  location                  = "swedencentral"
  schema_validation_enabled = false
  body                      = { properties = {} }
}

resource "azapi_resource" "connector" {
  count                     = var.objects
  type                      = "Microsoft.App/agents/connectors@2025-05-01-preview"
  name                      = "logs-${count.index}"
  parent_id                 = azapi_resource.agent.id
  schema_validation_enabled = false
  body = {
    properties = {
      dataConnectorType = "Kusto"
      dataSource        = "https://logs.swedencentral.kusto.windows.net/logs-${count.index}"
      identity          = "system"
    }
  }
}
