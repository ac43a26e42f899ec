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
    type     = "PagerDuty"
    obo_user = var.requester_email

    # Neither the plan nor the state contains the key.
    connection_key_wo         = var.pagerduty_api_key
    connection_key_wo_version = var.pagerduty_api_key_version

    # The plan that the platform brings would act on pages in addition to our own filter.
    remove_quickstart_plan = true
  }
}

# Instructions that the agent follows in every thread. There is no subagent: the main agent is on call.
resource "azuresre_custom_instructions" "on_call" {
  agent_id     = azuresre_agent.this.id
  instructions = file("${path.module}/prompts/on-call.md")
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
