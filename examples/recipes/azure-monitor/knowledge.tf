locals {
  # Every file in skills/ is a skill. Its front matter contains its purpose and its tools.
  skills = {
    for file in fileset("${path.module}/skills", "*.md") : trimsuffix(file, ".md") => {
      content = file("${path.module}/skills/${file}")
      about   = yamldecode(split("---", file("${path.module}/skills/${file}"))[1])
    }
  }

  prompts = {
    for file in fileset("${path.module}/prompts", "*.md") :
    trimsuffix(file, ".md") => file("${path.module}/prompts/${file}")
  }
}

# Code does the arithmetic, not the model.
resource "azuresre_tool" "error_budget" {
  agent_id    = azuresre_agent.this.id
  name        = "ErrorBudget"
  description = "Calculates how much of the error budget is used, and how fast, from numbers of requests and failures."

  python = {
    code            = file("${path.module}/tools/error_budget.py")
    timeout_seconds = 30
  }

  parameters = [
    { name = "requests", type = "integer", description = "Requests in the window.", required = true },
    { name = "failures", type = "integer", description = "Failed requests in the window.", required = true },
    { name = "window_hours", type = "number", description = "The length of the window.", required = true },
    { name = "objective", type = "number", description = "The objective in percent, such as 99.9.", required = true },
  ]
}

resource "azuresre_skill" "this" {
  for_each = local.skills

  agent_id    = azuresre_agent.this.id
  name        = each.key
  description = each.value.about.description
  content     = each.value.content
  tools       = each.value.about.tools

  # The service stores a skill with a tool that does not exist, but the skill never loads.
  depends_on = [
    azuresre_tool.error_budget,
    azuresre_data_connector.application_insights,
    azuresre_data_connector.log_analytics,
  ]
}

# Texts that both subagents follow in addition to their own instructions.
resource "azuresre_common_prompt" "this" {
  for_each = local.prompts

  agent_id = azuresre_agent.this.id
  name     = each.key
  prompt   = each.value
}

resource "azuresre_subagent" "alert_triage" {
  agent_id            = azuresre_agent.this.id
  name                = "alert-triage"
  instructions        = file("${path.module}/subagents/alert-triage.md")
  handoff_description = "An alert of Azure Monitor needs an investigation of its cause."
  temperature         = 0.1

  tools = [
    "QueryAppInsightsByResourceId",
    "QueryLogAnalyticsByWorkspaceId",
    "RunAzCliReadCommands",
    "SearchMemory",
    azuresre_tool.error_budget.name,
  ]

  enable_skills  = true
  allowed_skills = [for skill in azuresre_skill.this : skill.name]
  common_prompts = [for prompt in azuresre_common_prompt.this : prompt.name]
}

resource "azuresre_subagent" "health_reporter" {
  agent_id = azuresre_agent.this.id
  name     = "health-reporter"
  instructions = templatefile("${path.module}/subagents/health-reporter.md.tftpl", {
    objective = var.availability_objective
  })
  handoff_description = "A report on the health of the workload is needed."
  temperature         = 0.1

  tools = [
    "PlotBarChart",
    "QueryAppInsightsByResourceId",
    "QueryLogAnalyticsByWorkspaceId",
    "RunAzCliReadCommands",
    azuresre_tool.error_budget.name,
  ]

  common_prompts = [for prompt in azuresre_common_prompt.this : prompt.name]
}
