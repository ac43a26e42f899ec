locals {
  # The names of the server's tools inside the agent.
  mcp_tools = [for tool in var.mcp_tools : "${azuresre_data_connector.observability.name}_${tool}"]
}

resource "azuresre_common_prompt" "query_discipline" {
  agent_id = azuresre_agent.this.id
  name     = "query-discipline"
  prompt   = file("${path.module}/prompts/query-discipline.md")
}

resource "azuresre_skill" "service_investigation" {
  agent_id    = azuresre_agent.this.id
  name        = "investigate-service"
  description = "Investigates a service with the observability platform: problems, traces, logs, and the change behind them."
  content     = file("${path.module}/skills/investigate-service.md")
  tools       = concat(local.mcp_tools, ["RunAzCliReadCommands"])
}

resource "azuresre_subagent" "investigator" {
  agent_id            = azuresre_agent.this.id
  name                = "observability-investigator"
  instructions        = file("${path.module}/subagents/observability-investigator.md")
  handoff_description = "A question about the behavior of a service needs traces, metrics or logs from the observability platform."
  temperature         = 0.1

  tools = concat(
    ["RunAzCliReadCommands", "SearchMemory"],
    var.log_analytics_workspace_id == null ? [] : ["QueryLogAnalyticsByWorkspaceId"],
    length(var.repositories) == 0 ? [] : ["FindConnectedGitHubRepo", "GrepSearch", "ReadFile"],
  )
  mcp_tools = local.mcp_tools

  enable_skills  = true
  allowed_skills = [azuresre_skill.service_investigation.name]
  common_prompts = [azuresre_common_prompt.query_discipline.name]
}

# The platform bills queries for the data that they scan.
resource "azuresre_hook" "queries_are_bounded" {
  agent_id    = azuresre_agent.this.id
  name        = "queries-are-bounded"
  description = "Rejects queries without a time range or without a limit."
  event_type  = "PreToolUse"
  matcher     = "${azuresre_data_connector.observability.name}_.*"
  fail_mode   = "Allow"

  prompt = {
    prompt = file("${path.module}/hooks/queries-are-bounded.md")
  }
}
