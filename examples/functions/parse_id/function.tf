locals {
  id    = "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg-sre/providers/Microsoft.App/agents/shop-agent/skills/triage-latency"
  parts = provider::azuresre::parse_id(local.id)
}

output "agent_of_the_skill" {
  value = local.parts.agent_id
}

output "name_of_the_skill" {
  value = local.parts.kind == "skill" ? local.parts.name : null
}
