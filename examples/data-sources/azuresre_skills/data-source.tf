data "azuresre_agent" "checkout" {
  name                = "checkout-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_skills" "checkout" {
  agent_id = data.azuresre_agent.checkout.id
}

output "catalogue" {
  description = "What the agent has instructions for, by the name of the skill."
  value       = { for skill in data.azuresre_skills.checkout.items : skill.name => skill.description }
}
