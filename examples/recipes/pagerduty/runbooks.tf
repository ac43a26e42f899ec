locals {
  # Every file in skills/ is a runbook. Its front matter says when to use it and with which tools. A folder with the
  # same name contains additional files.
  runbooks = {
    for file in fileset("${path.module}/skills", "*.md") : trimsuffix(file, ".md") => {
      content = file("${path.module}/skills/${file}")
      about   = yamldecode(split("---", file("${path.module}/skills/${file}"))[1])
      folder  = "${path.module}/skills/${trimsuffix(file, ".md")}"
    }
  }
}

resource "azuresre_skill" "runbook" {
  for_each = local.runbooks

  agent_id    = azuresre_agent.this.id
  name        = each.key
  description = each.value.about.description
  content     = each.value.content
  tools       = each.value.about.tools

  additional_files = [
    for file in fileset(each.value.folder, "**") : {
      path    = file
      content = file("${each.value.folder}/${file}")
    }
  ]

  depends_on = [
    azuresre_data_connector.application_insights,
    azuresre_data_connector.log_analytics,
  ]
}

# Documents that the agent searches. If a file changes, Terraform uploads it again.
resource "azuresre_knowledge_document" "this" {
  for_each = fileset("${path.module}/knowledge", "*.md")

  agent_id = azuresre_agent.this.id
  name     = each.key
  source   = "${path.module}/knowledge/${each.key}"
}
