data "azuresre_agent" "platform" {
  name                = "platform-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_hooks" "platform" {
  agent_id = data.azuresre_agent.platform.id
}

output "open_checks" {
  description = "Hooks that allow an action if the check itself fails."
  value       = [for hook in data.azuresre_hooks.platform.items : hook.name if hook.fail_mode != "Block"]
}
