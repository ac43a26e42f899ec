provider "azuresre" {
  subscription_id = var.subscription_id
  plane           = var.plane
}

resource "azuresre_agent" "this" {
  name                = var.agent_name
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags

  # Connectors read with the system-assigned identity. The agent acts with the user-assigned one.
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

  incident_management = {
    type           = "ServiceNow"
    connection_url = var.servicenow_url

    # The key is a JSON text. Neither the plan nor the state contains it.
    connection_key_wo = jsonencode({
      endpoint = var.servicenow_url
      username = var.servicenow_username
      password = var.servicenow_password
    })
    connection_key_wo_version = var.servicenow_password_version

    # The plan that the platform brings would act on incidents in addition to our own filter.
    remove_quickstart_plan = true
  }
}

# Connectors work on ARM in every tenant, and the portal shows only connectors that are on ARM.
resource "azuresre_data_connector" "log_analytics" {
  agent_id = azuresre_agent.this.id
  name     = "log-analytics"
  plane    = "arm"

  log_analytics = {
    resource_id   = var.log_analytics_workspace_id
    resource_name = basename(var.log_analytics_workspace_id)
  }
}
