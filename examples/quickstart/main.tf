# An agent with a data connector, a skill, a code repository and an HTTP trigger.
#
# `cargo xtask quickstart` applies this configuration with the emulator. To apply it in Azure, set the
# variables to real values and sign in, for example with `az login`.

terraform {
  required_version = ">= 1.0"

  required_providers {
    azuresre = {
      source  = "azuresre/azuresre"
      version = "~> 0.1"
    }
  }
}

provider "azuresre" {
  subscription_id = var.subscription_id
  plane           = "data_plane"
}

variable "subscription_id" {
  description = "The subscription in which to create the agent."
  type        = string
  default     = "00000000-0000-0000-0000-000000000001"
}

variable "resource_group_name" {
  description = "The resource group in which to create the agent."
  type        = string
  default     = "rg-sre"
}

resource "azuresre_agent" "shop" {
  name                = "shop-agent"
  resource_group_name = var.resource_group_name
  location            = "swedencentral"

  identity = {
    type = "SystemAssigned"
  }

  action = {
    mode         = "Review"
    access_level = "Low"
  }

  tags = {
    environment = "quickstart"
  }
}

resource "azuresre_data_connector" "orders" {
  agent_id = azuresre_agent.shop.id
  name     = "orders"
  plane    = "arm"

  kusto = {
    url = "https://orders.swedencentral.kusto.windows.net/logs"
  }
}

resource "azuresre_skill" "triage" {
  agent_id    = azuresre_agent.shop.id
  name        = "triage-latency"
  description = "Finds out why requests to the shop have become slow."
  content     = file("${path.module}/skills/triage-latency.md")
  tools       = ["RunAzCliReadCommands"]
}

resource "azuresre_repo" "shop" {
  agent_id    = azuresre_agent.shop.id
  name        = "shop-api"
  url         = "https://github.com/contoso/shop-api"
  type        = "GitHub"
  description = "The order service."
}

resource "azuresre_http_trigger" "pull_request" {
  agent_id    = azuresre_agent.shop.id
  name        = "pull-request"
  description = "Called by the pull-request pipeline."
  prompt      = "Review the change in {payload.pull_request} with the skill ${azuresre_skill.triage.name}."
  mode        = "Review"
}

output "agent_endpoint" {
  description = "The data plane of the agent."
  value       = azuresre_agent.shop.agent_endpoint
}

output "trigger_url" {
  description = "URL that starts a run of the agent."
  value       = azuresre_http_trigger.pull_request.trigger_url
  sensitive   = true
}
