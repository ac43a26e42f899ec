provider "azuresre" {
  subscription_id = var.subscription_id
  plane           = var.plane
}

resource "azuresre_agent" "this" {
  name                = var.agent_name
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags

  identity = {
    type         = "SystemAssigned, UserAssigned"
    identity_ids = [var.identity_id]
  }

  action = {
    mode         = "Review"
    access_level = "Low"
    identity_id  = var.identity_id
  }

  knowledge_graph = {
    identity_id       = var.identity_id
    managed_resources = var.managed_resource_group_ids
  }
}
