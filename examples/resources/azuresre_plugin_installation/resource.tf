resource "azuresre_agent" "runbook" {
  name                = "runbook-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_plugin_marketplace" "contoso" {
  agent_id   = azuresre_agent.runbook.id
  name       = "contoso"
  source_url = "https://github.com/contoso/sre-plugins"

  wait_for_clone = true
}

resource "azuresre_plugin_installation" "runbooks" {
  agent_id    = azuresre_agent.runbook.id
  name        = "contoso-runbooks"
  marketplace = azuresre_plugin_marketplace.contoso.name
  plugin      = "runbooks"
}
