resource "azuresre_agent" "platform" {
  name                = "marketplace-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_plugin_marketplace" "contoso" {
  agent_id    = azuresre_agent.platform.id
  name        = "contoso"
  description = "The plugins of our platform team."
  source_url  = "https://github.com/contoso/sre-plugins"

  wait_for_clone = true
}
