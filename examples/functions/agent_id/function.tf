locals {
  shop_agent = provider::azuresre::agent_id("00000000-0000-0000-0000-000000000000", "rg-sre", "shop-agent")
}

output "agent_id" {
  description = "Value for `agent_id` of objects in an agent that is managed elsewhere."
  value       = local.shop_agent
}
