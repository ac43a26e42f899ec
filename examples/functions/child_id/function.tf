locals {
  shop_agent = provider::azuresre::agent_id("00000000-0000-0000-0000-000000000000", "rg-sre", "shop-agent")
}

output "imports" {
  description = "IDs for `import` blocks, by skill name."
  value = {
    for name in ["triage-latency", "triage-errors"] : name => provider::azuresre::child_id(local.shop_agent, "skill", name)
  }
}
