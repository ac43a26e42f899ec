# Which tools are free, which are asked about, and which are out of bounds.
resource "azuresre_tool_permissions" "this" {
  agent_id = azuresre_agent.this.id
  allow    = var.tool_permissions.allow
  ask      = var.tool_permissions.ask
  deny     = var.tool_permissions.deny
}

# The permissions know tools; these hooks know the process.
resource "azuresre_hook" "change_is_recorded" {
  agent_id        = azuresre_agent.this.id
  name            = "change-is-recorded"
  description     = "Lets a writing command through only with the number of a change."
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
  description    = "Sends an investigation back whose work note another team could not go on with."
  event_type     = "Stop"
  max_rejections = 2

  prompt = {
    prompt = file("${path.module}/hooks/handover-is-complete.md")
  }
}
