# Which incidents the agent reads from ServiceNow in order to learn from them.
resource "azuresre_servicenow_indexing" "this" {
  agent_id         = azuresre_agent.this.id
  assignment_group = var.assignment_group
  lookback_days    = 90
}

resource "azuresre_tool" "record_link" {
  agent_id    = azuresre_agent.this.id
  name        = "ServiceNowRecord"
  description = "Creates a link to a ServiceNow record, such as INC0012345 in the table incident."

  link = {
    template = "${var.servicenow_url}/nav_to.do?uri={table}.do?sysparm_query=number={number}"
  }

  parameters = [
    { name = "table", description = "The table: incident, change_request or problem.", required = true },
    { name = "number", description = "The number of the record.", required = true },
  ]
}

resource "azuresre_skill" "incident_process" {
  agent_id    = azuresre_agent.this.id
  name        = "incident-process"
  description = "Explains how to assess, document and hand off ServiceNow incidents."
  content     = file("${path.module}/skills/incident-process.md")
  tools       = [azuresre_tool.record_link.name, "SearchMemory"]
}

resource "azuresre_common_prompt" "work_notes" {
  agent_id = azuresre_agent.this.id
  name     = "work-notes"
  prompt   = file("${path.module}/prompts/work-notes.md")
}

resource "azuresre_subagent" "incident_analyst" {
  agent_id            = azuresre_agent.this.id
  name                = "incident-analyst"
  instructions        = file("${path.module}/subagents/incident-analyst.md")
  handoff_description = "A ServiceNow incident needs to be assessed, investigated and documented."
  temperature         = 0.1

  tools = [
    "QueryLogAnalyticsByWorkspaceId",
    "RunAzCliReadCommands",
    "RunAzCliWriteCommands",
    "SearchMemory",
    azuresre_tool.record_link.name,
  ]

  enable_skills  = true
  allowed_skills = [azuresre_skill.incident_process.name]
  common_prompts = [azuresre_common_prompt.work_notes.name]
}

resource "azuresre_incident_filter" "major" {
  agent_id   = azuresre_agent.this.id
  name       = "major-incidents"
  platform   = azuresre_agent.this.incident_management.type
  priorities = var.priorities
  subagent   = azuresre_subagent.incident_analyst.name
  mode       = "Review"

  max_automated_investigation_attempts = 2

  # Prevents incidents before the limits exist.
  depends_on = [
    azuresre_hook.change_is_recorded,
    azuresre_hook.handover_is_complete,
    azuresre_tool_permissions.this,
  ]
}

# Documents that the agent searches. If a file changes, Terraform uploads it again.
resource "azuresre_knowledge_document" "this" {
  for_each = fileset("${path.module}/knowledge", "*.md")

  agent_id = azuresre_agent.this.id
  name     = each.key
  source   = "${path.module}/knowledge/${each.key}"
}
