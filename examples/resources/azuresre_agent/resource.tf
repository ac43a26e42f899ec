locals {
  identity_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-shop-agent"
}

variable "pagerduty_api_key" {
  description = "The API key of a PagerDuty user."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "azuresre_agent" "shop" {
  name                = "shop-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"

  identity = {
    type         = "UserAssigned"
    identity_ids = [local.identity_id]
  }

  action = {
    mode         = "Review"
    access_level = "Low"
    identity_id  = local.identity_id
  }

  knowledge_graph = {
    identity_id = local.identity_id
    managed_resources = [
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-shop",
    ]
  }

  incident_management = {
    type = "PagerDuty"

    # Neither the plan nor the state contains the key. Increase the version when the key changes.
    connection_key_wo         = var.pagerduty_api_key
    connection_key_wo_version = 1
  }

  monthly_agent_unit_limit = 5000

  tags = {
    environment = "production"
  }
}
