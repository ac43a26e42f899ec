variable "tickets_token" {
  description = "The token for the MCP server of the ticket system."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "azuresre_agent" "orders" {
  name                = "orders-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"

  identity = {
    type = "SystemAssigned"
  }
}

# Logs in Azure Data Explorer, read with the identity of the agent.
resource "azuresre_data_connector" "logs" {
  agent_id = azuresre_agent.orders.id
  name     = "order-logs"

  kusto = {
    url = "https://orders.swedencentral.kusto.windows.net/logs"
  }
}

# An MCP server that requires a token.
resource "azuresre_data_connector" "tickets" {
  agent_id = azuresre_agent.orders.id
  name     = "tickets"
  identity = ""

  mcp = {
    transport      = "http"
    endpoint       = "https://tickets.contoso.com/mcp"
    auth_type      = "BearerToken"
    selected_tools = ["search_tickets", "add_comment"]

    # Neither the plan nor the state contains the token. Increase the version when the token changes.
    bearer_token_wo         = var.tickets_token
    bearer_token_wo_version = 1
  }
}

# A channel to post to. Terraform does not wait for the installation.
resource "azuresre_data_connector" "on_call" {
  agent_id              = azuresre_agent.orders.id
  name                  = "on-call"
  wait_for_provisioning = false

  teams = {
    channel_url = "https://teams.microsoft.com/l/channel/19%3Aa1b2c3d4e5f6%40thread.tacv2/on-call?groupId=00000000-0000-0000-0000-000000000000"
  }
}

# Knowledge as text in the configuration. It is stored on the data plane.
resource "azuresre_data_connector" "returns" {
  agent_id = azuresre_agent.orders.id
  name     = "returns-runbook"

  knowledge_text = {
    display_name = "Returns"
    description  = "What to do when returns pile up."
    content      = "Returns are posted every full hour. A backlog of more than 500 needs a second worker."
  }
}
