data "azuresre_agent" "shop" {
  name                = "shop-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_agent_usage" "shop" {
  agent_id = data.azuresre_agent.shop.id
}

output "used" {
  description = "Share of the monthly limit that is used, in percent."
  value = {
    for usage in data.azuresre_agent_usage.shop.usages : usage.name => floor(100 * usage.current_value / usage.limit)
    if usage.limit > 0
  }
}
