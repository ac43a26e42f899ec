resource "azuresre_incident_filter" "pages" {
  agent_id   = azuresre_agent.this.id
  name       = "pages"
  platform   = azuresre_agent.this.incident_management.type
  priorities = var.priorities
  mode       = "Review"

  max_automated_investigation_attempts = 2

  # The runbooks must exist before the first page.
  depends_on = [azuresre_skill.runbook]
}

# Blocks what no runbook requires, in every mode.
resource "azuresre_hook" "nothing_irreversible" {
  agent_id    = azuresre_agent.this.id
  name        = "nothing-irreversible"
  description = "Blocks commands that destroy data or remove protection."
  event_type  = "PreToolUse"
  matcher     = "RunAzCliWriteCommands|RunInTerminal"
  fail_mode   = "Block"

  command = {
    script = file("${path.module}/hooks/nothing-irreversible.py")
  }
}

resource "azuresre_hook" "runbook_is_followed" {
  agent_id        = azuresre_agent.this.id
  name            = "runbook-is-followed"
  description     = "Allows a change only if a runbook that the agent has read requires it."
  event_type      = "PreToolUse"
  matcher         = "RunAzCliWriteCommands"
  timeout_seconds = 60
  fail_mode       = "Block"

  prompt = {
    prompt = file("${path.module}/hooks/runbook-is-followed.md")
  }
}
