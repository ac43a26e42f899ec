locals {
  shop_agent = provider::azuresre::agent_id("00000000-0000-0000-0000-000000000000", "rg-sre", "shop-agent")
}

output "portal" {
  description = "URL of the agent in the portal."
  value       = provider::azuresre::portal_url(local.shop_agent)
}
