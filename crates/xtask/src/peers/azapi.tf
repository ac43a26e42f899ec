# With azapi: an agent and connectors with its embedded schema, and a child of every base64 kind on ARM.

terraform {
  required_providers {
    azapi = { source = "Azure/azapi" }
  }
}

provider "azapi" {
  skip_provider_registration = true
}

variable "channel" {
  type = string
}

variable "text" {
  type = string
}

locals {
  group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-peer"
  children = {
    "commonPrompts/safety" = { name = "safety", prompt = var.text }
    "hooks/evidence" = {
      name      = "evidence"
      eventType = "Stop"
      hook      = { type = "Prompt", prompt = var.text }
    }
    "incidentFilters/critical" = {
      name             = "critical"
      incidentPlatform = "PagerDuty"
      priorities       = ["P1"]
      handlingAgent    = "default"
      agentMode        = "Review"
    }
    "pluginConfigs/runbooks" = { site = "eu" }
    "repositories/shop"      = { name = "shop", url = "https://github.com/contoso/shop", type = "GitHub" }
    "scheduledTasks/morning" = {
      name           = "morning"
      cronExpression = "30 6 * * 1-5"
      agentPrompt    = var.text
      agentMode      = "ReadOnly"
    }
    "skills/triage" = {
      name           = "triage"
      description    = "Finds out why requests have become slow."
      skillMdContent = var.text
      tools          = ["RunAzCliReadCommands"]
    }
    "subagents/database" = {
      name               = "database"
      handoffDescription = "Slow queries and locks."
      handoffs           = []
      instructions       = var.text
      tools              = ["RunAzCliReadCommands"]
    }
    "tools/Dashboard" = {
      name        = "Dashboard"
      type        = "LinkTool"
      description = "Makes the link to a dashboard."
      template    = "https://dashboards.contoso.com/shop"
    }
  }
}

resource "azapi_resource" "agent" {
  type      = "Microsoft.App/agents@2026-01-01"
  name      = "shop"
  parent_id = local.group
  location  = "swedencentral"
  tags      = { team = "shop" }

  identity {
    type         = "SystemAssigned, UserAssigned"
    identity_ids = ["${local.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-shop"]
  }

  body = {
    properties = {
      actionConfiguration = { mode = "Review", accessLevel = "Low" }
      upgradeChannel      = var.channel
      logConfiguration = {
        applicationInsightsConfiguration = {
          appId            = "00000000-0000-0000-0000-00000000000a"
          connectionString = "InstrumentationKey=secret-of-telemetry"
        }
      }
      incidentManagementConfiguration = { type = "PagerDuty", connectionName = "pagerduty" }
    }
  }

  sensitive_body = {
    properties = {
      incidentManagementConfiguration = { connectionKey = "secret-of-the-platform" }
    }
  }
}

resource "azapi_resource" "logs" {
  for_each = toset(["audit", "logs"])

  type      = "Microsoft.App/agents/connectors@2026-01-01"
  name      = each.key
  parent_id = azapi_resource.agent.id
  body = {
    properties = {
      dataConnectorType = "Kusto"
      dataSource        = "https://shop.swedencentral.kusto.windows.net/${each.key}"
      identity          = "system"
    }
  }
}

resource "azapi_resource" "tickets" {
  type      = "Microsoft.App/agents/connectors@2026-01-01"
  name      = "tickets"
  parent_id = azapi_resource.agent.id
  body = {
    properties = {
      dataConnectorType = "Mcp"
      dataSource        = "https://tickets.contoso.com/mcp"
      identity          = ""
      extendedProperties = {
        type        = "http"
        endpoint    = "https://tickets.contoso.com/mcp"
        authType    = "BearerToken"
        bearerToken = "secret-of-the-tickets"
      }
    }
  }
}

resource "azapi_resource" "child" {
  for_each = local.children

  # Its schema does not contain these kinds.
  schema_validation_enabled = false

  type      = "Microsoft.App/agents/${split("/", each.key)[0]}@2025-05-01-preview"
  name      = split("/", each.key)[1]
  parent_id = azapi_resource.agent.id
  body      = { properties = { value = base64encode(jsonencode(each.value)) } }
}
