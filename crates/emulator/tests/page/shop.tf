# A whole agent, in two states.

variable "state" {
  type    = string
  default = "first"
}

provider "azuresre" {
  subscription_id = "00000000-0000-0000-0000-000000000001"
}

resource "azuresre_agent" "shop" {
  name                = "shop-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
  identity            = { type = "SystemAssigned" }
}

resource "azuresre_data_connector" "tickets" {
  agent_id = azuresre_agent.shop.id
  name     = "tickets"
  identity = ""

  mcp = {
    transport               = "http"
    endpoint                = "https://tickets.contoso.com/mcp"
    auth_type               = "BearerToken"
    bearer_token_wo         = "s3cret-of-tickets"
    bearer_token_wo_version = 1
  }
}

resource "azuresre_skill" "triage" {
  count       = 8
  agent_id    = azuresre_agent.shop.id
  name        = "triage-${count.index}"
  description = var.state == "first" ? "Finds out why requests are slow." : "Finds out why requests have become slow."
  content     = "Compare the slow requests with those of an hour ago, service by service."
}

resource "azuresre_subagent" "network" {
  agent_id     = azuresre_agent.shop.id
  name         = "network"
  instructions = "Look at load balancers, gateways and firewalls, and say what has changed."
}

resource "azuresre_subagent" "database" {
  agent_id     = azuresre_agent.shop.id
  name         = "database"
  instructions = "Look at locks, waits and slow queries, and say which service they belong to."
  handoffs     = [azuresre_subagent.network.name]
  tools        = ["RunAzCliReadCommands", "no_such_tool"]
  mcp_tools    = ["tickets/*"]
}

resource "azuresre_scheduled_task" "nightly" {
  agent_id        = azuresre_agent.shop.id
  name            = "nightly"
  prompt          = "Look at what has become slower since yesterday."
  cron_expression = "0 3 * * *"
  subagent        = azuresre_subagent.database.name
}
