resource "azuresre_incident_filter" "alerts" {
  agent_id   = azuresre_agent.this.id
  name       = "production-alerts"
  platform   = azuresre_agent.this.incident_management.type
  priorities = var.alert_severities
  subagent   = azuresre_subagent.alert_triage.name
  mode       = "Review"

  title_not_contains = ["[test]", "[drill]"]

  # Merges alerts that fire together into one incident.
  merge_enabled      = true
  merge_window_hours = 2

  max_automated_investigation_attempts = 3
}

resource "azuresre_scheduled_task" "health_report" {
  agent_id        = azuresre_agent.this.id
  name            = "health-report"
  description     = "Reports every morning on the night."
  cron_expression = var.report_schedule
  subagent        = azuresre_subagent.health_reporter.name
  mode            = "ReadOnly"
  prompt          = "Write the health report for the time since the last one, at most three days."
}

# In Review mode, the agent asks before it writes anyway. This hook checks what it asks.
resource "azuresre_hook" "writes_are_justified" {
  agent_id        = azuresre_agent.this.id
  name            = "writes-are-justified"
  description     = "Allows a write command only with a reason and a way to roll back."
  event_type      = "PreToolUse"
  matcher         = "RunAzCliWriteCommands|RunKubectlWriteCommand|RunInTerminal"
  timeout_seconds = 60
  fail_mode       = "Block"

  prompt = {
    prompt = file("${path.module}/hooks/writes-are-justified.md")
  }
}

resource "azuresre_hook" "report_is_complete" {
  agent_id       = azuresre_agent.this.id
  name           = "report-is-complete"
  description    = "Rejects an investigation without evidence."
  event_type     = "Stop"
  max_rejections = 2

  prompt = {
    prompt = file("${path.module}/hooks/report-is-complete.md")
  }
}
