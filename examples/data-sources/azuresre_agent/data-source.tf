data "azuresre_agent" "shop" {
  name                = "shop-agent"
  resource_group_name = "rg-sre"
}

output "allow_list" {
  description = "The addresses from which the agent calls out."
  value       = data.azuresre_agent.shop.outbound_ip_addresses
}
