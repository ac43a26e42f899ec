resource "azuresre_agent" "catalog" {
  name                = "catalog-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_repo" "catalog_api" {
  agent_id    = azuresre_agent.catalog.id
  name        = "catalog-api"
  url         = "https://github.com/contoso/catalog-api"
  type        = "GitHub"
  branch      = "main"
  description = "The product catalog and its search."
}
