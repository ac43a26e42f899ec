terraform {
  required_providers {
    azuresre = {
      source  = "azuresre/azuresre"
      version = "~> 0.1"
    }
  }
}

provider "azuresre" {
  subscription_id = "00000000-0000-0000-0000-000000000000"
}

resource "azuresre_agent" "shop" {
  name                = "shop-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"

  identity = {
    type = "SystemAssigned"
  }
}

resource "azuresre_skill" "latency" {
  agent_id    = azuresre_agent.shop.id
  name        = "triage-latency"
  description = "Finds out why requests have become slow."
  content     = "Compare the slow requests with those of an hour ago, service by service."
}
