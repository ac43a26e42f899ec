# Lists all agents in a resource group.
list "azuresre_agent" "group" {
  provider = azuresre

  config {
    subscription_id     = "00000000-0000-0000-0000-000000000000"
    resource_group_name = "rg-sre"
  }
}

# Lists the skills of each agent.
list "azuresre_skill" "of_each" {
  for_each = { for agent in list.azuresre_agent.group.data : agent.identity.name => agent.identity }
  provider = azuresre

  config {
    agent_id = provider::azuresre::agent_id(each.value.subscription_id, each.value.resource_group_name, each.value.name)
  }
}
