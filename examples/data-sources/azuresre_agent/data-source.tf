data "azuresre_agent" "shop" {
  name                = "shop-agent"
  resource_group_name = "rg-sre"
}

output "allow_list" {
  description = "Outbound IP addresses of the agent."
  value       = data.azuresre_agent.shop.outbound_ip_addresses
}
