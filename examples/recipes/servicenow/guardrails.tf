# Which tools the agent may use freely, must ask about, and must not use.
resource "azuresre_tool_permissions" "this" {
  agent_id = azuresre_agent.this.id
  allow    = var.tool_permissions.allow
  ask      = var.tool_permissions.ask
  deny     = var.tool_permissions.deny
}

# Permissions control tools. These hooks enforce the process.
resource "azuresre_hook" "change_is_recorded" {
  agent_id        = azuresre_agent.this.id
  name            = "change-is-recorded"
  description     = "Allows a write command only with the number of a change."
  event_type      = "PreToolUse"
  matcher         = "RunAzCliWriteCommands|RunKubectlWriteCommand"
  timeout_seconds = 60
  fail_mode       = "Block"

  prompt = {
    prompt = file("${path.module}/hooks/change-is-recorded.md")
  }
}

resource "azuresre_hook" "handover_is_complete" {
  agent_id       = azuresre_agent.this.id
  name           = "handover-is-complete"
  description    = "Rejects an investigation if another team could not continue from its work note."
  event_type     = "Stop"
  max_rejections = 2

  prompt = {
    prompt = file("${path.module}/hooks/handover-is-complete.md")
  }
}
