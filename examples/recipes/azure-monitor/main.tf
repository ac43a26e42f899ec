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

  # The alerts of the subscription. The filters in incidents.tf select the alerts that the agent takes.
  incident_management = {
    type = "AzMonitor"

    # The plan that the platform brings would act on alerts in addition to our own filter.
    remove_quickstart_plan = true
  }
}

# Connectors work on ARM in every tenant, and the portal shows only connectors that are on ARM.
resource "azuresre_data_connector" "application_insights" {
  count = var.application_insights_id == null ? 0 : 1

  agent_id = azuresre_agent.this.id
  name     = "app-insights"
  plane    = "arm"

  app_insights = {
    resource_id   = var.application_insights_id
    resource_name = basename(var.application_insights_id)
  }
}

resource "azuresre_data_connector" "log_analytics" {
  count = var.log_analytics_workspace_id == null ? 0 : 1

  agent_id = azuresre_agent.this.id
  name     = "log-analytics"
  plane    = "arm"

  log_analytics = {
    resource_id   = var.log_analytics_workspace_id
    resource_name = basename(var.log_analytics_workspace_id)
  }
}

resource "azuresre_github_domain" "this" {
  count = var.github_app == null ? 0 : 1

  agent_id = azuresre_agent.this.id
  name     = "github.com"

  app = {
    client_id             = var.github_app.client_id
    private_key_uri       = var.github_app.private_key_uri
    key_vault_identity_id = var.identity_id
  }
}

resource "azuresre_repo" "this" {
  for_each = var.repositories

  agent_id    = azuresre_agent.this.id
  name        = each.key
  type        = "GitHub"
  url         = each.value.url
  branch      = each.value.branch
  description = each.value.description

  # The agent must sign in before it can clone a repository.
  depends_on = [azuresre_github_domain.this]
}
