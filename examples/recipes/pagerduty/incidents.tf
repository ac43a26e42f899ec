resource "azuresre_incident_filter" "pages" {
  agent_id   = azuresre_agent.this.id
  name       = "pages"
  platform   = azuresre_agent.this.incident_management.type
  priorities = var.priorities
  mode       = "Review"

  max_automated_investigation_attempts = 2

  # The runbooks have to be there before the first page.
  depends_on = [azuresre_skill.runbook]
}

# What no runbook asks for, in any mode.
resource "azuresre_hook" "nothing_irreversible" {
  agent_id    = azuresre_agent.this.id
  name        = "nothing-irreversible"
  description = "Blocks commands that destroy data or take protection away."
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
  description     = "Lets a change through only if a runbook that was read asks for it."
  event_type      = "PreToolUse"
  matcher         = "RunAzCliWriteCommands"
  timeout_seconds = 60
  fail_mode       = "Block"

  prompt = {
    prompt = file("${path.module}/hooks/runbook-is-followed.md")
  }
}
