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

resource "azapi_resource" "skill" {
  count                     = var.objects
  type                      = "Microsoft.App/agents/skills@2025-05-01-preview"
  name                      = "skill-${count.index}"
  parent_id                 = azapi_resource.agent.id
  schema_validation_enabled = false
  body = {
    properties = {
      value = base64encode(jsonencode({
        name         = "skill-${count.index}"
        description  = "Finds out what skill-${count.index} is about."
        skillContent = "# How skill-${count.index} goes on\n\nCompare the last hour with the same hour of the day before.\n"
        tools        = []
      }))
    }
  }
}
