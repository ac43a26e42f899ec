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
}

# Connectors work on ARM in every tenant, and the portal shows only connectors that are on ARM.
resource "azuresre_data_connector" "observability" {
  agent_id = azuresre_agent.this.id
  name     = "observability"
  plane    = "arm"
  identity = ""

  mcp = {
    transport      = "http"
    endpoint       = var.mcp_endpoint
    auth_type      = "BearerToken"
    partner_type   = var.partner_type
    selected_tools = var.mcp_tools

    # Neither the plan nor the state contains the token.
    bearer_token_wo         = var.mcp_token
    bearer_token_wo_version = var.mcp_token_version
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
  count = length(var.repositories) > 0 ? 1 : 0

  agent_id = azuresre_agent.this.id
  name     = "github.com"

  pat = {
    token_wo         = var.github_token
    token_wo_version = var.github_token_version
  }
}

resource "azuresre_repo" "this" {
  for_each = var.repositories

  agent_id = azuresre_agent.this.id
  name     = each.key
  type     = "GitHub"
  url      = each.value

  # The agent must sign in before it can clone a repository.
  depends_on = [azuresre_github_domain.this]
}
