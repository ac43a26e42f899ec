data "azuresre_agent" "checkout" {
  name                = "checkout-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_agent" "payments" {
  name                = "payments-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_skills" "checkout" {
  agent_id = data.azuresre_agent.checkout.id
}

# Copies skills from one agent to another.
resource "azuresre_skill" "payments" {
  for_each = { for skill in data.azuresre_skills.checkout.items : skill.name => skill }

  agent_id         = data.azuresre_agent.payments.id
  name             = each.key
  description      = each.value.description
  tools            = each.value.tools
  content          = each.value.content
  additional_files = each.value.additional_files
}

output "shared" {
  description = "Skills that both agents have, with their descriptions."
  value       = { for skill in azuresre_skill.payments : skill.name => skill.description }
}
