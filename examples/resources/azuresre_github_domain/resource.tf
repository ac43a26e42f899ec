locals {
  identity_id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sre/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-source-agent"
}

variable "github_token" {
  description = "A personal access token that can read the repositories."
  type        = string
  sensitive   = true
  ephemeral   = true
}

resource "azuresre_agent" "catalog" {
  name                = "source-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"

  identity = {
    type         = "UserAssigned"
    identity_ids = [local.identity_id]
  }
}

resource "azuresre_github_domain" "github" {
  agent_id = azuresre_agent.catalog.id
  name     = "github.com"

  pat = {
    # Neither the plan nor the state contains the token. Increase the version when the token changes.
    token_wo         = var.github_token
    token_wo_version = 1
  }
}

resource "azuresre_repo" "indexer" {
  agent_id = azuresre_agent.catalog.id
  name     = "catalog-indexer"
  url      = "https://github.com/contoso/catalog-indexer"
  type     = "GitHub"

  depends_on = [azuresre_github_domain.github]
}

# GitHub Enterprise uses an app. Its private key stays in a key vault.
resource "azuresre_github_domain" "enterprise" {
  agent_id = azuresre_agent.catalog.id
  name     = "github.contoso.com"

  app = {
    client_id             = "Iv23liA1b2C3d4E5f6G7"
    private_key_uri       = "https://kv-sre.vault.azure.net/keys/github-app"
    key_vault_identity_id = local.identity_id
  }
}
