data "azuresre_agent" "platform" {
  name                = "platform-agent"
  resource_group_name = "rg-sre"
}

data "azuresre_hook" "read_only_shell" {
  agent_id = data.azuresre_agent.platform.id
  name     = "read-only-shell"
}

output "checked_tools" {
  description = "Tools that the hook checks."
  value       = data.azuresre_hook.read_only_shell.matcher
}
