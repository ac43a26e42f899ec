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

resource "azuresre_skill" "this" {
  for_each = local.skills

  agent_id    = azuresre_agent.this.id
  name        = each.key
  description = each.value.about.description
  content     = each.value.content
  tools       = each.value.about.tools
}

resource "azuresre_common_prompt" "this" {
  for_each = local.prompts

  agent_id = azuresre_agent.this.id
  name     = each.key
  prompt   = each.value
}

resource "azuresre_subagent" "change_reviewer" {
  agent_id            = azuresre_agent.this.id
  name                = "change-reviewer"
  instructions        = file("${path.module}/subagents/change-reviewer.md")
  handoff_description = "A pull request needs an assessment of its effect on production."
  temperature         = 0

  tools = [
    "FetchGithubIssue",
    "FindConnectedGitHubRepo",
    "GrepSearch",
    "ReadFile",
    "RunAzCliReadCommands",
  ]

  enable_skills  = true
  allowed_skills = [azuresre_skill.this["assess-change-risk"].name]
  common_prompts = [for prompt in azuresre_common_prompt.this : prompt.name]
}

resource "azuresre_subagent" "deployment_watcher" {
  agent_id            = azuresre_agent.this.id
  name                = "deployment-watcher"
  instructions        = templatefile("${path.module}/subagents/deployment-watcher.md.tftpl", { minutes = var.watch_minutes })
  handoff_description = "A deployment needs to be watched and compared with the time before it."
  temperature         = 0

  tools = concat(
    ["FindConnectedGitHubRepo", "ReadFile", "RunAzCliReadCommands"],
    var.log_analytics_workspace_id == null ? [] : ["QueryLogAnalyticsByWorkspaceId"],
  )

  enable_skills  = true
  allowed_skills = [azuresre_skill.this["compare-releases"].name]
  common_prompts = [for prompt in azuresre_common_prompt.this : prompt.name]
}

# Anybody who opens a pull request controls its text. The agent therefore only reads.
resource "azuresre_hook" "nothing_is_changed" {
  agent_id    = azuresre_agent.this.id
  name        = "nothing-is-changed"
  description = "Blocks every tool that changes something outside the conversation."
  event_type  = "PreToolUse"
  matcher     = "RunAzCliWriteCommands|RunKubectlWriteCommand|RunInTerminal|RunShellCommand|CreateGithubIssue"
  fail_mode   = "Block"

  command = {
    command = "echo '{\"decision\": \"block\", \"reason\": \"This agent judges changes; it makes none.\"}'"
  }
}

resource "azuresre_hook" "verdict_is_given" {
  agent_id       = azuresre_agent.this.id
  name           = "verdict-is-given"
  description    = "Rejects a review that a pipeline cannot read."
  event_type     = "Stop"
  max_rejections = 2

  prompt = {
    prompt = file("${path.module}/hooks/verdict-is-given.md")
  }
}
