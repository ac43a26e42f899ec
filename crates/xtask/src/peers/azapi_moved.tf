# The same objects with this provider, moved from azapi by `moved` blocks.

terraform {
  required_providers {
    azapi    = { source = "Azure/azapi" }
    azuresre = { source = "azuresre/azuresre" }
  }
}

provider "azapi" {
  skip_provider_registration = true
}

provider "azuresre" {
  plane = "arm"
}

variable "channel" {
  type = string
}

variable "text" {
  type = string
}

resource "azuresre_agent" "shop" {
  name                = "shop"
  resource_group_name = "rg-peer"
  location            = "swedencentral"
  tags                = { team = "shop" }

  identity = {
    type         = "SystemAssigned, UserAssigned"
    identity_ids = ["/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-peer/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-shop"]
  }

  action          = { mode = "Review", access_level = "Low" }
  upgrade_channel = var.channel

  log = {
    application_insights = {
      app_id                       = "00000000-0000-0000-0000-00000000000a"
      connection_string_wo         = "InstrumentationKey=secret-of-telemetry"
      connection_string_wo_version = 1
    }
  }

  incident_management = {
    type                      = "PagerDuty"
    connection_name           = "pagerduty"
    connection_key_wo         = "secret-of-the-platform"
    connection_key_wo_version = 1
  }
}

resource "azuresre_data_connector" "logs" {
  for_each = toset(["audit", "logs"])

  agent_id = azuresre_agent.shop.id
  name     = each.key
  kusto    = { url = "https://shop.swedencentral.kusto.windows.net/${each.key}" }
}

resource "azuresre_data_connector" "tickets" {
  agent_id = azuresre_agent.shop.id
  name     = "tickets"
  identity = ""
  mcp = {
    transport               = "http"
    endpoint                = "https://tickets.contoso.com/mcp"
    data_source             = "https://tickets.contoso.com/mcp"
    auth_type               = "BearerToken"
    bearer_token_wo         = "secret-of-the-tickets"
    bearer_token_wo_version = 1
  }
}

resource "azuresre_skill" "triage" {
  agent_id    = azuresre_agent.shop.id
  name        = "triage"
  description = "Finds out why requests have become slow."
  content     = var.text
  tools       = ["RunAzCliReadCommands"]
}

resource "azuresre_subagent" "database" {
  agent_id            = azuresre_agent.shop.id
  name                = "database"
  handoff_description = "Slow queries and locks."
  instructions        = var.text
  tools               = ["RunAzCliReadCommands"]
}

resource "azuresre_tool" "dashboard" {
  agent_id    = azuresre_agent.shop.id
  name        = "Dashboard"
  description = "Makes the link to a dashboard."
  link        = { template = "https://dashboards.contoso.com/shop" }
}

resource "azuresre_scheduled_task" "morning" {
  agent_id        = azuresre_agent.shop.id
  name            = "morning"
  cron_expression = "30 6 * * 1-5"
  prompt          = var.text
  mode            = "ReadOnly"
}

resource "azuresre_incident_filter" "critical" {
  agent_id   = azuresre_agent.shop.id
  name       = "critical"
  platform   = "PagerDuty"
  priorities = ["P1"]
  mode       = "Review"
}

resource "azuresre_hook" "evidence" {
  agent_id   = azuresre_agent.shop.id
  name       = "evidence"
  event_type = "Stop"
  prompt     = { prompt = var.text }
}

resource "azuresre_common_prompt" "safety" {
  agent_id = azuresre_agent.shop.id
  name     = "safety"
  prompt   = var.text
}

resource "azuresre_repo" "shop" {
  agent_id = azuresre_agent.shop.id
  name     = "shop"
  url      = "https://github.com/contoso/shop"
  type     = "GitHub"
  plane    = "arm"
}

# This provider only supports plugins on the data plane, so azapi keeps those on ARM.
resource "azapi_resource" "child" {
  for_each = { "pluginConfigs/runbooks" = { site = "eu" } }

  schema_validation_enabled = false

  type      = "Microsoft.App/agents/${split("/", each.key)[0]}@2025-05-01-preview"
  name      = split("/", each.key)[1]
  parent_id = azuresre_agent.shop.id
  body      = { properties = { value = base64encode(jsonencode(each.value)) } }
}

moved {
  from = azapi_resource.agent
  to   = azuresre_agent.shop
}

moved {
  from = azapi_resource.logs
  to   = azuresre_data_connector.logs
}

moved {
  from = azapi_resource.tickets
  to   = azuresre_data_connector.tickets
}

moved {
  from = azapi_resource.child["skills/triage"]
  to   = azuresre_skill.triage
}

moved {
  from = azapi_resource.child["subagents/database"]
  to   = azuresre_subagent.database
}

moved {
  from = azapi_resource.child["tools/Dashboard"]
  to   = azuresre_tool.dashboard
}

moved {
  from = azapi_resource.child["scheduledTasks/morning"]
  to   = azuresre_scheduled_task.morning
}

moved {
  from = azapi_resource.child["incidentFilters/critical"]
  to   = azuresre_incident_filter.critical
}

moved {
  from = azapi_resource.child["hooks/evidence"]
  to   = azuresre_hook.evidence
}

moved {
  from = azapi_resource.child["commonPrompts/safety"]
  to   = azuresre_common_prompt.safety
}

moved {
  from = azapi_resource.child["repositories/shop"]
  to   = azuresre_repo.shop
}
