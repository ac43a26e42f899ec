resource "azuresre_agent" "search" {
  name                = "search-agent"
  resource_group_name = "rg-sre"
  location            = "swedencentral"
}

resource "azuresre_custom_instructions" "house_rules" {
  agent_id = azuresre_agent.search.id

  instructions = <<-EOT
    Times are in UTC. Every statement about production comes with the query that shows it.
    The search cluster is shared with the catalog: ask its owners before you restart a node.
  EOT
}
