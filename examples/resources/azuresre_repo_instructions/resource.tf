resource "azuresre_agent" "shipping" {
  name                = "shipping-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_repo" "shipping_api" {
  agent_id = azuresre_agent.shipping.id
  name     = "shipping-api"
  url      = "https://github.com/contoso/shipping-api"
  type     = "GitHub"
}

resource "azuresre_repo_instructions" "shipping_api" {
  agent_id = azuresre_agent.shipping.id
  name     = azuresre_repo.shipping_api.name

  files = {
    "overview.md" = "Labels are made in `labels/`, prices in `rates/`. Everything else is generated."
    "release.md"  = "A tag `v*` is a release. `deploy/history.md` says what runs where."
  }
}
